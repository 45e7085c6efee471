//! The word-removal world: a prompt is a list of words, some of them bad, and the right response is the
//! list without the bad ones. Reward, critique, spans, refinement, rating, reaction, pair and ranking
//! are all known exactly.
//!
//! After the targeted-word-removal task of Scheurer et al. (2023), Training language models with language
//! feedback at scale, section 4.1; here the preference is hidden and the lists are synthetic.

use super::common;
use crate::stats::Random;

/// A word or a control token, below [`VOCABULARY`].
pub type Token = u32;

/// Tokens that are no words: they say what a sequence asks of the model.
pub mod control {
    use super::Token;
    /// Fills a batch up.
    pub const PAD: Token = 0;
    /// Starts a sequence.
    pub const BOS: Token = 1;
    /// Ends a response.
    pub const EOS: Token = 2;
    /// Ends the prompt: a response follows.
    pub const ANSWER: Token = 3;
    /// Before a response that is spoken about.
    pub const ABOUT: Token = 4;
    /// Before the words that a critique wants removed.
    pub const REMOVE: Token = 5;
    /// Before the words that a critique misses.
    pub const ADD: Token = 6;
    /// Asks for a refinement.
    pub const REFINE: Token = 7;
    /// Asks whether the refinement before it heeds the critique.
    pub const VERIFY: Token = 8;
    /// Yes.
    pub const YES: Token = 9;
    /// No.
    pub const NO: Token = 10;
    /// Stands before a refinement that is judged.
    pub const REFINED: Token = 11;
}

/// Control tokens, which come first.
pub const CONTROLS: Token = 12;
/// Words, which follow them.
pub const WORDS: Token = 40;
/// Of these, the last are bad; a model is not told which.
pub const BAD: Token = 8;
/// All tokens.
pub const VOCABULARY: Token = CONTROLS + WORDS;

/// Words as people read them, so that the world can be looked at; the last eight are the bad ones.
const NAMES: [&str; WORDS as usize] = [
    "apple", "bread", "chair", "door", "earth", "field", "glass", "horse", "island", "jacket",
    "kettle", "lamp", "meadow", "needle", "ocean", "paper", "queen", "river", "stone", "table",
    "uncle", "valley", "window", "yard", "bridge", "candle", "dragon", "engine", "forest",
    "garden", "hammer", "ink", "mud", "rust", "slime", "thorn", "venom", "weed", "mould", "ash",
];

/// How prompts are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// The fewest words of a prompt.
    pub shortest: usize,
    /// The most.
    pub longest: usize,
    /// The probability that a word is a bad one.
    pub bad: f64,
}

impl Setup {
    /// The prompts that models are trained and tested on: 5 to 8 words, 30 % bad.
    pub const USUAL: Self = Self {
        shortest: 5,
        longest: 8,
        bad: 0.3,
    };
    /// Longer ones, on which nothing is trained.
    pub const LONGER: Self = Self {
        shortest: 9,
        longest: 12,
        bad: 0.3,
    };
}

/// What an ideal annotator says about a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Critique {
    /// Bad words that the response holds, in its order.
    pub remove: Vec<Token>,
    /// Good words of the prompt that it lacks, in the prompt's order.
    pub add: Vec<Token>,
}

/// Whether a token is a bad word.
pub fn is_bad(token: Token) -> bool {
    (VOCABULARY - BAD..VOCABULARY).contains(&token)
}

/// A word by its place among the words, from 0.
pub fn word(place: usize) -> Token {
    CONTROLS + Token::try_from(place).unwrap_or(0) % WORDS
}

/// A word as people read it; `None` for control tokens.
pub fn name(token: Token) -> Option<&'static str> {
    let place = token.checked_sub(CONTROLS)?;
    NAMES.get(place as usize).copied()
}

/// A list of words as a sentence.
pub fn text(tokens: &[Token]) -> String {
    let names: Vec<_> = tokens.iter().filter_map(|&t| name(t)).collect();
    names.join(" ")
}

/// A prompt.
pub fn prompt(setup: Setup, random: &mut Random) -> Vec<Token> {
    let span = setup.longest.saturating_sub(setup.shortest) + 1;
    let length = setup.shortest + random.below(span);
    (0..length)
        .map(|_| {
            if random.chance(setup.bad) {
                word((WORDS - BAD) as usize + random.below(BAD as usize))
            } else {
                word(random.below((WORDS - BAD) as usize))
            }
        })
        .collect()
}

/// The right response: the prompt without its bad words. Also the ideal refinement of any response.
pub fn gold(prompt: &[Token]) -> Vec<Token> {
    prompt.iter().copied().filter(|&t| !is_bad(t)).collect()
}

/// The true reward: −(bad words kept + good words missing + anything else that is too much), where good
/// words count as there when they stand in the prompt's order (longest common subsequence). At most 0,
/// which only [`gold`] reaches.
pub fn reward(prompt: &[Token], response: &[Token]) -> f64 {
    let (wanted, kept) = (gold(prompt), gold(response));
    let there = common(&wanted, &kept);
    let bad = response.len() - kept.len();
    -((bad + (wanted.len() - there) + (kept.len() - there)) as f64)
}

/// The exact critique.
pub fn critique(prompt: &[Token], response: &[Token]) -> Critique {
    let mut left: Vec<Token> = gold(response);
    let mut add = gold(prompt);
    add.retain(|word| match left.iter().position(|there| there == word) {
        Some(place) => {
            left.remove(place);
            false
        }
        None => true,
    });
    let mut remove: Vec<Token> = Vec::new();
    for &token in response.iter().filter(|&&t| is_bad(t)) {
        if !remove.contains(&token) {
            remove.push(token);
        }
    }
    Critique { remove, add }
}

/// The places of the bad words: what a person would mark.
pub fn spans(response: &[Token]) -> Vec<usize> {
    (0..response.len())
        .filter(|&place| is_bad(response[place]))
        .collect()
}

/// Whether a refinement does what `remove` asks and nothing else: the response without these words.
pub fn heeds(response: &[Token], remove: &[Token], refinement: &[Token]) -> bool {
    refinement
        .iter()
        .eq(response.iter().filter(|word| !remove.contains(word)))
}

/// The rating from 1 to 5 that the reward gives.
pub fn rating(reward: f64) -> f64 {
    (5.0 + reward).clamp(1.0, 5.0)
}

/// Thumbs: up for a reward that is at least the median of all.
pub fn thumbs(rewards: &[f64]) -> Vec<bool> {
    let mut sorted = rewards.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(&median) = sorted.get(sorted.len() / 2) else {
        return Vec::new();
    };
    rewards.iter().map(|&reward| reward >= median).collect()
}

/// Which of two is better: `Some(true)` the first, `None` a tie; turned round with probability `flip`.
pub fn prefers(first: f64, second: f64, flip: f64, random: &mut Random) -> Option<bool> {
    let flipped = random.chance(flip);
    match first.total_cmp(&second) {
        std::cmp::Ordering::Equal => None,
        order => Some(order.is_gt() != flipped),
    }
}

/// Places by reward, the best first; equals in their order.
pub fn ranking(rewards: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..rewards.len()).collect();
    places.sort_by(|&a, &b| rewards[b].total_cmp(&rewards[a]));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(max: usize) -> impl Strategy<Value = Vec<Token>> {
        proptest::collection::vec((0..WORDS as usize).prop_map(word), 0..max)
    }

    #[test]
    fn the_world_has_the_stated_size_and_distinct_names() {
        assert_eq!(VOCABULARY, 52);
        let all: std::collections::BTreeSet<_> = (0..VOCABULARY).filter_map(name).collect();
        assert_eq!(all.len(), 40);
        assert_eq!((0..VOCABULARY).filter(|&t| is_bad(t)).count(), 8);
    }

    #[test]
    fn prompts_are_as_set_up_and_repeat_with_their_seed() {
        let mut random = Random::seeded(7);
        let prompts: Vec<_> = (0..4000)
            .map(|_| prompt(Setup::USUAL, &mut random))
            .collect();
        assert!(prompts.iter().all(|p| (5..=8).contains(&p.len())));
        let all: Vec<Token> = prompts.concat();
        let bad = all.iter().filter(|&&t| is_bad(t)).count() as f64 / all.len() as f64;
        assert!((bad - 0.3).abs() < 0.02, "{bad}");
        assert_eq!(prompts[0], prompt(Setup::USUAL, &mut Random::seeded(7)));
    }

    #[test]
    fn a_worked_example() {
        // two bad words; one is left, one good word is missing, one is too much
        let (one, two, more, bad, worse) = (word(0), word(1), word(2), word(32), word(33));
        let prompt = [one, bad, two, worse];
        let response = [one, bad, more];
        assert!((reward(&prompt, &response) + 3.0).abs() < f64::EPSILON);
        let said = critique(&prompt, &response);
        assert_eq!((said.remove, said.add), (vec![bad], vec![two]));
        assert_eq!(spans(&response), [1]);
        assert!(heeds(&response, &[bad], &[one, more]) && !heeds(&response, &[bad], &[one]));
        assert!((rating(-3.0) - 2.0).abs() < f64::EPSILON);
        assert_eq!(thumbs(&[-3.0, 0.0, -1.0]), [false, true, true]);
        assert_eq!(ranking(&[-3.0, 0.0, -1.0]), [1, 2, 0]);
    }

    #[test]
    fn flips_come_as_often_as_asked() {
        let mut random = Random::seeded(1);
        let wrong = (0..10_000)
            .filter(|_| prefers(0.0, -1.0, 0.25, &mut random) == Some(false))
            .count();
        assert!((2300..2700).contains(&wrong), "{wrong}");
        assert_eq!(prefers(0.0, 0.0, 0.25, &mut random), None);
    }

    proptest! {
        #[test]
        fn only_the_gold_response_is_without_fault(x in words(12), y in words(12)) {
            prop_assert!((reward(&x, &gold(&x))).abs() < f64::EPSILON);
            let found = reward(&x, &y);
            prop_assert!(found <= 0.0);
            prop_assert_eq!(found > -0.5, y == gold(&x));
            // removing what the critique names takes exactly these faults away
            let said = critique(&x, &y);
            let removed: Vec<_> = y.iter().copied().filter(|t| !said.remove.contains(t)).collect();
            let faults = spans(&y).len() as f64;
            prop_assert!((reward(&x, &removed) - found - faults).abs() < f64::EPSILON);
            prop_assert!(heeds(&y, &said.remove, &removed));
        }

        #[test]
        fn the_longest_common_subsequence_is_symmetric_and_bounded(a in words(10), b in words(10)) {
            let length = common(&a, &b);
            prop_assert_eq!(length, common(&b, &a));
            prop_assert!(length <= a.len().min(b.len()));
            prop_assert_eq!(common(&a, &a), a.len());
            let mut longer = b.clone();
            longer.extend(&a);
            prop_assert_eq!(common(&a, &longer), a.len());
        }
    }
}
