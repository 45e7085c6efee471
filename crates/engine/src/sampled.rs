//! Methods that sample before they learn: best of n by a reward model, and ILF. They are given what they ask:
//! the reward model's opinion, the critiques, the selector.

use crate::examples::Tokenised;
use crate::loaded::Loaded;
use crate::people::People;
use crate::words::Words;
use anyhow::bail;
use domain::method::Settings;
use learn::data::{Cut, Sequence};
use learn::methods::ilf::wording::{Case, Chat};
use learn::methods::ilf::{Critiqued, Feedback, Judgment, Question, Selector};
use learn::methods::{best_of_n, ilf};
use learn::models::{ChatTemplate, Llama};
use learn::train::{Session, Trained};
use std::collections::HashMap;
use store::now_ms;

/// Sequences that the reward model reads at once.
const AT_ONCE: usize = 16;

/// Expert iteration on the reward model's favourites.
///
/// # Errors
/// When the reward model is none, or as the method.
pub fn best_of_n(
    base: Llama,
    words: &Words,
    judge: &Loaded,
    examples: &Tokenised<'_>,
    settings: &Settings,
    session: Session<'_>,
) -> anyhow::Result<Trained<Llama>> {
    let model = judge.reward()?;
    let longest = model.backbone.config().context;
    // the reward model may have words of its own: what was sampled goes to it as text
    let reward = |sampled: &[Sequence]| -> Vec<f64> {
        let read: Vec<Sequence> = sampled
            .iter()
            .map(|it| {
                let (prompt, response) = it.tokens.split_at(it.prompt);
                let prompt = examples
                    .messages(prompt)
                    .and_then(|messages| judge.words.prompt(messages, now_ms()).ok())
                    .unwrap_or_else(|| prompt.to_vec());
                let text = words.tokenizer.decode(response);
                judge
                    .words
                    .sequence(&prompt, &text, longest, &mut Cut::default())
            })
            .collect();
        model
            .score(&read, AT_ONCE)
            .into_iter()
            .map(f64::from)
            .collect()
    };
    let ends = words.tokenizer.ends();
    Ok(best_of_n::train(
        base,
        &examples.asked(),
        &reward,
        ends,
        settings,
        session,
    )?)
}

/// Who may select among refinements; the settings say who does.
pub struct Selects<'a> {
    /// The run's reward model.
    pub judge: Option<&'a Loaded>,
    /// People, in the queue.
    pub people: &'a People<'a>,
}

/// Imitation learning from the words of critiques.
///
/// # Errors
/// When the selector that the settings name cannot be had, or as the method.
pub fn ilf(
    base: Llama,
    words: &Words,
    selects: &Selects<'_>,
    examples: &Tokenised<'_>,
    settings: &Settings,
    now: i64,
    session: Session<'_>,
) -> anyhow::Result<Trained<Llama>> {
    let spare = ChatTemplate::chat_ml();
    let chat = Chat {
        tokenizer: &words.tokenizer,
        template: words.template.as_ref().unwrap_or(&spare),
        now,
    };
    // questions are put about a case, which is found again by its tokens
    let mut by_tokens: HashMap<Vec<u32>, Case> = HashMap::new();
    let mut read = |number: u64, case: Case| -> anyhow::Result<Critiqued> {
        let found = chat.critiqued(number, &case).map_err(anyhow::Error::msg)?;
        by_tokens.insert(found.refine.clone(), case);
        Ok(found)
    };
    let mut criticised = Vec::new();
    let cases = examples.cases();
    for it in &cases {
        criticised.push(read(it.number, it.case.clone())?);
    }
    let mut judged = Vec::new();
    for (number, case, refinement, heeds) in examples.checked() {
        judged.push(Judgment {
            of: read(number, case)?,
            refinement: words.response(refinement),
            heeds,
        });
    }
    let questions = |about: &Critiqued, refinement: &[u32]| -> Vec<Question> {
        let case = by_tokens.get(&about.refine);
        case.map(|case| chat.questions(case, refinement))
            .unwrap_or_default()
    };
    let chosen = |round: usize, sample: &dyn Fn() -> ilf::Candidates| {
        selects.people.chosen(round, &cases, words, sample)
    };
    let asked = base.clone();
    let selector = match settings.choice("selector") {
        "reward-model" => {
            let Some(judge) = selects.judge else {
                bail!(
                    "the settings let a reward model select, and the run names none: clone it and choose one"
                );
            };
            if judge.words.tokenizer.vocab() != words.tokenizer.vocab() {
                bail!(
                    "{} has another vocabulary than the model that learns: it cannot select here",
                    judge.row.name
                );
            }
            Selector::RewardModel(judge.reward()?)
        }
        "ensemble" => Selector::Questions(&asked, &questions),
        "person" => Selector::People(&chosen),
        _ => Selector::Random,
    };
    let feedback = Feedback {
        examples: &criticised,
        judged: &judged,
        selector,
        critic: None,
        ends: words.tokenizer.ends(),
    };
    Ok(ilf::train(base, &feedback, settings, session)?)
}
