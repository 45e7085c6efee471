//! A run's snapshot as tokens: what the methods of `learn` take.

use crate::words::Words;
use domain::ids::{PromptId, ResponseId};
use domain::method::{Method, Settings};
use domain::prompt::Message;
use learn::data::{Cut, Demonstration, Judged, Pair, Sequence};
use learn::methods::best_of_n::Asked;
use learn::methods::ilf::wording::Case;
use std::cell::RefCell;
use std::collections::BTreeMap;
use store::training::{Examples, Origin};

/// So many of the longest texts are tokenised to find the longest.
const LONGEST_READ: usize = 32;

/// A criticised response, and where it stands in the database.
#[derive(Clone, Debug)]
pub struct Criticised {
    /// The prompt's number.
    pub number: u64,
    /// The prompt.
    pub prompt: PromptId,
    /// The response.
    pub response: ResponseId,
    /// What is said about it.
    pub case: Case,
}

/// The examples of one run, tokenised with its base model's words.
pub struct Tokenised<'a> {
    examples: &'a Examples,
    words: &'a Words,
    /// By identifier: the prompt's number and tokens.
    prompts: BTreeMap<&'a PromptId, (u64, Vec<u32>)>,
    longest: usize,
    cut: RefCell<Cut>,
}

impl<'a> Tokenised<'a> {
    /// Tokenises the prompts. `now` is for templates that write a date: the run's own start, so that it can
    /// be repeated.
    ///
    /// # Errors
    /// When a conversation does not suit the model's chat template.
    pub fn new(
        examples: &'a Examples,
        words: &'a Words,
        settings: &Settings,
        now: i64,
    ) -> anyhow::Result<Self> {
        let mut prompts = BTreeMap::new();
        for (number, (id, messages)) in (0_u64..).zip(&examples.prompts) {
            prompts.insert(id, (number, words.prompt(messages, now)?));
        }
        let longest = settings.integer("max_length");
        Ok(Self {
            examples,
            words,
            prompts,
            longest: if longest == 0 { 512 } else { longest },
            cut: RefCell::default(),
        })
    }

    fn fit(&self, prompt: &[u32], response: &str) -> Sequence {
        let mut cut = self.cut.borrow_mut();
        self.words
            .sequence(prompt, response, self.longest, &mut cut)
    }

    /// The tokens of about the longest sequence that a method trains on, at most those that the settings allow.
    /// Only the longest texts are tokenised for it.
    pub fn longest(&self, method: Method, settings: &Settings) -> usize {
        let of_prompt = |id: &PromptId| self.prompts.get(id).map_or(0, |it| it.1.len());
        let all = self.examples;
        let mut texts: Vec<(&PromptId, &str)> = match method {
            Method::RewardModel | Method::Dpo => all
                .pairs
                .iter()
                .flat_map(|it| [&it.chosen, &it.rejected].map(|text| (&it.prompt, text.as_str())))
                .collect(),
            Method::Sft => all
                .completions
                .iter()
                .map(|it| (&it.prompt, it.text.as_str()))
                .collect(),
            Method::Kto => all
                .judged
                .iter()
                .map(|it| (&it.prompt, it.response.as_str()))
                .collect(),
            Method::BestOfN | Method::Ilf => Vec::new(),
        };
        // a token is some four bytes
        texts.sort_by_key(|(prompt, text)| std::cmp::Reverse(4 * of_prompt(prompt) + text.len()));
        let written = texts.iter().take(LONGEST_READ);
        let written =
            written.map(|(prompt, text)| of_prompt(prompt) + self.words.response(text).len());
        let sampled = self.prompts.values().filter(|_| texts.is_empty());
        let sampled = sampled.map(|it| it.1.len() + settings.integer("max_new_tokens"));
        written.chain(sampled).max().unwrap_or(0).min(self.longest)
    }

    /// What sequences lost so far, because they were too long; none where they all fitted.
    pub fn lost(&self) -> Option<Cut> {
        Some(*self.cut.borrow()).filter(|cut| cut.tokens > 0)
    }

    /// The prompts, for methods that sample responses to them.
    pub fn asked(&self) -> Vec<Asked> {
        let prompts = self.prompts.values();
        prompts
            .map(|(prompt, tokens)| Asked {
                prompt: *prompt,
                tokens: tokens.clone(),
            })
            .collect()
    }

    /// The conversation that these tokens are.
    pub fn messages(&self, tokens: &[u32]) -> Option<&'a [Message]> {
        let found = self
            .prompts
            .iter()
            .find(|(_, (_, prompt))| prompt == tokens);
        found.map(|(id, _)| self.examples.prompts[*id].as_slice())
    }

    /// The conversations of the prompts of these numbers.
    pub fn conversations(&self, numbers: &[u64]) -> Vec<&'a [Message]> {
        let numbered = (0_u64..).zip(self.examples.prompts.values());
        let wanted = numbered.filter(|(number, _)| numbers.contains(number));
        wanted.map(|(_, messages)| messages.as_slice()).collect()
    }

    /// The number and the conversation of a prompt.
    fn of(&self, id: &PromptId) -> Option<(u64, &'a [Message])> {
        let (number, _) = self.prompts.get(id)?;
        Some((*number, self.examples.prompts.get(id)?.as_slice()))
    }

    /// Criticised responses, all remarks about one together; praise asks for nothing and is left out.
    pub fn cases(&self) -> Vec<Criticised> {
        let mut cases: BTreeMap<(&PromptId, &str), Criticised> = BTreeMap::new();
        for it in self.examples.critiques.iter().filter(|it| it.polarity <= 0) {
            let Some((number, messages)) = self.of(&it.prompt) else {
                continue;
            };
            let case = cases.entry((&it.prompt, &it.response)).or_insert_with(|| {
                let case = Case {
                    messages: messages.to_vec(),
                    response: it.response.clone(),
                    remarks: Vec::new(),
                };
                Criticised {
                    number,
                    prompt: it.prompt.clone(),
                    response: it.id.clone(),
                    case,
                }
            });
            case.case.remarks.push(it.text.clone());
        }
        cases.into_values().collect()
    }

    /// Refinements that people checked: the prompt's number, the case, the refinement, whether it heeds.
    pub fn checked(&self) -> Vec<(u64, Case, &'a str, bool)> {
        let checked = self.examples.incorporated.iter();
        checked
            .filter_map(|it| {
                let (number, messages) = self.of(&it.prompt)?;
                let case = Case {
                    messages: messages.to_vec(),
                    response: it.response.clone(),
                    remarks: it.remarks.clone(),
                };
                Some((number, case, it.refinement.as_str(), it.heeds))
            })
            .collect()
    }

    /// Overall preferences and ties.
    pub fn pairs(&self) -> Vec<Pair> {
        let overall = self
            .examples
            .pairs
            .iter()
            .filter(|pair| pair.aspect.is_none());
        overall
            .filter_map(|pair| {
                let (prompt, tokens) = self.prompts.get(&pair.prompt)?;
                Some(Pair {
                    prompt: *prompt,
                    chosen: self.fit(tokens, &pair.chosen),
                    rejected: self.fit(tokens, &pair.rejected),
                    strength: pair.margin.max(1),
                    tie: pair.margin == 0,
                })
            })
            .collect()
    }

    /// Responses that were found good or bad.
    pub fn judged(&self) -> Vec<Judged> {
        let judged = self.examples.judged.iter();
        judged
            .filter_map(|it| {
                let (prompt, tokens) = self.prompts.get(&it.prompt)?;
                Some(Judged {
                    prompt: *prompt,
                    sequence: self.fit(tokens, &it.response),
                    desirable: it.desirable,
                })
            })
            .collect()
    }

    /// Texts to imitate, of the origins that the settings ask for. The same text to the same prompt counts
    /// once.
    pub fn demonstrations(&self, settings: &Settings) -> Vec<Demonstration> {
        let wanted = |origin: Origin| {
            settings.flag(match origin {
                Origin::Chosen => "chosen",
                Origin::Refinement => "refinements",
                Origin::Demonstration | Origin::Reference => "demonstrations",
            })
        };
        let mut seen = std::collections::BTreeSet::new();
        let completions = self.examples.completions.iter();
        completions
            .filter(|it| wanted(it.origin) && seen.insert((&it.prompt, it.text.as_str())))
            .filter_map(|it| {
                let (prompt, tokens) = self.prompts.get(&it.prompt)?;
                Some(Demonstration {
                    prompt: *prompt,
                    sequence: self.fit(tokens, &it.text),
                })
            })
            .collect()
    }
}
