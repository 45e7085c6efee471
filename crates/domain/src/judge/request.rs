//! What a judge is asked to do in a project: the payload of a judging job.

use super::Scale;
use crate::run::Sampling;
use crate::{Fields, Invalid, Problem};
use serde::{Deserialize, Serialize};

/// The procedures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Two responses side by side, in both orders.
    Pairwise,
    /// Each response alone, 1 to 10.
    Pointwise,
    /// Criteria from three answers, then each response against the baseline (Feedbacker 2025).
    Pc2,
    /// A reward model scores; the difference of two scores is how surely one is better.
    Reward,
}

impl How {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pairwise, Self::Pointwise, Self::Pc2, Self::Reward];

    /// The name in addresses and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pairwise => "pairwise",
            Self::Pointwise => "pointwise",
            Self::Pc2 => "pc2",
            Self::Reward => "reward",
        }
    }
    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
    /// Whether it compares, rather than giving each response a score.
    pub fn compares(self) -> bool {
        matches!(self, Self::Pairwise | Self::Reward)
    }
    /// Calls for a prompt with so many responses, `against` one of them or all pairs; replies that cannot be read
    /// and asked again come on top.
    pub fn calls(self, responses: usize, against: bool) -> usize {
        let n = responses;
        match self {
            Self::Pairwise if against => 2 * n.saturating_sub(1),
            Self::Pairwise => n * n.saturating_sub(1),
            Self::Pointwise => n,
            Self::Pc2 if n < 3 => 0,
            // criteria, the baseline, and every response but the baseline
            Self::Pc2 => n + 1,
            Self::Reward => 1,
        }
    }
}

/// A request to judge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judging {
    /// Who is asked: what callers call the model.
    pub model: String,
    /// What it is called on dashboards.
    pub name: String,
    /// A judge of another version is another judge.
    pub version: String,
    /// How it is asked.
    pub how: How,
    /// What is judged; empty for overall.
    pub aspect: String,
    /// PC²'s marks.
    pub scale: Scale,
    /// The source that the others are compared with; empty: every pair. PC²'s baseline.
    pub against: String,
    /// At most so many prompts.
    pub most: usize,
    /// How it is sampled.
    pub sampling: Sampling,
    /// What a million tokens cost, of what it reads and what it writes; 0 where nobody says.
    pub price: [f64; 2],
}

/// The most characters of an aspect, of a version.
const MOST: usize = 200;

impl Judging {
    /// Reads the form. Fields: `model`, `version`, `how`, `aspect`, `scale` (3 or 5), `against`, `most`,
    /// `temperature`, `max_tokens`, `seed`, `price_in`, `price_out`. The judge's name is for the caller to fill in.
    ///
    /// # Errors
    /// Everything that is wrong, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let most = fields.whole_within("most", (1.0, 100_000.0), 100.0, &mut wrong);
        let (sampling, price) = Sampling::parse_asking(fields, 0.0, &mut wrong);
        let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
        let how = How::parse(&text("how"));
        if how.is_none() {
            wrong.push(Invalid::unknown("how", text("how")));
        }
        if text("model").is_empty() {
            wrong.push(Invalid::missing("model"));
        }
        for name in ["aspect", "version"] {
            if text(name).chars().count() > MOST {
                wrong.push(Invalid::new(name, Problem::TooLong { max: MOST }));
            }
        }
        let scale = match text("scale").as_str() {
            "5" => Scale::Five,
            "" | "3" => Scale::Three,
            other => {
                wrong.push(Invalid::unknown("scale", other));
                Scale::Three
            }
        };
        if how == Some(How::Pc2) && text("against").is_empty() {
            wrong.push(Invalid::missing("against"));
        }
        let (Some(how), true) = (how, wrong.is_empty()) else {
            return Err(wrong);
        };
        Ok(Self {
            model: text("model"),
            name: String::new(),
            version: text("version"),
            how,
            aspect: text("aspect"),
            scale,
            against: text("against"),
            most,
            sampling,
            price,
        })
    }

    /// The version as the judge bears it: how it is asked is part of who it is.
    pub fn full_version(&self) -> String {
        let how = match (self.how, self.scale) {
            (How::Pc2, Scale::Five) => "PC², 1 to 5",
            (How::Pc2, Scale::Three) => "PC², 1 to 3",
            (how, _) => how.name(),
        };
        match self.version.as_str() {
            "" => how.to_owned(),
            version => format!("{version}, {how}"),
        }
    }

    /// What so many tokens cost, in the prices' currency; `None` where no price was given.
    pub fn cost(&self, tokens_in: i64, tokens_out: i64) -> Option<f64> {
        crate::run::cost(self.price, [tokens_in, tokens_out])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(more: &[(&'static str, &str)]) -> Fields {
        let mut fields: Fields = [("model", "m"), ("how", "pairwise")].into_iter().collect();
        for (name, value) in more {
            fields.set(*name, *value);
        }
        fields
    }

    #[test]
    fn a_request_is_read_or_every_mistake_is_named() {
        let judging = Judging::parse(&form(&[("price_in", "2"), ("version", "2026-05")])).unwrap();
        assert_eq!(judging.full_version(), "2026-05, pairwise");
        assert_eq!(judging.cost(1_000_000, 5), Some(2.0));
        let wrong = Judging::parse(&form(&[("how", "pc2"), ("most", "0"), ("scale", "4")]));
        let fields: Vec<String> = wrong.unwrap_err().into_iter().map(|it| it.field).collect();
        assert_eq!(fields, ["most", "scale", "against"]);
        let pc2 = Judging::parse(&form(&[
            ("how", "pc2"),
            ("against", "base"),
            ("scale", "5"),
        ]));
        assert_eq!(pc2.unwrap().full_version(), "PC², 1 to 5");
    }

    #[test]
    fn calls_grow_with_the_procedure() {
        let of = |how: How, against| [2, 3, 12].map(|n| how.calls(n, against));
        assert_eq!(of(How::Pairwise, false), [2, 6, 132]);
        assert_eq!(of(How::Pairwise, true), [2, 4, 22]);
        assert_eq!(of(How::Pointwise, false), [2, 3, 12]);
        assert_eq!(of(How::Pc2, true), [0, 4, 13]);
    }
}
