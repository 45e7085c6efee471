//! The block formats of ggml, turned back into f32 (source: ggml's `ggml-quants.c`). A block holds
//! 32 values, in the `K` formats 256, with scales of their own.

use half::{bf16, f16};

/// How a tensor's values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantisation {
    /// As they are.
    F32,
    /// IEEE half precision.
    F16,
    /// The upper half of an f32.
    Bf16,
    /// 4 bits and a scale, around 8.
    Q4_0,
    /// 4 bits, a scale and a minimum.
    Q4_1,
    /// 5 bits and a scale, around 16.
    Q5_0,
    /// 5 bits, a scale and a minimum.
    Q5_1,
    /// 8 bits and a scale.
    Q8_0,
    /// 4 bits; 8 scales and minima of 6 bits.
    Q4K,
    /// 5 bits; 8 scales and minima of 6 bits.
    Q5K,
    /// 6 bits; 16 scales of 8 bits.
    Q6K,
}

impl Quantisation {
    /// By the file's number for it.
    pub fn from_id(id: u32) -> Result<Self, String> {
        Ok(match id {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            6 => Self::Q5_0,
            7 => Self::Q5_1,
            8 => Self::Q8_0,
            12 => Self::Q4K,
            13 => Self::Q5K,
            14 => Self::Q6K,
            30 => Self::Bf16,
            _ => {
                return Err(format!(
                    "type {id} is not read; F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K and Q6_K are"
                ));
            }
        })
    }

    /// Values and bytes of a block.
    fn block(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 | Self::Bf16 => (1, 2),
            Self::Q4_0 => (32, 18),
            Self::Q4_1 => (32, 20),
            Self::Q5_0 => (32, 22),
            Self::Q5_1 => (32, 24),
            Self::Q8_0 => (32, 34),
            Self::Q4K => (256, 144),
            Self::Q5K => (256, 176),
            Self::Q6K => (256, 210),
        }
    }

    /// The bytes that so many values take.
    pub fn bytes(self, values: usize) -> Result<usize, String> {
        let (per_block, bytes) = self.block();
        if !values.is_multiple_of(per_block) {
            return Err(format!("{values} values do not fill blocks of {per_block}"));
        }
        (values / per_block)
            .checked_mul(bytes)
            .ok_or_else(|| format!("{values} values"))
    }

    /// The values of whole blocks; a rest is ignored.
    pub fn dequantise(self, raw: &[u8]) -> Vec<f32> {
        let (values, bytes) = self.block();
        let mut out = Vec::with_capacity(raw.len() / bytes * values);
        for block in raw.chunks_exact(bytes) {
            match self {
                Self::F32 => out.push(f32::from_le_bytes([block[0], block[1], block[2], block[3]])),
                Self::F16 => out.push(half(block, 0)),
                Self::Bf16 => out.push(bf16::from_le_bytes([block[0], block[1]]).to_f32()),
                Self::Q4_0 => nibbles(
                    &block[2..],
                    |q| half(block, 0) * (f32::from(q) - 8.0),
                    &mut out,
                ),
                Self::Q4_1 => {
                    nibbles(
                        &block[4..],
                        |q| half(block, 0) * f32::from(q) + half(block, 2),
                        &mut out,
                    );
                }
                Self::Q5_0 => five_bits(
                    &block[2..],
                    half(block, 0),
                    -16.0 * half(block, 0),
                    &mut out,
                ),
                Self::Q5_1 => five_bits(&block[4..], half(block, 0), half(block, 2), &mut out),
                Self::Q8_0 => {
                    let scale = half(block, 0);
                    out.extend(
                        block[2..]
                            .iter()
                            .map(|q| scale * f32::from(q.cast_signed())),
                    );
                }
                Self::Q4K => q4_k(block, &mut out),
                Self::Q5K => q5_k(block, &mut out),
                Self::Q6K => q6_k(block, &mut out),
            }
        }
        out
    }
}

fn half(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// The low halves of all bytes, then the high ones.
fn nibbles(packed: &[u8], value: impl Fn(u8) -> f32, out: &mut Vec<f32>) {
    out.extend(packed.iter().map(|byte| value(byte & 15)));
    out.extend(packed.iter().map(|byte| value(byte >> 4)));
}

/// Four bytes of fifth bits, then the nibbles.
fn five_bits(packed: &[u8], scale: f32, least: f32, out: &mut Vec<f32>) {
    let high = u32::from_le_bytes([packed[0], packed[1], packed[2], packed[3]]);
    let bit = |at: usize| u8::from(high >> at & 1 == 1) << 4;
    let value = |q: u8| scale * f32::from(q) + least;
    let low = &packed[4..];
    out.extend((0..16).map(|i| value(low[i] & 15 | bit(i))));
    out.extend((0..16).map(|i| value(low[i] >> 4 | bit(i + 16))));
}

/// Scale and minimum `at` of the eight that are packed in twelve bytes of six bits each.
fn scale_and_minimum(packed: &[u8], at: usize) -> (f32, f32) {
    let (scale, minimum) = if at < 4 {
        (packed[at] & 63, packed[at + 4] & 63)
    } else {
        (
            packed[at + 4] & 15 | packed[at - 4] >> 6 << 4,
            packed[at + 4] >> 4 | packed[at] >> 6 << 4,
        )
    };
    (f32::from(scale), f32::from(minimum))
}

fn q4_k(block: &[u8], out: &mut Vec<f32>) {
    let (scale, least) = (half(block, 0), half(block, 2));
    let (scales, values) = (&block[4..16], &block[16..]);
    for (pair, bytes) in values.chunks_exact(32).enumerate() {
        for (part, shift) in [(2 * pair, 0), (2 * pair + 1, 4)] {
            let (s, m) = scale_and_minimum(scales, part);
            let (s, m) = (scale * s, least * m);
            out.extend(
                bytes
                    .iter()
                    .map(|byte| s * f32::from(byte >> shift & 15) - m),
            );
        }
    }
}

fn q5_k(block: &[u8], out: &mut Vec<f32>) {
    let (scale, least) = (half(block, 0), half(block, 2));
    let (scales, high, values) = (&block[4..16], &block[16..48], &block[48..]);
    for (pair, bytes) in values.chunks_exact(32).enumerate() {
        for (part, shift) in [(2 * pair, 0), (2 * pair + 1, 4)] {
            let (s, m) = scale_and_minimum(scales, part);
            let (s, m) = (scale * s, least * m);
            out.extend(bytes.iter().zip(high).map(|(byte, high)| {
                let q = byte >> shift & 15 | (high >> part & 1) << 4;
                s * f32::from(q) - m
            }));
        }
    }
}

fn q6_k(block: &[u8], out: &mut Vec<f32>) {
    let (low, high, scales, scale) = (
        &block[..128],
        &block[128..192],
        &block[192..208],
        half(block, 208),
    );
    for part in 0..2 {
        let (low, high) = (&low[64 * part..], &high[32 * part..]);
        let scales = &scales[8 * part..];
        for quarter in 0..4 {
            out.extend((0..32).map(|i| {
                let nibble = low[i + 32 * (quarter % 2)] >> (4 * (quarter / 2)) & 15;
                let q = nibble | (high[i] >> (2 * quarter) & 3) << 4;
                let s = scales[2 * quarter + i / 16].cast_signed();
                scale * f32::from(s) * (f32::from(q) - 32.0)
            }));
        }
    }
}
