//! Texts of the size and shape of real prompts and responses, each different, the same in every run.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const WORDS: &str = "the a of and to in is that it for was on are as with they at be this from have or by one had not \
    but what all were when we there can an your which their said if do will each about how up out them then she many some \
    so these would other into has more her two like him see time could no make than first been its who now people my made \
    over did down only way find use may water long little very after words called just where most know energy pressure \
    model answer because question temperature surface light year history language music number river mountain function \
    variable example result system process theory evidence garden medicine country village teacher student letter argument";

/// The generator of text number `n`.
pub fn generator(n: u64) -> StdRng {
    StdRng::seed_from_u64(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x746f_7563_6873)
}

fn sentence(random: &mut StdRng, words: &[&str], length: usize) -> String {
    let mut text = String::new();
    for n in 0..length {
        let word = words[random.random_range(0..words.len())];
        if n == 0 {
            text.extend(word.chars().take(1).flat_map(char::to_uppercase));
            text.push_str(&word[1..]);
        } else {
            text.push_str(if n % 7 == 6 { ", " } else { " " });
            text.push_str(word);
        }
    }
    text
}

/// A question of some 80 characters.
pub fn question(n: u64) -> String {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut random = generator(n);
    format!("{} ({n})?", sentence(&mut random, &words, 14))
}

/// An answer of some 600 characters: paragraphs, sometimes a list, emphasis or code.
pub fn answer(n: u64) -> String {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut random = generator(n ^ 0xa5a5_0000_0000);
    let mut text = String::new();
    while text.len() < 520 {
        match random.random_range(0..6) {
            0 => {
                for _ in 0..3 {
                    text.push_str(&format!("- {}\n", sentence(&mut random, &words, 7)));
                }
            }
            1 => text.push_str(&format!(
                "**{}** matters: `{}`\n",
                sentence(&mut random, &words, 2),
                sentence(&mut random, &words, 3)
            )),
            _ => {
                for _ in 0..2 {
                    let length = random.random_range(8..18);
                    text.push_str(&sentence(&mut random, &words, length));
                    text.push_str(". ");
                }
                text.push('\n');
            }
        }
        text.push('\n');
    }
    text
}
