//! Judging jobs, prompt by prompt: what a judge has said is never asked again, so a job that ended in the middle is
//! taken up by doing it again.

use crate::App;
use crate::asking::{self, Asking, Question, Stop, patiently};
use crate::text::judging as text;
use crate::worker::kept;
use domain::Provenance;
use domain::judge::{About, How, Judging, Outcome, Pc2, Usage, pairwise, pointwise};
use domain::prompt::plain_text;
use domain::run::ModelKind;
use futures_util::StreamExt;
use serde_json::json;
use store::calls::Call;
use store::evaluation::{JudgeKey, JudgeKind, NewJudgment, NewVerdict};
use store::jobs::Claimed;
use store::judging::{Shown, ToJudge};
use store::now_ms;

/// Prompts that are read at once.
const PAGE: i64 = 50;

/// What a judge said about one prompt.
#[derive(Default)]
struct Said {
    verdicts: Vec<NewVerdict>,
    judgments: Vec<NewJudgment>,
}

/// Does one job; why it could not be done, in words for people.
pub(crate) async fn judge(app: &App, claimed: &Claimed) -> Result<(), String> {
    match work(app, claimed).await {
        Ok(()) | Err(Stop::Lost) => Ok(()),
        Err(Stop::Failed(words)) => Err(words),
    }
}

/// Who is asked, and what for.
struct Judge<'a> {
    asking: Asking<'a>,
    wanted: &'a Judging,
}

/// The judge as dashboards know it.
fn key<'a>(wanted: &'a Judging, version: &'a str) -> JudgeKey<'a> {
    JudgeKey {
        kind: match wanted.how {
            How::Reward => JudgeKind::Reward,
            _ => JudgeKind::Model,
        },
        name: &wanted.name,
        version,
        provenance: Provenance::Machine,
    }
}

async fn work(app: &App, claimed: &Claimed) -> Result<(), Stop> {
    let (job, store) = (&claimed.job, &app.store);
    let project = job.project.as_ref();
    let project = project.ok_or_else(|| Stop::failed(text::UNREADABLE))?;
    let wanted: Judging =
        serde_json::from_value(job.payload.clone()).map_err(|_| Stop::failed(text::UNREADABLE))?;
    let kind = match wanted.how {
        How::Reward => ModelKind::Reward,
        _ => ModelKind::Policy,
    };
    let judge = Judge {
        asking: Asking {
            app,
            lease: &claimed.lease,
            project,
            sampling: wanted.sampling.clone(),
            served: asking::served(app, project, &wanted.model, &[kind], text::GONE).await?,
        },
        wanted: &wanted,
    };
    let version = wanted.full_version();
    let by = key(&wanted, &version);
    let size = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let all = store.prompts_with_sources(project, needs(wanted.how));
    let all = all.await?.min(size(wanted.most));
    let (mut done, mut after) = (job.done, -1);
    while done < size(wanted.most) {
        let page = store.to_judge(project, by, &wanted.aspect, after, PAGE);
        let page = page.await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        for it in &page {
            if done >= size(wanted.most) {
                break;
            }
            let Some(said) = kept(app, claimed, judge.about(it)).await? else {
                return Err(Stop::Lost);
            };
            let Some(said) = said? else { continue };
            let settings = json!({ "model": judge.asking.served.id, "how": wanted.how.name() });
            let said = (&said.verdicts[..], &said.judgments[..]);
            let written =
                store.record_judged(project, by, &settings, said, Some(&claimed.lease), now_ms());
            written.await?.ok_or(Stop::Lost)?;
            done += 1;
            let all = all.max(done);
            let held = store.job_progress(&claimed.lease, done, all, now_ms());
            if !held.await? {
                return Err(Stop::Lost);
            }
        }
    }
    store
        .job_progress(&claimed.lease, done, done, now_ms())
        .await?;
    Ok(())
}

/// Responses of so many sources must a prompt have.
fn needs(how: How) -> i64 {
    match how {
        How::Pointwise => 1,
        How::Pairwise | How::Reward => 2,
        How::Pc2 => 3,
    }
}

impl Judge<'_> {
    /// What the judge says about a prompt; `None` where there is nothing left to ask.
    async fn about(&self, it: &ToJudge) -> Result<Option<Said>, Stop> {
        let said = match self.wanted.how {
            How::Pairwise => self.pairwise(it).await?,
            How::Pointwise => self.pointwise(it).await?,
            How::Pc2 => self.pc2(it).await?,
            How::Reward => self.reward(it).await?,
        };
        Ok(said)
    }

    /// The pairs that have no verdict yet: all, or those with the source that is compared with.
    fn pairs<'a>(&self, it: &'a ToJudge) -> Vec<[&'a Shown; 2]> {
        let against = &self.wanted.against;
        let mut pairs = Vec::new();
        for (n, a) in it.responses.iter().enumerate() {
            for b in &it.responses[n + 1..] {
                let meant = against.is_empty() || [&a.source, &b.source].contains(&against);
                if meant && !it.has_compared(&a.id, &b.id) {
                    pairs.push([a, b]);
                }
            }
        }
        pairs
    }

    async fn pairwise(&self, it: &ToJudge) -> Result<Option<Said>, Stop> {
        let (prompt, aspect) = (plain_text(&it.messages), &self.wanted.aspect);
        let pairs = self.pairs(it);
        if pairs.is_empty() {
            return Ok(None);
        }
        let both_orders = |&[a, b]: &[&Shown; 2]| {
            [[a, b], [b, a]].map(|[a, b]| -> Question {
                let about = text::against(&a.source, &b.source);
                (about, pairwise::call(&prompt, &a.text, &b.text, aspect))
            })
        };
        let questions = pairs.iter().flat_map(both_orders).collect();
        let replies = self
            .asking
            .all(Some(&it.prompt), questions, pairwise::read)
            .await?;
        let mut said = Said::default();
        for ([a, b], replies) in pairs.iter().zip(replies.chunks(2)) {
            let [Some((straight, first)), Some((turned, second))] = replies else {
                continue;
            };
            let outcome = pairwise::together(*straight, *turned).outcome;
            let letter = |verdict: pairwise::Verdict, [one, other]: [&str; 2]| match verdict {
                pairwise::Verdict::First => one.to_owned(),
                pairwise::Verdict::Second => other.to_owned(),
                pairwise::Verdict::Tie => "tie".to_owned(),
            };
            said.verdicts.push(NewVerdict {
                prompt: it.prompt.clone(),
                responses: [a.id.clone(), b.id.clone()],
                aspect: self.wanted.aspect.clone(),
                outcome,
                margin: margin(outcome),
                said: Some([letter(*straight, ["a", "b"]), letter(*turned, ["b", "a"])]),
                raw: Some(text::both_orders(first, second)),
            });
        }
        Ok(Some(said))
    }

    async fn pointwise(&self, it: &ToJudge) -> Result<Option<Said>, Stop> {
        let open: Vec<&Shown> = it
            .responses
            .iter()
            .filter(|shown| !it.scored.contains(&shown.id))
            .collect();
        if open.is_empty() {
            return Ok(None);
        }
        let prompt = plain_text(&it.messages);
        let questions = open.iter().map(|shown| {
            let call = pointwise::call(&prompt, &shown.text, &self.wanted.aspect, None);
            (shown.source.clone(), call)
        });
        let questions = questions.collect();
        let replies = self
            .asking
            .all(Some(&it.prompt), questions, pointwise::read)
            .await?;
        let mut said = Said::default();
        let (lowest, highest) = pointwise::RANGE;
        for (shown, reply) in open.iter().zip(replies) {
            let Some((score, reply)) = reply else {
                continue;
            };
            said.judgments.push(NewJudgment {
                prompt: it.prompt.clone(),
                response: shown.id.clone(),
                aspect: self.wanted.aspect.clone(),
                score: f64::from(score),
                scale: (f64::from(lowest), f64::from(highest)),
                criteria: json!([]),
                text: before(&reply, "<score>"),
                raw: Some(reply),
            });
        }
        Ok(Some(said))
    }

    async fn pc2(&self, it: &ToJudge) -> Result<Option<Said>, Stop> {
        let (baseline, others): (Vec<&Shown>, Vec<&Shown>) = it
            .responses
            .iter()
            .partition(|shown| shown.source == self.wanted.against);
        let (&[baseline], [second, third, ..]) = (&baseline[..], &others[..]) else {
            return Ok(None);
        };
        let open: Vec<&&Shown> = others
            .iter()
            .filter(|shown| !it.scored.contains(&shown.id))
            .collect();
        if open.is_empty() {
            return Ok(None);
        }
        let auxiliary = [baseline, second, third].map(|shown| shown.text.clone());
        let candidates = open
            .iter()
            .map(|shown| (shown.id.clone(), shown.text.clone()));
        let prompt = plain_text(&it.messages);
        let mut pc2 = Pc2::new(prompt, auxiliary, candidates, self.wanted.scale);
        let name = |about: &About| match about {
            About::Criteria => text::CRITERIA.to_owned(),
            About::Baseline => text::baseline(&baseline.source),
            About::Candidate(id) => {
                let shown = others.iter().find(|shown| shown.id == *id);
                shown.map_or_else(String::new, |shown| shown.source.clone())
            }
        };
        loop {
            let ready = pc2.ready();
            if ready.is_empty() {
                break;
            }
            let calls = ready.into_iter().map(|call| {
                let tried = pc2.records().iter();
                let tried = tried.filter(|record| record.about == call.about).count() as u64;
                let question = (name(&call.about), call.text);
                async move {
                    let reply = self.asking.once(Some(&it.prompt), &question, tried).await;
                    reply.map(|reply| (call.about, reply))
                }
            });
            let calls: Vec<_> = calls.collect();
            let mut replies = futures_util::stream::iter(calls).buffered(self.asking.at_once());
            while let Some(reply) = replies.next().await {
                let (about, reply) = reply?;
                let usage = Usage {
                    tokens_in: u64::try_from(reply.tokens[0]).unwrap_or(0),
                    tokens_out: u64::try_from(reply.tokens[1]).unwrap_or(0),
                };
                let read = pc2.reply(&about, &reply.text, usage);
                self.asking
                    .keep(reply, read.err().map(|it| it.to_string()))
                    .await?;
            }
        }
        Ok(Some(self.scored(it, &pc2)))
    }

    fn scored(&self, it: &ToJudge, pc2: &Pc2) -> Said {
        let mut said = Said::default();
        let list = pc2
            .criteria()
            .map_or(&[][..], |criteria| &criteria.list[..]);
        for (response, outcome) in pc2.outcomes() {
            let Outcome::Scored(scored) = outcome else {
                continue;
            };
            let criteria = list.iter().zip(&scored.marks).map(|(criterion, mark)| {
                json!({ "text": criterion.text, "weight": criterion.weight, "score": mark })
            });
            let record = pc2.records().iter().rfind(|record| {
                record.about == About::Candidate(response.clone()) && record.unread.is_none()
            });
            let reply = record.map(|record| record.reply.clone());
            said.judgments.push(NewJudgment {
                prompt: it.prompt.clone(),
                response: response.clone(),
                aspect: self.wanted.aspect.clone(),
                score: scored.score,
                scale: self.wanted.scale.range(),
                criteria: criteria.collect(),
                text: reply
                    .as_deref()
                    .map_or_else(String::new, |reply| before(reply, "<scores>")),
                raw: reply,
            });
        }
        said
    }

    /// A reward model's scores as verdicts: `σ(r_a − r_b)`, the probability that Bradley and Terry give the first.
    async fn reward(&self, it: &ToJudge) -> Result<Option<Said>, Stop> {
        let pairs = self.pairs(it);
        if pairs.is_empty() {
            return Ok(None);
        }
        let responses: Vec<&str> = it.responses.iter().map(|it| it.text.as_str()).collect();
        let body = json!({ "model": self.asking.served.there, "messages": it.messages, "responses": responses });
        let scores = patiently(|| self.asking.served.upstream.score(&body)).await?;
        if scores.len() != it.responses.len() {
            return Err(Stop::failed(crate::text::wire::NOT_THE_FORMAT));
        }
        let named: Vec<_> = it
            .responses
            .iter()
            .zip(&scores)
            .map(|(shown, score)| json!({ "source": shown.source, "response": shown.id, "reward": score.reward }))
            .collect();
        self.asking
            .keep_call(&Call {
                prompt: Some(it.prompt.clone()),
                about: text::REWARDS.to_owned(),
                digest: store::sha256(json!([self.asking.served.id, body]).to_string()),
                asked: plain_text(&it.messages),
                reply: serde_json::Value::from(named).to_string(),
                tokens: [0, 0],
                problem: None,
            })
            .await?;
        let reward = |shown: &Shown| {
            let place = it.responses.iter().position(|other| other.id == shown.id);
            place.map_or(f64::NAN, |place| scores[place].reward)
        };
        let mut said = Said::default();
        for [a, b] in pairs {
            let (one, other) = (reward(a), reward(b));
            let outcome = 1.0 / (1.0 + (other - one).exp());
            if !outcome.is_finite() {
                continue;
            }
            said.verdicts.push(NewVerdict {
                prompt: it.prompt.clone(),
                responses: [a.id.clone(), b.id.clone()],
                aspect: self.wanted.aspect.clone(),
                outcome,
                margin: margin(outcome),
                said: None,
                raw: Some(text::rewards([(&a.source, one), (&b.source, other)])),
            });
        }
        Ok(Some(said))
    }
}

/// By how much, from the first's share: slightly, clearly, far.
fn margin(outcome: f64) -> i64 {
    let off = (outcome - 0.5).abs();
    match off {
        off if off < 1e-9 => 0,
        off if off <= 0.25 => 1,
        off if off <= 0.4 => 2,
        _ => 3,
    }
}

/// The judge's words before its decision.
fn before(reply: &str, tag: &str) -> String {
    let words = reply.rsplit_once(tag).map_or(reply, |(words, _)| words);
    words.trim().to_owned()
}
