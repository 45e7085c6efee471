//! A small generator for draws that can be repeated: the seed is part of the report.

/// `SplitMix64` (Steele, Lea and Flood 2014): 64 bits of state, passes `BigCrush`. For statistics, not for secrets.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator that this seed starts.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// A number below `n`, each equally often but for one part in 2⁶⁴/n; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the product's upper half is below n"
        )]
        let number = ((u128::from(self.bits()) * n as u128) >> 64) as usize;
        number
    }
}
