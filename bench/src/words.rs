//! Texts of the size and shape of real prompts and responses, each different, the same in every run.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const WORDS: &str = "the a of and to in is that it for was on are as with they at be this from have or by one had not \
    but what all were when we there can an your which their said if do will each about how up out them then she many some \
    so these would other into has more her two like him see time could no make than first been its who now people my made \
    over did down only way find use may water long little very after words called just where most know energy pressure \
    model answer because question temperature surface light year history language music number river mountain function \
    variable example result system process theory evidence garden medicine country village teacher student letter argument";

const SYLLABLES: [&str; 20] = [
    "ka", "lo", "mi", "ne", "ru", "sta", "ten", "vor", "pli", "da", "gos", "hen", "jul", "bar",
    "fen", "qui", "wex", "yor", "zan", "cor",
];
/// How many different words there are; a word's frequency falls with its rank, as in real texts.
const VOCABULARY: f64 = 20_000.0;

/// The generator of text number `n`.
fn generator(n: u64) -> StdRng {
    StdRng::seed_from_u64(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x746f_7563_6873)
}

/// The word of that rank: a common one, or one made of syllables.
pub fn word(rank: usize) -> String {
    if let Some(word) = WORDS.split_whitespace().nth(rank) {
        return word.to_owned();
    }
    let (mut rest, mut word) = (rank, String::new());
    while rest > 0 {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    word
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a power of a positive number, 1 to 20,000"
)]
fn sentence(random: &mut StdRng, length: usize) -> String {
    let mut text = String::new();
    for n in 0..length {
        let word = word(VOCABULARY.powf(random.random::<f64>()) as usize - 1);
        if n == 0 {
            text.extend(word.chars().take(1).flat_map(char::to_uppercase));
            text.push_str(&word[1..]);
        } else {
            text.push_str(if n % 7 == 6 { ", " } else { " " });
            text.push_str(&word);
        }
    }
    text
}

/// A question of some 80 characters.
pub fn question(n: u64) -> String {
    format!("{} ({n})?", sentence(&mut generator(n), 14))
}

/// An answer of some 600 characters: paragraphs, sometimes a list, emphasis or code.
pub fn answer(n: u64) -> String {
    let mut random = generator(n ^ 0xa5a5_0000_0000);
    let mut text = String::new();
    while text.len() < 520 {
        match random.random_range(0..6) {
            0 => {
                for _ in 0..3 {
                    text.push_str("- ");
                    text.push_str(&sentence(&mut random, 7));
                    text.push('\n');
                }
            }
            1 => {
                let (what, code) = (sentence(&mut random, 2), sentence(&mut random, 3));
                text.push_str(&["**", &what, "** matters: `", &code, "`\n"].concat());
            }
            _ => {
                for _ in 0..2 {
                    let length = random.random_range(8..18);
                    text.push_str(&sentence(&mut random, length));
                    text.push_str(". ");
                }
                text.push('\n');
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_of_the_size_that_is_claimed_and_all_different() {
        let texts: Vec<String> = (0..200).map(answer).collect();
        let mean = texts.iter().map(String::len).sum::<usize>() / texts.len();
        assert!((550..700).contains(&mean), "{mean}");
        assert_eq!(
            texts.iter().collect::<std::collections::HashSet<_>>().len(),
            200
        );
        assert_eq!(answer(7), answer(7));
    }
}
