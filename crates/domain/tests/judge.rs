//! PC² with a judge that is played by rule: how many calls it takes, and that it ranks as the judge knows.

use domain::ids::ResponseId;
use domain::judge::{About, Outcome, Pc2, Scale, Unread, Usage, pairwise};
use domain::stats::Random;

const CRITERIA: &str =
    "They differ.\n<criteria>\n1. right | 50\n2. clear | 30\n3. brief | 20\n</criteria>";

fn candidates(n: usize) -> Vec<(ResponseId, String)> {
    // quality stands in the text, where only the judge reads it
    (0..n)
        .map(|q| {
            (
                ResponseId(format!("r{q:03}")),
                format!("an answer of quality {}", q as f64 / n as f64),
            )
        })
        .collect()
}

/// Marks by the quality in the answer, with some noise.
fn marks(text: &str, scale: Scale, random: &mut Random) -> String {
    let answer = text.rsplit("<answer>").next().unwrap();
    let quality: f64 = answer
        .split("quality ")
        .nth(1)
        .and_then(|q| q.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.5);
    let marks = (1..=3).map(|n| {
        let mark = 1.0 + quality * f64::from(scale.best()) + 0.3 * random.normal();
        format!("{n} | {}", mark.floor().clamp(1.0, f64::from(scale.best())))
    });
    format!(
        "Reasons.\n<scores>\n{}\n</scores>",
        marks.collect::<Vec<_>>().join("\n")
    )
}

fn judge(n: usize, scale: Scale) -> Pc2 {
    let mut random = Random::seeded(n as u64);
    let auxiliary = ["one", "two", "three"].map(str::to_owned);
    let mut it = Pc2::new("a prompt".into(), auxiliary, candidates(n), scale);
    loop {
        let ready = it.ready();
        if ready.is_empty() {
            return it;
        }
        for call in ready {
            let reply = match call.about {
                About::Criteria => CRITERIA.to_owned(),
                _ => marks(&call.text, scale, &mut random),
            };
            let usage = Usage {
                tokens_in: call.text.len() as u64 / 4,
                tokens_out: reply.len() as u64 / 4,
            };
            it.reply(&call.about, &reply, usage).unwrap();
        }
    }
}

#[test]
fn calls_grow_with_the_number_of_answers() {
    for n in [1, 2, 5, 17, 60] {
        let it = judge(n, Scale::Three);
        assert_eq!(it.records().len(), n + 2);
        assert_eq!(it.outcomes().len(), n);
        assert!(
            it.records()
                .iter()
                .all(|record| record.usage.tokens_in > 0 && record.unread.is_none())
        );
    }
    let tokens = |n| {
        judge(n, Scale::Three)
            .records()
            .iter()
            .map(|r| r.usage.tokens_in)
            .sum::<u64>() as f64
    };
    // ten times the answers, ten times the tokens but for the two first calls
    let (few, many) = (tokens(20), tokens(200));
    assert!((9.0..10.5).contains(&(many / few)), "{}", many / few);
}

#[test]
fn scores_follow_what_the_judge_knows() {
    for scale in [Scale::Three, Scale::Five] {
        let it = judge(40, scale);
        let scores: Vec<f64> = it
            .outcomes()
            .values()
            .map(|outcome| match outcome {
                Outcome::Scored(scored) => scored.score,
                Outcome::Unread => panic!("every reply can be read"),
            })
            .collect();
        let (low, high) = scale.range();
        assert!(scores.iter().all(|score| (low..=high).contains(score)));
        // pairs a quarter of the scale apart are in the order of their quality
        let (mut right, mut all) = (0, 0);
        for a in 0..40 {
            for b in a + 10..40 {
                all += 1;
                right += usize::from(scores[a] < scores[b]);
            }
        }
        assert!(right as f64 / f64::from(all) > 0.9, "{right} of {all}");
        assert!(it.baseline().is_some() && !it.failed());
    }
}

#[test]
fn later_calls_show_criteria_baseline_and_its_critique() {
    let mut it = Pc2::new(
        "P?".into(),
        ["base", "two", "three"].map(str::to_owned),
        candidates(2),
        Scale::Five,
    );
    let first = it.ready();
    assert_eq!(first.len(), 1);
    assert!(first[0].text.contains("<answer_3>\nthree\n</answer_3>"));
    it.reply(&About::Criteria, CRITERIA, Usage::default())
        .unwrap();
    let second = it.ready();
    assert!(
        second[0].text.contains("<answer>\nbase\n</answer>")
            && second[0].text.contains("2. clear | 30")
    );
    assert!(!second[0].text.contains("<baseline>"));
    it.reply(
        &About::Baseline,
        "Fine.\n<scores>\n1 | 3\n2 | 3\n3 | 3\n</scores>",
        Usage::default(),
    )
    .unwrap();
    let third = it.ready();
    assert_eq!(third.len(), 2);
    for call in &third {
        assert!(call.text.contains("<baseline>\nbase\n</baseline>") && call.text.contains("Fine."));
    }
}

#[test]
fn replies_that_cannot_be_read_are_kept_and_counted() {
    let new = || {
        Pc2::new(
            "P?".into(),
            ["a", "b", "c"].map(str::to_owned),
            candidates(2),
            Scale::Three,
        )
    };
    let mut it = new();
    for _ in 0..3 {
        assert!(!it.failed());
        assert!(it.reply(&About::Criteria, "no", Usage::default()).is_err());
    }
    assert!(it.failed() && it.ready().is_empty());
    assert_eq!(it.records().len(), 3);

    let mut it = new();
    let early = it.reply(&About::Baseline, "<scores>1 | 1</scores>", Usage::default());
    assert!(
        matches!(early, Err(Unread::Form(_))),
        "there are no criteria yet"
    );
    it.reply(&About::Criteria, CRITERIA, Usage::default())
        .unwrap();
    it.reply(
        &About::Baseline,
        "<scores>\n1 | 2\n2 | 2\n3 | 2\n</scores>",
        Usage::default(),
    )
    .unwrap();
    let one = About::Candidate("r000".into());
    for _ in 0..3 {
        assert!(
            it.reply(&one, "<scores>\n1 | 2\n</scores>", Usage::default())
                .is_err()
        );
    }
    assert_eq!(it.outcomes()[&ResponseId::from("r000")], Outcome::Unread);
    assert_eq!(it.ready().len(), 1, "the other is still to be judged");
    assert_eq!(
        it.records()
            .iter()
            .filter(|record| record.unread.is_some())
            .count(),
        4
    );
    // it can be written down and taken up again
    let again: Pc2 = serde_json::from_str(&serde_json::to_string(&it).unwrap()).unwrap();
    assert_eq!(again.ready(), it.ready());
}

#[test]
fn a_judge_that_looks_at_the_place_only_is_seen_through() {
    let always_first = |_: &str| pairwise::read("<verdict>A</verdict>").unwrap();
    let (p, a, b) = ("p", "good", "bad");
    let both = pairwise::together(
        always_first(&pairwise::call(p, a, b, "")),
        always_first(&pairwise::call(p, b, a, "")),
    );
    assert_eq!(
        (both.outcome, both.contradiction, both.place),
        (0.5, true, Some(pairwise::Verdict::First))
    );
}
