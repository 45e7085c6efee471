//! Criteria with weights: lines `n. description | weight`.

use super::{Unread, inside, shown};
use serde::{Deserialize, Serialize};

/// What answers to one prompt are judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criteria {
    /// At least 3, in order; their weights sum to 100.
    pub list: Vec<Criterion>,
    /// What the judge's weights summed to, where that was not 100: they were scaled to 100 in whole numbers, the
    /// largest remainders rounded up.
    pub scaled_from: Option<u32>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// What is asked of an answer.
    pub text: String,
    /// Of 100.
    pub weight: u32,
}

/// The fewest and the most that are taken: 3 primary metrics, and 9 with up to 9 parts each.
const FEWEST: usize = 3;
const MOST: usize = 81;

/// The call that compares three answers and asks for criteria.
pub(super) fn call(prompt: &str, answers: &[String; 3]) -> String {
    let [one, two, three] = answers;
    format!(
        "You design how answers to a prompt are to be judged. Do not answer the prompt.\n\n\
1. Compare the three answers below: in what do they differ that makes one of more use than another to whoever asked?\n\
2. From that, choose 3 to 9 main criteria, and divide each into a few parts that can be checked one by one. They must \
apply to any answer, not only to these three.\n\
3. Give every part a weight, a whole number of at least 1, by how much it tells good answers from bad ones. All weights \
together sum to 100.\n\
4. End with the list of the parts alone, one a line, in exactly this form:\n\
<criteria>\n1. what is asked of the answer | 20\n2. what is asked of the answer | 15\n…\n</criteria>\n\n\
{}\n\n{}\n\n{}\n\n{}",
        shown("prompt", prompt),
        shown("answer_1", one),
        shown("answer_2", two),
        shown("answer_3", three),
    )
}

impl Criteria {
    /// Reads the reply to the first call. Lines of another form are passed over as words between the criteria; a
    /// line of the form whose weight is no whole number from 1 to 100 makes the reply unreadable, as do fewer than
    /// 3 lines, more than 81, and weights that sum to less than half or more than double of 100.
    pub fn read(reply: &str) -> Result<Self, Unread> {
        let mut list = Vec::new();
        for line in inside(reply, "criteria")?.lines() {
            let Some((text, weight)) = numbered(line).and_then(|rest| rest.rsplit_once('|')) else {
                continue;
            };
            let weight = weight.trim().trim_matches(['*', '%', ' ']);
            let whole: Option<u32> = weight.parse().ok().filter(|w| (1..=100).contains(w));
            let weight = whole
                .ok_or_else(|| Unread::Form(format!("“{weight}” is no weight from 1 to 100")))?;
            let text = text.trim().trim_matches('*').trim().to_owned();
            if text.is_empty() {
                return Err(Unread::Form("a criterion says nothing".into()));
            }
            list.push(Criterion { text, weight });
        }
        if !(FEWEST..=MOST).contains(&list.len()) {
            let words = format!("{} criteria, but {FEWEST} to {MOST} are needed", list.len());
            return Err(Unread::Form(words));
        }
        let sum: u32 = list.iter().map(|criterion| criterion.weight).sum();
        if !(50..=200).contains(&sum) {
            return Err(Unread::Form(format!(
                "the weights sum to {sum}, not to 100"
            )));
        }
        let scaled_from = (sum != 100).then_some(sum);
        if scaled_from.is_some() {
            scale(&mut list, sum);
        }
        Ok(Self { list, scaled_from })
    }

    /// As they are shown to the judge.
    pub fn lines(&self) -> String {
        let lines = self.list.iter().enumerate();
        let lines: Vec<String> = lines
            .map(|(n, it)| format!("{}. {} | {}", n + 1, it.text, it.weight))
            .collect();
        lines.join("\n")
    }
}

/// To 100, by largest remainder; of equal ones the earlier is rounded up. A weight may become 0 only where there are
/// more criteria than its share of 100 allows.
fn scale(list: &mut [Criterion], sum: u32) {
    let mut remainders: Vec<(u32, usize)> = Vec::new();
    let mut given = 0;
    for (place, it) in list.iter_mut().enumerate() {
        let exact = it.weight * 100;
        it.weight = exact / sum;
        given += it.weight;
        remainders.push((exact % sum, place));
    }
    remainders.sort_by_key(|(remainder, place)| (std::cmp::Reverse(*remainder), *place));
    for (_, place) in remainders
        .iter()
        .take(100_usize.saturating_sub(given as usize))
    {
        list[*place].weight += 1;
    }
}

/// What follows `12.` or `12)` at the line's beginning.
fn numbered(line: &str) -> Option<&str> {
    let line = line.trim().trim_start_matches(['*', '-', ' ']);
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = (digits > 0).then(|| &line[digits..])?;
    rest.strip_prefix(['.', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(reply: &str) -> Result<(Vec<u32>, Option<u32>), Unread> {
        let read = Criteria::read(&format!(
            "I compare.\n<criteria>\n{reply}\n</criteria> done"
        ))?;
        Ok((
            read.list.iter().map(|c| c.weight).collect(),
            read.scaled_from,
        ))
    }

    #[test]
    fn lines_are_read_and_weights_sum_to_100() {
        let read = Criteria::read("<criteria>draft</criteria>\n<criteria>\n# Accuracy\n1. Facts | hold | 50\n2) **Sources** | 30%\n- 3. Brief | 20\n<\\criteria>").unwrap();
        assert_eq!(
            read.lines(),
            "1. Facts | hold | 50\n2. Sources | 30\n3. Brief | 20"
        );
        assert_eq!(
            weights("1. a | 40\n2. b | 40\n3. c | 40"),
            Ok((vec![34, 33, 33], Some(120)))
        );
        assert_eq!(
            weights("1. a | 30\n2. b | 30\n3. c | 30"),
            Ok((vec![34, 33, 33], Some(90)))
        );
        for sum in [(50, 1, 1), (7, 60, 90), (99, 50, 50)] {
            let (weights, _) = weights(&format!(
                "1. a | {}\n2. b | {}\n3. c | {}",
                sum.0, sum.1, sum.2
            ))
            .unwrap();
            assert_eq!(weights.iter().sum::<u32>(), 100);
        }
    }

    #[test]
    fn what_is_no_criterion_is_refused() {
        for bad in [
            "1. a | 50\n2. b | 50",
            "1. a | 33.3\n2. b | 33.3\n3. c | 33.4",
            "1. a | 10\n2. b | 10\n3. c | 10",
            "1. a | 100\n2. b | 100\n3. c | 1",
            "1. | 30\n2. b | 30\n3. c | 40",
            "1. a | many\n2. b | 30\n3. c | 40",
        ] {
            assert!(matches!(weights(bad), Err(Unread::Form(_))), "{bad}");
        }
        assert_eq!(
            Criteria::read("1. a | 50\n2. b | 25\n3. c | 25"),
            Err(Unread::Missing("criteria".into()))
        );
    }
}
