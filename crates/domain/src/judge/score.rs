//! An answer's score under criteria: Σ weight × mark. The sum is ours; what the judge claims is only compared.

use super::{Criteria, Unread, inside};
use serde::{Deserialize, Serialize};

/// The marks of one criterion. Both scales are published: prompts use 1 to 3, the leaderboard 1 to 5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// 1 to 3: an answer scores 100 to 300.
    #[default]
    Three,
    /// 1 to 5: an answer scores 100 to 500.
    Five,
}

impl Scale {
    /// The best mark.
    pub fn best(self) -> u32 {
        match self {
            Self::Three => 3,
            Self::Five => 5,
        }
    }
    /// The lowest and the highest score of an answer.
    pub fn range(self) -> (f64, f64) {
        (100.0, f64::from(100 * self.best()))
    }
    /// The marks in words, for the judge.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Three => "1 (worse), 2 (about as good) or 3 (better)",
            Self::Five => {
                "1 (much worse), 2 (worse), 3 (about as good), 4 (better) or 5 (much better)"
            }
        }
    }
    /// The marks in words where there is nothing to compare with.
    pub(super) fn words_alone(self) -> &'static str {
        match self {
            Self::Three => "1 (not met), 2 (partly met) or 3 (met)",
            Self::Five => "1 (not met), 2 (hardly met), 3 (partly met), 4 (largely met) or 5 (met)",
        }
    }
}

/// An answer's marks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// One for each criterion, in order.
    pub marks: Vec<u32>,
    /// Σ weight × mark.
    pub score: f64,
    /// What the judge said the sum is, where it said so.
    pub claimed: Option<f64>,
}

impl Scored {
    /// Reads lines `n | mark`. Every criterion must be marked once and within the scale.
    pub fn read(reply: &str, criteria: &Criteria, scale: Scale) -> Result<Self, Unread> {
        let mut marks = vec![None; criteria.list.len()];
        let mut claimed = None;
        for line in inside(reply, "scores")?.lines() {
            if line.to_lowercase().contains("weighted") {
                claimed = numbers(line).last().and_then(|number| number.parse().ok());
                continue;
            }
            let Some((left, right)) = line.rsplit_once('|') else {
                continue;
            };
            let (left, right) = (numbers(left), numbers(right));
            let (Some(&number), &[mark]) = (left.first(), right.as_slice()) else {
                return Err(Unread::Form(format!("“{}” is no mark", line.trim())));
            };
            let number: Option<usize> = number.parse().ok();
            let place = number.filter(|place| (1..=marks.len()).contains(place));
            let mark: Option<u32> = mark.parse().ok();
            let mark = mark.filter(|mark| (1..=scale.best()).contains(mark));
            match place.map(|place| &mut marks[place - 1]).zip(mark) {
                Some((free @ None, mark)) => *free = Some(mark),
                _ => {
                    return Err(Unread::Form(format!(
                        "“{}” is no mark for a criterion that is still open",
                        line.trim()
                    )));
                }
            }
        }
        let marks: Option<Vec<u32>> = marks.into_iter().collect();
        let marks = marks.ok_or_else(|| Unread::Form("a criterion has no mark".into()))?;
        let weighted = criteria
            .list
            .iter()
            .zip(&marks)
            .map(|(it, mark)| it.weight * mark);
        Ok(Self {
            score: f64::from(weighted.sum::<u32>()),
            marks,
            claimed,
        })
    }
}

/// The numbers in a text, as they are written.
fn numbers(text: &str) -> Vec<&str> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    let parts = parts.map(|part| part.trim_matches('.'));
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_weighted_and_nothing_is_guessed() {
        let criteria =
            Criteria::read("<criteria>\n1. a | 50\n2. b | 30\n3. c | 20\n</criteria>").unwrap();
        let read = |text: &str, scale| {
            Scored::read(
                &format!("Words.\n<scores>\n{text}\n</scores>"),
                &criteria,
                scale,
            )
        };
        let scored = read(
            "1 | 3\nMetric 2 | score: [1]\n3. **c** | 2\nFinal Weighted Score: [[250]]",
            Scale::Three,
        )
        .unwrap();
        assert_eq!(
            (scored.marks.clone(), scored.score, scored.claimed),
            (vec![3, 1, 2], 220.0, Some(250.0))
        );
        for (scale, mark) in [(Scale::Three, 3), (Scale::Five, 5)] {
            for mark in [1, mark] {
                let lines = format!(
                    "1 | {mark}
2 | {mark}
3 | {mark}"
                );
                let (low, high) = scale.range();
                let expected = if mark == 1 { low } else { high };
                let score = read(&lines, scale).unwrap().score;
                assert!((score - expected).abs() < 1e-9);
            }
        }
        for bad in [
            "1 | 3\n2 | 2",
            "1 | 3\n2 | 4\n3 | 1",
            "1 | 3\n1 | 3\n2 | 2\n3 | 1",
            "1 | 2.5\n2 | 2\n3 | 1",
            "1 | 2 or 3\n2 | 2\n3 | 1",
            "1 | good\n2 | 2\n3 | 1",
            "0 | 2\n2 | 2\n3 | 1",
        ] {
            assert!(
                matches!(read(bad, Scale::Three), Err(Unread::Form(_))),
                "{bad}"
            );
        }
        assert_eq!(
            Scored::read("1 | 3", &criteria, Scale::Three),
            Err(Unread::Missing("scores".into()))
        );
    }
}
