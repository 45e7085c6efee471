//! The known rule by which a simulated annotator judges: what a response is worth to it, what it says is
//! wrong, and how it would mend that.
//!
//! A rule's worth is scaled so that 1 is the difference a person would call clear.

use super::common;
use crate::annotation::Polarity;
use crate::stats::Random;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// How an annotator judges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "lowercase")]
pub enum Rule {
    /// The fewer words the better; more than so many are a fault. Half as long is worth 1.
    Shorter {
        /// The most words that it finds no fault with.
        words: usize,
    },
    /// The more words the better; fewer than so many are a fault. Twice as long is worth 1.
    Longer {
        /// The fewest words that it finds no fault with.
        words: usize,
    },
    /// These words should stand in the response; each that does is worth 1.
    Contains {
        /// Lower case.
        words: Vec<String>,
    },
    /// These words should not; each time costs 1.
    Avoids {
        /// Lower case.
        words: Vec<String>,
    },
    /// The closer to the prompt's reference the better: the F1 of their longest common subsequence of words
    /// (ROUGE-L), of which 0.2 is worth 1.
    Reference,
    /// Every word has a hidden worth, drawn from the standard normal by the seed; a response has their sum over
    /// the square root of how many there are.
    Hidden {
        /// Makes the worths.
        seed: u64,
    },
}

/// One remark: the words, its polarity, and the part it quotes as first character and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) polarity: Polarity,
    pub(super) quote: Option<(usize, String)>,
}

/// A word of a text: where it stands (bytes), and the word in lower case.
struct Word {
    at: Range<usize>,
    lower: String,
}

fn words(text: &str) -> Vec<Word> {
    let inside = |c: char| c.is_alphanumeric() || c == '\'' || c == '’';
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, inside(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let lower = text[from..at].to_lowercase();
                words.push(Word {
                    at: from..at,
                    lower,
                });
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// How many words a text has.
pub(super) fn length(text: &str) -> usize {
    words(text).len()
}

/// FNV-1a: the same text gives the same number everywhere.
pub(super) fn number_of(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

fn hidden_worth(seed: u64, word: &str) -> f64 {
    Random::seeded(seed).fork(number_of(word)).normal()
}

/// ROUGE-L's F1 of two texts, from 0 to 1.
fn overlap(one: &str, other: &str) -> f64 {
    let lower = |text| -> Vec<String> { words(text).into_iter().map(|w| w.lower).collect() };
    let (one, other) = (lower(one), lower(other));
    if one.is_empty() || other.is_empty() {
        return 0.0;
    }
    2.0 * common(&one, &other) as f64 / (one.len() + other.len()) as f64
}

/// The text without these ranges, and without the blanks that would stand twice.
fn without(text: &str, cut: &[Range<usize>]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for range in cut {
        kept.push_str(text[from..range.start].trim_end_matches(' '));
        from = range.end;
    }
    kept.push_str(&text[from..]);
    kept.trim().to_owned()
}

impl Rule {
    /// What a response is worth. `None` when the rule needs a reference and there is none.
    pub fn worth(&self, response: &str, reference: Option<&str>) -> Option<f64> {
        let found = words(response);
        Some(match self {
            Self::Shorter { .. } => -(1.0 + found.len() as f64).log2(),
            Self::Longer { .. } => (1.0 + found.len() as f64).log2(),
            Self::Contains { words } => words
                .iter()
                .filter(|word| found.iter().any(|f| f.lower == **word))
                .count() as f64,
            Self::Avoids { words } => {
                -(found.iter().filter(|f| words.contains(&f.lower)).count() as f64)
            }
            Self::Reference => 5.0 * overlap(response, reference?),
            Self::Hidden { seed } => {
                let sum: f64 = found.iter().map(|f| hidden_worth(*seed, &f.lower)).sum();
                sum / (found.len().max(1) as f64).sqrt()
            }
        })
    }

    /// A response's worth from 0 to 1, for grades: 1 where the rule finds no fault.
    pub(super) fn share(&self, response: &str, reference: Option<&str>) -> Option<f64> {
        let worth = self.worth(response, reference)?;
        let share = match self {
            Self::Shorter { words } => (1.0 + worth + (1.0 + *words as f64).log2()).min(1.0),
            Self::Longer { words } => (1.0 + worth - (1.0 + *words as f64).log2()).min(1.0),
            Self::Contains { words } => worth / words.len().max(1) as f64,
            Self::Avoids { .. } => 1.0 / (1.0 - worth),
            Self::Reference => worth / 5.0,
            Self::Hidden { .. } => 1.0 / (1.0 + (-worth).exp()),
        };
        Some(share.clamp(0.0, 1.0))
    }

    /// Why it prefers what it prefers, as a person would put it.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Shorter { .. } => "It says it in fewer words.",
            Self::Longer { .. } => "It says more.",
            Self::Contains { .. } => "It mentions more of what it should.",
            Self::Avoids { .. } => "It holds fewer words that should not be there.",
            Self::Reference => "It is closer to the reference.",
            Self::Hidden { .. } => "Its words are better.",
        }
    }

    /// What it says about a response; at least one remark. `None` when it needs a reference.
    pub(super) fn critique(&self, response: &str, reference: Option<&str>) -> Option<Vec<Said>> {
        let found = words(response);
        let problem = |text: String| Said {
            text,
            polarity: Polarity::Problem,
            quote: None,
        };
        let quoting = |text: String, word: &Word| Said {
            quote: Some((
                response[..word.at.start].chars().count(),
                response[word.at.clone()].to_owned(),
            )),
            ..problem(text)
        };
        let mut said: Vec<Said> = match self {
            Self::Shorter { words } if found.len() > *words => {
                vec![problem(format!("Too long: {words} words are enough."))]
            }
            Self::Longer { words } if found.len() < *words => {
                vec![problem(format!("Too short: it needs {words} words."))]
            }
            Self::Shorter { .. } | Self::Longer { .. } => Vec::new(),
            Self::Contains { words } => words
                .iter()
                .filter(|word| found.iter().all(|f| f.lower != **word))
                .map(|word| problem(format!("Does not mention “{word}”.")))
                .collect(),
            Self::Avoids { words } => found
                .iter()
                .filter(|f| words.contains(&f.lower))
                .map(|f| quoting(format!("Remove the word “{}”.", f.lower), f))
                .collect(),
            Self::Reference => {
                let missing = lacking(&found, reference?);
                if missing.is_empty() {
                    Vec::new()
                } else {
                    vec![problem(format!("Leaves out: {}.", missing.join(", ")))]
                }
            }
            Self::Hidden { seed } => worst(&found, *seed)
                .map(|f| quoting(format!("The word “{}” makes it worse.", f.lower), f))
                .into_iter()
                .collect(),
        };
        said.truncate(crate::annotation::MAX_REMARKS);
        if said.is_empty() {
            said.push(Said {
                text: "Nothing to change.".into(),
                polarity: Polarity::Praise,
                quote: None,
            });
        }
        Some(said)
    }

    /// The response as it should have been. `None` where the rule does not know how to mend it.
    pub(super) fn refine(&self, response: &str, reference: Option<&str>) -> Option<String> {
        let found = words(response);
        let cut = |keep: &dyn Fn(&Word) -> bool| {
            let out: Vec<_> = found
                .iter()
                .filter(|w| !keep(w))
                .map(|w| w.at.clone())
                .collect();
            without(response, &out)
        };
        Some(match self {
            Self::Shorter { words } => match found.get(*words) {
                Some(first) => response[..first.at.start].trim_end().to_owned(),
                None => response.to_owned(),
            },
            Self::Longer { words } if found.len() < *words => reference
                .filter(|text| length(text) > found.len())?
                .to_owned(),
            Self::Longer { .. } => response.to_owned(),
            Self::Contains { words } => words
                .iter()
                .filter(|word| found.iter().all(|f| f.lower != **word))
                .fold(response.to_owned(), |text, word| format!("{text} {word}")),
            Self::Avoids { words } => cut(&|word| !words.contains(&word.lower)),
            Self::Reference => reference?.to_owned(),
            Self::Hidden { seed } => cut(&|word| hidden_worth(*seed, &word.lower) > -1.0),
        })
    }
}

/// The word of least hidden worth, if that is below −1.
fn worst(found: &[Word], seed: u64) -> Option<&Word> {
    found
        .iter()
        .map(|word| (word, hidden_worth(seed, &word.lower)))
        .filter(|(_, worth)| *worth < -1.0)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(word, _)| word)
}

/// Up to five words of the reference that the response lacks, the longest first.
fn lacking(found: &[Word], reference: &str) -> Vec<String> {
    let mut missing: BTreeMap<String, usize> = BTreeMap::new();
    for word in words(reference) {
        if word.lower.chars().count() > 3 && found.iter().all(|f| f.lower != word.lower) {
            missing.insert(word.lower.clone(), word.lower.chars().count());
        }
    }
    let mut missing: Vec<_> = missing.into_iter().collect();
    missing.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    missing.into_iter().take(5).map(|(word, _)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_prefers_critiques_and_mends_as_it_says() {
        let reference = Some("the old bridge crosses the river");
        let list = || vec!["mud".to_owned(), "rust".to_owned()];
        let cases = [
            (
                Rule::Shorter { words: 3 },
                "one two three four five",
                "one two three",
                "Too long: 3 words are enough.",
            ),
            (
                Rule::Longer { words: 6 },
                "a bridge",
                "the old bridge crosses the river",
                "Too short: it needs 6 words.",
            ),
            (
                Rule::Contains { words: list() },
                "there is mud",
                "there is mud rust",
                "Does not mention “rust”.",
            ),
            (
                Rule::Avoids { words: list() },
                "Mud, and stone.",
                ", and stone.",
                "Remove the word “mud”.",
            ),
            (
                Rule::Reference,
                "the old river",
                "the old bridge crosses the river",
                "Leaves out: crosses, bridge.",
            ),
        ];
        for (rule, bad, good, words) in cases {
            let worth = |text| rule.worth(text, reference).unwrap();
            assert!(worth(good) > worth(bad), "{rule:?}");
            let said = rule.critique(bad, reference).unwrap();
            assert_eq!(
                (&*said[0].text, said[0].polarity),
                (words, Polarity::Problem)
            );
            assert_eq!(
                rule.refine(bad, reference).as_deref(),
                Some(good),
                "{rule:?}"
            );
            let praise = rule.critique(good, reference).unwrap();
            assert_eq!(praise[0].polarity, Polarity::Praise, "{rule:?}");
            let share = |text| rule.share(text, reference).unwrap();
            assert!(share(good) > share(bad) && share(good) <= 1.0, "{rule:?}");
        }
        assert_eq!(Rule::Reference.worth("x", None), None);
    }

    #[test]
    fn the_hidden_worth_repeats_with_its_seed_and_mending_raises_it() {
        let rule = Rule::Hidden { seed: 3 };
        let words: Vec<String> = (0..60).map(|n| format!("word{n}")).collect();
        let text = words.join(" ");
        let mended = rule.refine(&text, None).unwrap();
        assert!(rule.worth(&mended, None) > rule.worth(&text, None));
        assert_eq!(
            rule.worth(&text, None),
            Rule::Hidden { seed: 3 }.worth(&text, None)
        );
        assert_ne!(
            rule.worth(&text, None),
            Rule::Hidden { seed: 4 }.worth(&text, None)
        );
        let said = &rule.critique(&text, None).unwrap()[0];
        let (start, quoted) = said.quote.clone().unwrap();
        assert!(text[start..].starts_with(&quoted));
    }
}
