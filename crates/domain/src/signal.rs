//! What an annotation teaches: the currency between what people say and what methods learn from.

use crate::ids::ResponseId;
use serde::{Deserialize, Serialize};

/// One thing a learner can use. An annotation yields any number of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "lowercase")]
pub enum Signal {
    /// One response is better than another.
    Preference {
        /// The better one.
        chosen: ResponseId,
        /// The worse one.
        rejected: ResponseId,
        /// How much better: 1 slightly, 2 clearly, 3 far.
        margin: u8,
        /// The aspect it is about, or overall.
        aspect: Option<String>,
    },
    /// Two responses are equally good, or both bad.
    Tie {
        /// The two.
        responses: [ResponseId; 2],
        /// Both are bad, rather than equal.
        both_bad: bool,
        /// The aspect it is about, or overall.
        aspect: Option<String>,
    },
    /// A response is worth this much, from 0 to 1.
    Score {
        /// The response.
        response: ResponseId,
        /// Its worth in `[0, 1]`.
        score: f64,
        /// The aspect it is about, or overall.
        aspect: Option<String>,
    },
    /// Words about a response.
    Critique {
        /// The response.
        response: ResponseId,
        /// The words.
        text: String,
        /// −1 a problem, 0 neither, 1 praise.
        polarity: i8,
        /// The aspect it is about, or overall.
        aspect: Option<String>,
    },
    /// What the response should have been.
    Refinement {
        /// The response that was edited.
        response: ResponseId,
        /// The edited text.
        text: String,
    },
}
