//! People who save drafts and submit, go on when the server is back, and remember what they were told.

use bench::annotator::{Annotator, Item, Sent};
use domain::ids::ProjectId;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

/// Where the server is at the moment.
#[derive(Default)]
pub(crate) struct Door {
    state: Mutex<(Option<SocketAddr>, bool)>,
}

impl Door {
    pub(crate) fn open(&self, address: SocketAddr) {
        self.state.lock().unwrap().0 = Some(address);
    }
    /// Everybody finishes what is in hand and goes home.
    pub(crate) fn close(&self) {
        self.state.lock().unwrap().1 = true;
    }
    fn look(&self) -> (Option<SocketAddr>, bool) {
        *self.state.lock().unwrap()
    }
}

/// What a person sent for one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// Counts what she sent, so that newer can be told from older.
    pub(crate) number: u64,
    pub(crate) reason: String,
    /// `1` to `7`.
    pub(crate) strength: String,
}

/// What one person did and was told.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) person: usize,
    count: u64,
    /// Everything she sent, by task: drafts and answers.
    pub(crate) sent: HashMap<String, Vec<Words>>,
    /// The answer that was acknowledged, by task.
    pub(crate) answered: HashMap<String, Words>,
    /// The last draft that was acknowledged, with its version, by task.
    pub(crate) drafts: HashMap<String, (i64, Words)>,
    /// Requests that got no answer.
    pub(crate) unknown: usize,
    /// Answers of the server that should never come.
    pub(crate) refused: Vec<String>,
}

impl Log {
    fn words(&mut self, task: &str, random: &mut StdRng) -> Words {
        self.count += 1;
        let words = Words {
            number: self.count,
            reason: format!(
                "person {} says #{}: “because” & so on\nfor {task}",
                self.person, self.count
            ),
            strength: random.random_range(1..=7).to_string(),
        };
        let sent = self.sent.entry(task.to_owned()).or_default();
        sent.push(words.clone());
        words
    }
}

impl Words {
    fn fields(&self) -> [(&str, &str); 2] {
        [
            ("preference.strength", &self.strength),
            ("preference.reason", &self.reason),
        ]
    }
}

/// What she is about to send.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Draft,
    Answer,
}

/// One person's day.
pub(crate) fn work(person: usize, project: &ProjectId, door: &Door, seed: u64) -> Log {
    let mut log = Log {
        person,
        ..Log::default()
    };
    let mut random = StdRng::seed_from_u64(seed ^ (person as u64 + 1));
    let mut known = None;
    let mut annotator: Option<Annotator> = None;
    let mut item: Option<Item> = None;
    // sent, but no answer came
    let mut pending: Option<(Deed, Words)> = None;
    loop {
        let (address, closed) = door.look();
        if (closed && pending.is_none()) || !log.refused.is_empty() {
            return log;
        }
        let Some(address) = address else {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        };
        let Some(annotator) = &mut annotator else {
            annotator = Annotator::sign_in(address, project, person).ok();
            known = Some(address);
            continue;
        };
        if known != Some(address) {
            annotator.client.move_to(address);
            known = Some(address);
        }
        let Some(current) = &mut item else {
            match annotator.open() {
                Ok(Some(found)) if log.answered.contains_key(&found.task) => {
                    log.refused
                        .push(format!("{} was handed out again", found.task));
                }
                Ok(Some(found)) => item = Some(found),
                Ok(None) => log.refused.push("the queue is empty".into()),
                // the server is gone; the next one comes soon
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
            continue;
        };
        std::thread::sleep(Duration::from_millis(random.random_range(0..40)));
        let (deed, words) = pending.take().unwrap_or_else(|| {
            let deed = if random.random_bool(0.4) {
                Deed::Draft
            } else {
                Deed::Answer
            };
            (deed, log.words(&current.task, &mut random))
        });
        let refused = match deed {
            Deed::Draft => match annotator.save_draft(current, &words.fields()) {
                Sent::Kept(version) => {
                    current.set("draft.version", &version.to_string());
                    log.drafts.insert(current.task.clone(), (version, words));
                    continue;
                }
                Sent::Refused(answer) => Some(answer),
                Sent::Unknown(_) => None,
            },
            Deed::Answer => match annotator.submit(current, &words.fields()) {
                Sent::Kept(next) => {
                    log.answered.insert(current.task.clone(), words);
                    item = next;
                    continue;
                }
                Sent::Refused(answer) => Some(answer),
                Sent::Unknown(_) => None,
            },
        };
        if let Some(answer) = refused {
            log.refused
                .push(format!("{}: {}", answer.status, answer.text()));
            continue;
        }
        log.unknown += 1;
        // one time she sends the same form again, another time she opens the queue anew
        if random.random_bool(0.5) {
            pending = Some((deed, words));
        } else {
            item = None;
        }
    }
}
