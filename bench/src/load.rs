//! People at work, one after the other and all at once, and who was handed what.

use crate::annotator::{Annotator, Item, Sent};
use crate::figures::Times;
use anyhow::{Context, bail};
use domain::ids::ProjectId;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Who was handed which task, over all phases of a run.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<HashMap<String, Vec<usize>>>);

impl Ledger {
    fn note(&self, item: &Item, person: usize) {
        if let Ok(mut handed) = self.0.lock() {
            handed.entry(item.task.clone()).or_default().push(person);
        }
    }
    /// How many items were handed out, and how many of them beyond the overlap (to more people than
    /// wanted, or again to somebody who had answered).
    pub fn count(&self, overlap: usize) -> (usize, usize) {
        let Ok(handed) = self.0.lock() else {
            return (0, 0);
        };
        let all = handed.values().map(Vec::len).sum();
        let beyond = handed
            .values()
            .map(|people| {
                let mut distinct = people.clone();
                distinct.sort_unstable();
                distinct.dedup();
                people.len() - distinct.len().min(overlap)
            })
            .sum();
        (all, beyond)
    }
}

/// What a person chooses for her `n`-th item.
fn choice(n: usize) -> [(&'static str, &'static str); 1] {
    [(
        "preference.strength",
        ["2", "6", "3", "5", "1", "4", "7"][n % 7],
    )]
}

/// One person answers so many items; each time from sending one to having read the next.
pub fn sequential(
    annotator: &mut Annotator,
    person: usize,
    cycles: usize,
    ledger: &Ledger,
) -> anyhow::Result<Times> {
    let mut item = annotator.open()?.context("the queue is empty")?;
    ledger.note(&item, person);
    let mut times = Vec::with_capacity(cycles);
    for n in 0..cycles {
        let begun = Instant::now();
        let next = match annotator.submit(&item, &choice(n)) {
            Sent::Kept(next) => next.context("no next item")?,
            Sent::Refused(answer) => bail!("refused: {} {}", answer.status, answer.text()),
            Sent::Unknown(error) => return Err(error.into()),
        };
        times.push(milliseconds(begun));
        ledger.note(&next, person);
        item = next;
    }
    // she may come back to the one in her hands: it was handed to her once
    forget(ledger, &item, person);
    Ok(times.into_iter().collect())
}

fn forget(ledger: &Ledger, item: &Item, person: usize) {
    if let Ok(mut handed) = ledger.0.lock()
        && let Some(people) = handed.get_mut(&item.task)
        && let Some(at) = people.iter().position(|&p| p == person)
    {
        people.swap_remove(at);
    }
}

fn milliseconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1000.0
}

/// What people did at once.
#[derive(Debug)]
pub struct Together {
    /// Answers a second, of all together.
    pub rate: f64,
    /// Each cycle.
    pub times: Times,
    /// Requests that failed.
    pub errors: usize,
    /// The first failure's words.
    pub first_error: Option<String>,
}

/// Several people work at once for `length`. They sign in before the clock starts.
pub fn together(
    address: SocketAddr,
    project: &ProjectId,
    people: std::ops::Range<usize>,
    length: Duration,
    ledger: &Ledger,
) -> anyhow::Result<Together> {
    let annotators = people
        .map(|n| Ok((n, Annotator::sign_in(address, project, n)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let begun = Instant::now();
    let shifts: Vec<(Vec<f64>, Vec<String>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = annotators
            .into_iter()
            .map(|(person, annotator)| {
                scope.spawn(move || shift(annotator, person, begun + length, ledger))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| (Vec::new(), vec!["a panic".into()]))
            })
            .collect()
    });
    let took = begun.elapsed().as_secs_f64();
    let (times, errors): (Vec<_>, Vec<_>) = shifts.into_iter().unzip();
    let times: Times = times.into_iter().flatten().collect();
    let errors: Vec<String> = errors.into_iter().flatten().collect();
    Ok(Together {
        rate: times.count() as f64 / took,
        times,
        errors: errors.len(),
        first_error: errors.into_iter().next(),
    })
}

/// One person's work until `end`: the times of her cycles, and what went wrong.
fn shift(
    mut annotator: Annotator,
    person: usize,
    end: Instant,
    ledger: &Ledger,
) -> (Vec<f64>, Vec<String>) {
    let (mut times, mut errors) = (Vec::new(), Vec::new());
    let mut current: Option<Item> = None;
    while Instant::now() < end && errors.len() < 100 {
        let Some(item) = current.take() else {
            match annotator.open() {
                Ok(Some(item)) => {
                    ledger.note(&item, person);
                    current = Some(item);
                }
                Ok(None) => errors.push("the queue is empty".into()),
                Err(error) => errors.push(error.to_string()),
            }
            continue;
        };
        let begun = Instant::now();
        match annotator.submit(&item, &choice(times.len() + person)) {
            Sent::Kept(next) => {
                times.push(milliseconds(begun));
                if let Some(next) = &next {
                    ledger.note(next, person);
                }
                current = next;
            }
            Sent::Refused(answer) => {
                errors.push(format!("{}: {}", answer.status, answer.text()));
                forget(ledger, &item, person);
            }
            Sent::Unknown(error) => {
                errors.push(error.to_string());
                forget(ledger, &item, person);
            }
        }
    }
    if let Some(item) = current {
        forget(ledger, &item, person);
    }
    (times, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_counts_what_went_beyond() {
        let ledger = Ledger::default();
        for (task, person) in [("a", 1), ("a", 2), ("b", 1), ("b", 1), ("c", 3)] {
            let item = Item {
                task: task.into(),
                hidden: Vec::new(),
            };
            ledger.note(&item, person);
        }
        assert_eq!(ledger.count(1), (5, 2));
        // again to the same person is too much at any overlap
        assert_eq!(ledger.count(2), (5, 1));
    }
}
