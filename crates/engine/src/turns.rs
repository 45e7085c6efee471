//! Who computes when. Somebody who waits at a page goes before a run: a run looks up between two steps,
//! and lets those who wait finish first, though not for ever.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A run stands back at most this long at once, so that a busy page does not stop it.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many requests are being answered.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<(Mutex<usize>, Condvar)>);

/// A request that is being answered; it is over when this is dropped.
#[derive(Debug)]
pub struct Turn(Turns);

impl Turns {
    /// Somebody waits for an answer from now on.
    pub fn ask(&self) -> Turn {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Turn(self.clone())
    }

    /// Waits while somebody waits for an answer.
    pub fn stand_back(&self) {
        let begun = Instant::now();
        let mut waiting = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *waiting > 0 {
            let Some(left) = PATIENCE.checked_sub(begun.elapsed()) else {
                return;
            };
            let woken = self.0.1.wait_timeout(waiting, left);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (waiting, over) = &*self.0.0;
        *waiting.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        over.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_waits_for_those_who_wait() {
        let turns = Turns::default();
        turns.stand_back();
        let turn = turns.ask();
        let begun = Instant::now();
        let other = turns.clone();
        let run = std::thread::spawn(move || {
            other.stand_back();
            begun.elapsed()
        });
        std::thread::sleep(Duration::from_millis(80));
        drop(turn);
        assert!(run.join().unwrap() >= Duration::from_millis(80));
    }
}
