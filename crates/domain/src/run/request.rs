//! The forms that start a run and that let a model answer a project's prompts.

use crate::ids::{ModelId, NodeId, PromptId, RunId};
use crate::method::{Method, Settings};
use crate::{Fields, Invalid, Problem, Provenance};
use serde::{Deserialize, Serialize};

/// The most characters a run's name may have.
const MAX_NAME: usize = 120;
/// The greatest seed: a number that JSON and forms hold exactly.
const MAX_SEED: u64 = 1 << 53;

/// A run as somebody asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// How it learns.
    pub method: Method,
    /// What people call it.
    pub name: String,
    /// The model it starts from.
    pub base: ModelId,
    /// The reward model that judges, where the method needs one.
    pub reward: Option<ModelId>,
    /// Whose feedback it learns from.
    pub provenances: Vec<Provenance>,
    /// Only feedback on the prompts under this node.
    pub node: Option<NodeId>,
    /// The seed of everything random in it.
    pub seed: u64,
    /// The method's settings.
    pub settings: Settings,
    /// The run it was cloned from.
    pub parent: Option<RunId>,
}

impl Request {
    /// Reads the form. Fields: `name`, `base`, `reward`, `provenance` (repeated; people only when none is
    /// ticked), `node`, `seed`, `parent`, and the method's settings by their own names.
    ///
    /// # Errors
    /// Everything that is wrong, each with its field.
    pub fn parse(method: Method, fields: &Fields) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let name = fields.get("name").unwrap_or(method.name()).to_owned();
        if name.chars().count() > MAX_NAME {
            wrong.push(Invalid::new("name", Problem::TooLong { max: MAX_NAME }));
        }
        let base = fields.get("base").map(ModelId::from);
        if base.is_none() {
            wrong.push(Invalid::missing("base"));
        }
        let reward = fields.get("reward").map(ModelId::from);
        if method == Method::BestOfN && reward.is_none() {
            wrong.push(Invalid::missing("reward"));
        }
        let mut provenances = Vec::new();
        for given in fields.all("provenance") {
            match Provenance::parse(given) {
                Some(one) if provenances.contains(&one) => {}
                Some(one) => provenances.push(one),
                None => wrong.push(Invalid::unknown("provenance", given)),
            }
        }
        if provenances.is_empty() {
            provenances.push(Provenance::Person);
        }
        provenances.sort();
        let table = method.settings();
        // where the method has a seed among its settings, those say what is wrong with it
        let checked = table.iter().any(|setting| setting.name == "seed");
        let seed = fields.number("seed").unwrap_or_else(|problem| {
            wrong.extend((!checked).then_some(problem));
            None
        });
        if !checked && seed.is_some_and(|seed| seed > MAX_SEED) {
            let range = format!("0 to {MAX_SEED}");
            wrong.push(Invalid::new("seed", Problem::OutOfRange { range }));
        }
        let settings = Settings::parse(&table, fields)
            .map_err(|problems| wrong.extend(problems))
            .unwrap_or_default();
        let selected = method == Method::Ilf && settings.choice("selector") == "reward-model";
        if selected && reward.is_none() {
            wrong.push(Invalid::missing("reward"));
        }
        match base {
            Some(base) if wrong.is_empty() => Ok(Self {
                method,
                name,
                base,
                reward,
                provenances,
                node: fields.get("node").map(NodeId::from),
                seed: seed.unwrap_or(1),
                settings,
                parent: fields.get("parent").map(RunId::from),
            }),
            _ => Err(wrong),
        }
    }
}

/// How a response is sampled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sampling {
    /// 0 always takes the likeliest token.
    pub temperature: f64,
    /// Only the likeliest tokens that together have this probability; 1 takes all.
    pub top_p: f64,
    /// Only so many of the likeliest tokens; 0 takes all.
    pub top_k: usize,
    /// Only tokens at least so likely, relative to the likeliest; 0 takes all.
    pub min_p: f64,
    /// Divides the scores of tokens that already stand there; 1 leaves them.
    pub repetition_penalty: f64,
    /// The most tokens of a response.
    pub max_tokens: usize,
    /// Texts that end a response; they are not part of it.
    pub stop: Vec<String>,
    /// The seed.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.8,
            top_p: 0.95,
            top_k: 0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            max_tokens: 256,
            stop: Vec::new(),
            seed: 1,
        }
    }
}

/// Which prompts of a project are answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// Up to so many that this model has not answered yet, in their order.
    Unanswered(usize),
    /// These.
    These(Vec<PromptId>),
}

/// A model is to answer prompts of a project; the payload of a `generate` job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generate {
    /// Which prompts.
    pub prompts: Which,
    /// Responses to each.
    pub samples: usize,
    /// How.
    pub sampling: Sampling,
    /// Whether the queue gets tasks about them.
    pub make_tasks: bool,
}

impl Generate {
    /// Reads the form. Fields: `prompts` (how many unanswered ones), `samples`, `temperature`, `top_p`,
    /// `max_tokens`, `seed`, `tasks` (ticked).
    ///
    /// # Errors
    /// Everything that is wrong, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let mut number = |name: &str, min: f64, max: f64, usual: f64| {
            let value = fields.number::<f64>(name).unwrap_or_else(|problem| {
                wrong.push(problem);
                None
            });
            let value = value.unwrap_or(usual);
            if !(min..=max).contains(&value) {
                let range = format!("{min} to {max}");
                wrong.push(Invalid::new(name, Problem::OutOfRange { range }));
            }
            value
        };
        let usual = Sampling::default();
        let prompts = number("prompts", 1.0, 10_000.0, 50.0);
        let samples = number("samples", 1.0, 16.0, 2.0);
        let temperature = number("temperature", 0.0, 5.0, usual.temperature);
        let top_p = number("top_p", 0.01, 1.0, usual.top_p);
        let max_tokens = number("max_tokens", 1.0, 4096.0, usual.max_tokens as f64);
        let seed = number("seed", 0.0, MAX_SEED as f64, 1.0);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            prompts: Which::Unanswered(whole(prompts)),
            samples: whole(samples),
            sampling: Sampling {
                temperature,
                top_p,
                max_tokens: whole(max_tokens),
                seed: whole(seed) as u64,
                ..usual
            },
            make_tasks: fields.ticked("tasks"),
        })
    }
}

/// A number whose range was checked.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range was checked: none is negative or above 2^53"
)]
fn whole(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_needs_a_base_and_learns_from_people_unless_told_otherwise() {
        let missing = Request::parse(Method::BestOfN, &Fields::default()).unwrap_err();
        let fields: Vec<_> = missing.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["base", "reward"]);
        let typed: Fields = [("base", "m"), ("seed", "7"), ("name", "First")]
            .into_iter()
            .collect();
        let request = Request::parse(Method::Dpo, &typed).unwrap();
        assert_eq!(request.provenances, [Provenance::Person]);
        assert_eq!((request.seed, request.name.as_str()), (7, "First"));
        let typed: Fields = [("base", "m"), ("provenance", "robot"), ("seed", "x")]
            .into_iter()
            .collect();
        let wrong = Request::parse(Method::Dpo, &typed).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["provenance", "seed"]);
    }

    #[test]
    fn generation_is_checked() {
        let fields: Fields = [("samples", "99"), ("prompts", "3")].into_iter().collect();
        assert_eq!(Generate::parse(&fields).unwrap_err()[0].field, "samples");
        let fields: Fields = [("samples", "4"), ("tasks", "on")].into_iter().collect();
        let generate = Generate::parse(&fields).unwrap();
        assert_eq!((generate.samples, generate.make_tasks), (4, true));
        assert_eq!(generate.prompts, Which::Unanswered(50));
    }
}
