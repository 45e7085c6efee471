//! What a frozen encoder makes of a response, as a block of features behind the hashed words: the live model's head
//! then sees meaning as well as words. **Of a pair only what both responses have counts** ([`super::Pairs::push`]): a
//! comparison whose vectors are not there yet is judged by its words, as without an encoder.

use super::hash;

/// The most numbers of a block. Longer vectors are folded: each number is added, with a sign, to one of these places
/// (Weinberger et al. 2009), which keeps distances in expectation.
pub const MOST: usize = 384;

/// A vector as features: folded, and of length 1 so that it weighs as much as the words. None of a vector that is empty,
/// all zero or not finite.
pub fn block(vector: &[f64]) -> Option<Vec<f32>> {
    let folded = if vector.len() <= MOST {
        vector.to_vec()
    } else {
        let mut folded = vec![0.0; MOST];
        for (n, number) in vector.iter().enumerate() {
            let to = hash(b"fold", &n.to_string());
            let sign = if to >> 63 == 0 { 1.0 } else { -1.0 };
            #[expect(clippy::cast_possible_truncation, reason = "below 384")]
            let place = (to % MOST as u64) as usize;
            folded[place] += sign * number;
        }
        folded
    };
    let length = folded.iter().map(|x| x * x).sum::<f64>().sqrt();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "features are single precision"
    )]
    (length.is_finite() && length > 0.0)
        .then(|| folded.iter().map(|x| (x / length) as f32).collect())
}

/// A block as text for the database: four hexadecimal digits a number, in steps of 1/32767.
pub fn to_text(block: &[f32]) -> String {
    block
        .iter()
        .map(|x| {
            #[expect(clippy::cast_possible_truncation, reason = "between −1 and 1")]
            let step = (x.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16;
            format!("{:04x}", step.cast_unsigned())
        })
        .collect()
}

/// Back from text; none where it is not such a text.
pub fn from_text(text: &str) -> Option<Vec<f32>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(4) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    digits
        .chunks_exact(4)
        .map(|four| {
            let four = std::str::from_utf8(four).ok()?;
            let step = u16::from_str_radix(four, 16).ok()?.cast_signed();
            Some(f32::from(step) / f32::from(i16::MAX))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Random;

    fn vector(random: &mut Random, size: usize) -> Vec<f64> {
        (0..size).map(|_| random.normal()).collect()
    }

    #[test]
    fn text_keeps_a_block_to_a_thirty_thousandth() {
        let kept = block(&vector(&mut Random::seeded(1), 384)).unwrap();
        let read = from_text(&to_text(&kept)).unwrap();
        assert_eq!(read.len(), kept.len());
        for (a, b) in kept.iter().zip(&read) {
            assert!((a - b).abs() < 2e-5);
        }
        for bad in ["12", "12g4", "+123", "ä12"] {
            assert_eq!(from_text(bad), None, "{bad}");
        }
    }

    #[test]
    fn folding_keeps_who_is_near() {
        let mut random = Random::seeded(2);
        let (one, other) = (vector(&mut random, 1536), vector(&mut random, 1536));
        let near: Vec<f64> = one.iter().zip(&other).map(|(a, b)| a + 0.3 * b).collect();
        let dot = |a: &[f64], b: &[f64]| -> f64 {
            let (a, b) = (block(a).unwrap(), block(b).unwrap());
            assert_eq!(a.len(), MOST);
            a.iter().zip(&b).map(|(a, b)| f64::from(a * b)).sum()
        };
        assert!(
            (dot(&one, &near) - 0.958).abs() < 0.03,
            "cos of the original: 1/√1.09"
        );
        assert!(dot(&one, &other).abs() < 0.2);
    }

    #[test]
    fn what_says_nothing_is_no_block() {
        for bad in [&[][..], &[0.0, 0.0], &[f64::NAN, 1.0]] {
            assert_eq!(block(bad), None);
        }
    }
}
