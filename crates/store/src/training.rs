//! What a run learns from: standing annotations of the provenances it asked for, turned into plain examples.
//! **The same snapshot gives the same examples in the same order**, whatever people add meanwhile.

use crate::annotations::{Filter, Record};
use crate::export::About;
use crate::runs::Run;
use crate::{Result, Store, sha256};
use domain::annotation::{Context, Quote, Verdict};
use domain::ids::{ProjectId, PromptId, ResponseId};
use domain::project::Settings;
use domain::prompt::Message;
use domain::run::{Agreed, Below, Counts, Data};
use domain::signal::Signal;
use domain::{Annotation, Kind, Provenance};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Annotations read at a time.
const PAGE: i64 = 500;

/// The feedback as it stands: what it is, and what it gives to learn from.
#[derive(Clone, Debug, Default)]
pub struct Training {
    /// Whose, how much, how far people agreed.
    pub data: Data,
    /// The identifiers of the annotations, sorted.
    pub annotations: Vec<String>,
    /// What to learn from.
    pub examples: Examples,
}

/// Examples of every sort, each in the order in which people gave them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Examples {
    /// The prompts that the examples name.
    pub prompts: BTreeMap<PromptId, Vec<Message>>,
    /// Comparisons.
    pub pairs: Vec<Pair>,
    /// Texts to imitate.
    pub completions: Vec<Completion>,
    /// Words about responses.
    pub critiques: Vec<Criticised>,
    /// Responses found good or bad.
    pub judged: Vec<Judged>,
    /// Refinements of which another person said whether they heed their critique.
    pub incorporated: Vec<Incorporated>,
}

/// Two responses compared. In a tie, `chosen` and `rejected` are equally good.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The prompt.
    pub prompt: PromptId,
    /// The better response.
    pub chosen: String,
    /// The worse one.
    pub rejected: String,
    /// How much better: 1 slightly, 2 clearly, 3 far; 0 a tie.
    pub margin: u8,
    /// Both are bad, rather than equal.
    pub both_bad: bool,
    /// The aspect it is about; none: overall.
    pub aspect: Option<String>,
    /// Who says so.
    pub provenance: Provenance,
}

/// Why a text should be imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// It was the better one of two.
    Chosen,
    /// Somebody rewrote a response into it.
    Refinement,
    /// A person wrote it.
    Demonstration,
    /// It came with the prompt as the right answer.
    Reference,
}

/// A text to imitate.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The prompt.
    pub prompt: PromptId,
    /// The text.
    pub text: String,
    /// Why.
    pub origin: Origin,
    /// What it was rewritten from.
    pub before: Option<String>,
}

/// A remark about a response.
#[derive(Clone, Debug, PartialEq)]
pub struct Criticised {
    /// The prompt.
    pub prompt: PromptId,
    /// The response's identifier.
    pub id: ResponseId,
    /// The response.
    pub response: String,
    /// The words.
    pub text: String,
    /// −1 a problem, 0 neither, 1 praise.
    pub polarity: i8,
    /// The aspect it is about; none: overall.
    pub aspect: Option<String>,
    /// The part it quotes.
    pub quote: Option<Quote>,
    /// What the same person made of the response.
    pub refinement: Option<String>,
}

/// A response found good or bad.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The prompt.
    pub prompt: PromptId,
    /// The response.
    pub response: String,
    /// Good or bad.
    pub desirable: bool,
}

/// A refinement that another person checked against its critique.
#[derive(Clone, Debug, PartialEq)]
pub struct Incorporated {
    /// The prompt.
    pub prompt: PromptId,
    /// The response that was criticised.
    pub response: String,
    /// What was said about it, by whoever refined it.
    pub remarks: Vec<String>,
    /// What it was rewritten into.
    pub refinement: String,
    /// Whether that does what the remarks ask for; those that do so partly are left out.
    pub heeds: bool,
}

impl Examples {
    /// How many there are of each sort.
    pub fn counts(&self) -> Counts {
        let overall = |pair: &&Pair| pair.aspect.is_none();
        let of = |origin: &[Origin]| {
            let hits = self
                .completions
                .iter()
                .filter(|c| origin.contains(&c.origin));
            hits.count()
        };
        let desirable = self.judged.iter().filter(|it| it.desirable).count();
        Counts {
            prompts: self.prompts.len(),
            pairs: self
                .pairs
                .iter()
                .filter(overall)
                .filter(|p| p.margin > 0)
                .count(),
            ties: self
                .pairs
                .iter()
                .filter(overall)
                .filter(|p| p.margin == 0)
                .count(),
            refinements: of(&[Origin::Refinement]),
            demonstrations: of(&[Origin::Demonstration, Origin::Reference]),
            critiques: self.critiques.len(),
            desirable,
            undesirable: self.judged.len() - desirable,
        }
    }

    fn take(&mut self, record: &Record, settings: &Settings, about: &About) {
        let Some(prompt) = about.prompts.get(record.prompt.as_str()) else {
            return;
        };
        let context = Context {
            responses: &[],
            settings,
            criteria: &prompt.criteria,
        };
        for signal in record.annotation.signals(context) {
            self.take_signal(record, signal, about);
        }
        if let Annotation::Critique(critique) = &record.annotation {
            for remark in &critique.remarks {
                if let Some(response) = about.text(&remark.response) {
                    self.critiques.push(Criticised {
                        prompt: record.prompt.clone(),
                        id: remark.response.clone(),
                        response: response.to_owned(),
                        text: remark.text.clone(),
                        polarity: remark.polarity.sign(),
                        aspect: remark.aspect.clone(),
                        quote: remark.quote.clone(),
                        refinement: None,
                    });
                }
            }
        }
        self.prompts
            .entry(record.prompt.clone())
            .or_insert_with(|| prompt.messages.clone());
    }

    fn take_signal(&mut self, record: &Record, signal: Signal, about: &About) {
        let text = |id: &ResponseId| about.text(id).map(str::to_owned);
        let prompt = &record.prompt;
        match signal {
            Signal::Preference {
                chosen,
                rejected,
                margin,
                aspect,
            } => {
                let (Some(chosen), Some(rejected)) = (text(&chosen), text(&rejected)) else {
                    return;
                };
                if aspect.is_none() {
                    self.completions.push(Completion {
                        prompt: prompt.clone(),
                        text: chosen.clone(),
                        origin: Origin::Chosen,
                        before: None,
                    });
                    self.judge(prompt, &chosen, true);
                    self.judge(prompt, &rejected, false);
                }
                self.pairs.push(Pair {
                    prompt: prompt.clone(),
                    chosen,
                    rejected,
                    margin,
                    both_bad: false,
                    aspect,
                    provenance: record.provenance,
                });
            }
            Signal::Tie {
                responses: [one, other],
                both_bad,
                aspect,
            } => {
                let (Some(one), Some(other)) = (text(&one), text(&other)) else {
                    return;
                };
                if both_bad {
                    self.judge(prompt, &one, false);
                    self.judge(prompt, &other, false);
                }
                self.pairs.push(Pair {
                    prompt: prompt.clone(),
                    chosen: one,
                    rejected: other,
                    margin: 0,
                    both_bad,
                    aspect,
                    provenance: record.provenance,
                });
            }
            Signal::Score {
                response,
                score,
                aspect: None,
            } => {
                // exactly half says neither good nor bad
                if let Some(response) = text(&response)
                    && (score - 0.5).abs() > 1e-9
                {
                    self.judge(prompt, &response, score > 0.5);
                }
            }
            Signal::Refinement { response, text } => self.completions.push(Completion {
                prompt: prompt.clone(),
                before: about.text(&response).map(str::to_owned),
                text,
                origin: Origin::Refinement,
            }),
            // critiques are read with their quotes, which signals do not carry
            Signal::Critique { .. } | Signal::Score { .. } => {}
        }
    }

    fn judge(&mut self, prompt: &PromptId, response: &str, desirable: bool) {
        self.judged.push(Judged {
            prompt: prompt.clone(),
            response: response.to_owned(),
            desirable,
        });
    }
}

/// The verdicts on refinements whose critique and refinement are both known. `sampled` are refinements by
/// models, which stand for all critiques of their responses.
fn incorporated(records: &[Record], sampled: &[Record], about: &About) -> Vec<Incorporated> {
    let refinements: HashMap<&str, &Record> = records
        .iter()
        .chain(sampled)
        .filter(|record| matches!(record.annotation, Annotation::Refinement(_)))
        .map(|record| (record.id.as_str(), record))
        .collect();
    let mut remarks: HashMap<(Option<&str>, &str), Vec<String>> = HashMap::new();
    for record in records {
        if let Annotation::Critique(it) = &record.annotation {
            for remark in &it.remarks {
                let own = (Some(record.annotator.as_str()), remark.response.as_str());
                remarks.entry(own).or_default().push(remark.text.clone());
                if remark.polarity.sign() <= 0 {
                    let anybodys = (None, remark.response.as_str());
                    remarks
                        .entry(anybodys)
                        .or_default()
                        .push(remark.text.clone());
                }
            }
        }
    }
    let mut found = Vec::new();
    for record in records {
        let Annotation::Incorporation(verdict) = &record.annotation else {
            continue;
        };
        let heeds = match verdict.verdict {
            Verdict::Yes => true,
            Verdict::No => false,
            Verdict::Partly => continue,
        };
        let subject = record.subject.as_ref();
        let Some(refined) = subject.and_then(|id| refinements.get(id.as_str())) else {
            continue;
        };
        let Annotation::Refinement(refinement) = &refined.annotation else {
            continue;
        };
        for edit in &refinement.edits {
            let by = (!refined.is_sampled()).then_some(refined.annotator.as_str());
            let key = (by, edit.response.as_str());
            if let (Some(response), Some(remarks)) = (about.text(&edit.response), remarks.get(&key))
            {
                found.push(Incorporated {
                    prompt: refined.prompt.clone(),
                    response: response.to_owned(),
                    remarks: remarks.clone(),
                    refinement: edit.text.clone(),
                    heeds,
                });
            }
        }
    }
    found
}

/// Gives each critique the refinement that the same person made of the same response.
fn join_refinements(examples: &mut Examples, records: &[Record], about: &About) {
    let mut made: HashMap<(&str, &str), &str> = HashMap::new();
    for record in records {
        if let Annotation::Refinement(it) = &record.annotation {
            for edit in &it.edits {
                made.insert((&record.annotator, edit.response.as_str()), &edit.text);
            }
        }
    }
    let mut refinements = records
        .iter()
        .filter_map(|record| match &record.annotation {
            Annotation::Critique(it) => Some((record, it)),
            _ => None,
        })
        .flat_map(|(record, it)| it.remarks.iter().map(move |remark| (record, remark)))
        .filter(|(_, remark)| about.text(&remark.response).is_some())
        .map(|(record, remark)| made.get(&(record.annotator.as_str(), remark.response.as_str())));
    for critique in &mut examples.critiques {
        critique.refinement = refinements.next().flatten().map(|text| (*text).to_owned());
    }
}

impl Store {
    /// The feedback of a project as it stands now, of these provenances; with a node, on the prompts under it.
    /// Demonstrations count up to the time `until`.
    pub async fn training(
        &self,
        project: &ProjectId,
        provenances: &[Provenance],
        below: Option<&Below>,
        until: i64,
    ) -> Result<Training> {
        let under = self.under(project, below).await?;
        let mut records = Vec::new();
        let mut filter = Filter {
            limit: PAGE,
            ..Filter::default()
        };
        loop {
            let page = self.annotations(project, &filter).await?;
            let Some(last) = page.last() else { break };
            filter.after = Some(last.id.clone());
            records.extend(
                page.into_iter()
                    .filter(|it| provenances.contains(&it.provenance) && !it.is_sampled())
                    .filter(|it| {
                        under
                            .as_ref()
                            .is_none_or(|under| under.contains(&it.prompt))
                    }),
            );
        }
        let mut training = self
            .examples(project, provenances, below, records, until)
            .await?;
        training.data.agreement = self.agreed(project, provenances).await?;
        Ok(training)
    }

    /// What a run was started on: the same examples every time.
    pub async fn training_of(&self, run: &Run) -> Result<Training> {
        let wanted: BTreeSet<String> = self.snapshot(&run.id).await?.into_iter().collect();
        let mut records = Vec::new();
        let mut filter = Filter {
            // withdrawn and replaced since: they still count for this run
            history: true,
            limit: PAGE,
            ..Filter::default()
        };
        loop {
            let page = self.annotations(&run.project, &filter).await?;
            let Some(last) = page.last() else { break };
            filter.after = Some(last.id.clone());
            records.extend(
                page.into_iter()
                    .filter(|it| wanted.contains(it.id.as_str())),
            );
        }
        let mut training = self
            .examples(
                &run.project,
                &run.data.provenances,
                run.data.below.as_ref(),
                records,
                run.created_at,
            )
            .await?;
        training.data.agreement = run.data.agreement;
        Ok(training)
    }

    async fn examples(
        &self,
        project: &ProjectId,
        provenances: &[Provenance],
        below: Option<&Below>,
        records: Vec<Record>,
        until: i64,
    ) -> Result<Training> {
        let settings = self.project(project).await?.map(|it| it.settings);
        let settings = settings.unwrap_or_default();
        let about = self.about(project, &records).await?;
        let mut examples = Examples::default();
        let mut data = Data {
            provenances: provenances.to_vec(),
            below: below.cloned(),
            annotations: records.len(),
            ..Data::default()
        };
        let mut people = BTreeSet::new();
        for record in &records {
            *data.by_provenance.entry(record.provenance).or_default() += 1;
            *data.by_kind.entry(record.annotation.kind()).or_default() += 1;
            people.insert(record.annotator.as_str());
            examples.take(record, &settings, &about);
        }
        join_refinements(&mut examples, &records, &about);
        let sampled = self.sampled(project, &records).await?;
        examples.incorporated = incorporated(&records, &sampled, &about);
        if provenances.contains(&Provenance::Person) {
            let under = self.under(project, below).await?;
            self.demonstrations(project, under.as_ref(), until, &mut examples)
                .await?;
        }
        let mut annotations: Vec<String> = records.iter().map(|it| it.id.0.clone()).collect();
        annotations.sort_unstable();
        data.annotators = people.len();
        data.hash = sha256(annotations.join("\n"));
        data.examples = examples.counts();
        Ok(Training {
            data,
            annotations,
            examples,
        })
    }

    /// The refinements that runs sampled and these verdicts are about.
    async fn sampled(&self, project: &ProjectId, records: &[Record]) -> Result<Vec<Record>> {
        let verdicts = records
            .iter()
            .filter(|it| matches!(it.annotation, Annotation::Incorporation(_)));
        let subjects: BTreeSet<_> = verdicts.filter_map(|it| it.subject.clone()).collect();
        let known: BTreeSet<_> = records.iter().map(|it| &it.id).collect();
        let mut found = Vec::new();
        for id in subjects.iter().filter(|id| !known.contains(id)) {
            let record = self.annotation(project, id).await?;
            found.extend(record.filter(Record::is_sampled));
        }
        Ok(found)
    }

    /// The prompts under a node; `None` without a node. A run whose node is gone keeps its annotations, and has no
    /// demonstrations.
    async fn under(
        &self,
        project: &ProjectId,
        below: Option<&Below>,
    ) -> Result<Option<BTreeSet<PromptId>>> {
        match below {
            Some(below) => self.prompts_under(project, &below.node).await.map(Some),
            None => Ok(None),
        }
    }

    /// What people wrote themselves: reference answers, and responses whose source is a person.
    async fn demonstrations(
        &self,
        project: &ProjectId,
        under: Option<&BTreeSet<PromptId>>,
        until: i64,
        examples: &mut Examples,
    ) -> Result<()> {
        let wanted = [
            (
                "SELECT p.id, p.messages, p.reference AS text FROM prompt p \
                 WHERE p.project = $1 AND p.reference IS NOT NULL AND p.created_at <= $2 ORDER BY p.number, p.id",
                Origin::Reference,
            ),
            (
                "SELECT p.id, p.messages, r.text FROM response r JOIN source s ON s.id = r.source JOIN prompt p ON p.id = r.prompt \
                 WHERE r.project = $1 AND s.kind = 'person' AND r.parent IS NULL AND r.created_at <= $2 ORDER BY r.id",
                Origin::Demonstration,
            ),
        ];
        for (sql, origin) in wanted {
            let rows = sqlx::query(sql)
                .bind(project.as_str())
                .bind(until)
                .fetch_all(&self.read)
                .await?;
            for row in rows {
                let prompt = PromptId(row.try_get("id")?);
                let text: String = row.try_get("text")?;
                if text.trim().is_empty() || under.is_some_and(|under| !under.contains(&prompt)) {
                    continue;
                }
                if !examples.prompts.contains_key(&prompt) {
                    let messages = crate::error::from_json(
                        row.try_get("messages")?,
                        "prompt",
                        "messages",
                        prompt.as_str(),
                    )?;
                    examples.prompts.insert(prompt.clone(), messages);
                }
                examples.completions.push(Completion {
                    prompt,
                    text,
                    origin,
                    before: None,
                });
            }
        }
        Ok(())
    }

    async fn agreed(
        &self,
        project: &ProjectId,
        provenances: &[Provenance],
    ) -> Result<Option<Agreed>> {
        let settings = self.project(project).await?.map(|it| it.settings);
        let readings = self
            .readings(project, &settings.unwrap_or_default(), provenances)
            .await?;
        let report = readings.agreement(Some(Kind::Preference));
        Ok(report.questions.into_iter().find_map(|question| {
            let agreed = Agreed {
                alpha: question.alpha?,
                interval: question.interval,
                items: question.counts.items,
            };
            (question.question == "overall").then_some(agreed)
        }))
    }
}
