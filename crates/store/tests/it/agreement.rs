//! Agreement, gold items, disagreements: from rows to numbers.

use crate::on_both;
use domain::annotation::{Annotation, Kind, Preference};
use domain::ids::{ProjectId, UserId};
use domain::{Provenance, project::Settings};
use std::collections::BTreeMap;
use store::Store;

/// A project with people, prompts with two responses each, and a task for each prompt.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) project: ProjectId,
    pub(crate) people: Vec<UserId>,
}

pub(crate) async fn execute(store: &Store, sql: &'static str, values: &[&str]) {
    let mut query = sqlx::query(sql);
    for value in values {
        query = match value.parse::<i64>() {
            Ok(number) => query.bind(number),
            Err(_) => query.bind((*value).to_owned()),
        };
    }
    query.execute(&store.write).await.unwrap();
}

impl World {
    pub(crate) async fn new(store: Store, people: &[&str], prompts: usize, kinds: &str) -> Self {
        let mut ids = Vec::new();
        for name in people {
            let email = format!("{name}@example.org");
            ids.push(store.create_account(&email, name, "hash", 1).await.unwrap());
        }
        let settings = Settings {
            aspects: vec!["clarity".into()],
            ..Settings::default()
        };
        let project = store
            .create_project("P", &settings, &ids[0], 1)
            .await
            .unwrap();
        execute(
            &store,
            "INSERT INTO source (id, project, name, kind, created_at) VALUES ('s', $1, 'm', 'student', 1)",
            &[project.as_str()],
        )
        .await;
        for n in 0..prompts {
            let (prompt, task) = (format!("p{n}"), format!("t{n}"));
            execute(
                &store,
                "INSERT INTO prompt (id, project, hash, messages, preview, created_at) VALUES ($1, $2, $1, '[]', $1, 1)",
                &[&prompt, project.as_str()],
            )
            .await;
            let responses = [format!("{prompt}a"), format!("{prompt}b")];
            for response in &responses {
                execute(
                    &store,
                    "INSERT INTO response (id, project, prompt, source, hash, text, created_at) VALUES ($1, $2, $3, 's', $1, $1, 1)",
                    &[response, project.as_str(), &prompt],
                )
                .await;
            }
            execute(
                &store,
                "INSERT INTO task (id, project, prompt, responses, kinds, identity, position, wanted, open, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $1, $6, 2, 2, 1)",
                &[
                    &task,
                    project.as_str(),
                    &prompt,
                    &serde_json::to_string(&responses).unwrap(),
                    kinds,
                    &n.to_string(),
                ],
            )
            .await;
        }
        Self {
            store,
            project,
            people: ids,
        }
    }

    pub(crate) async fn settings(&self) -> Settings {
        let project = self.store.project(&self.project).await.unwrap().unwrap();
        project.settings
    }

    /// Person `who` answers task `n`; the annotation's id.
    pub(crate) async fn says(
        &self,
        who: usize,
        n: usize,
        annotation: &Annotation,
        provenance: &str,
        at: i64,
    ) -> String {
        let id = store::new_id();
        let account = self.people[who].as_str();
        execute(
            &self.store,
            "INSERT INTO annotation (id, project, prompt, task, account, annotator, provenance, kind, payload, shown, created_at) \
             VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10)",
            &[
                &id,
                self.project.as_str(),
                &format!("p{n}"),
                &format!("t{n}"),
                account,
                provenance,
                annotation.kind().name(),
                &serde_json::to_string(annotation).unwrap(),
                &format!("[\"p{n}b\",\"p{n}a\"]"),
                &at.to_string(),
            ],
        )
        .await;
        execute(
            &self.store,
            "INSERT INTO assignment (task, account, project, state, seed, finished_at) VALUES ($1, $2, $3, 'done', 1, $4) \
             ON CONFLICT (task, account) DO NOTHING",
            &[&format!("t{n}"), account, self.project.as_str(), &at.to_string()],
        )
        .await;
        execute(
            &self.store,
            "UPDATE task SET answered = answered + 1, open = open - 1 WHERE id = $1",
            &[&format!("t{n}")],
        )
        .await;
        id
    }
}

/// The response with the smaller id is better by −`strength`.
pub(crate) fn preference(n: usize, strength: i8, clarity: Option<i8>) -> Annotation {
    let aspects: BTreeMap<String, i8> =
        clarity.map(|c| ("clarity".into(), c)).into_iter().collect();
    Annotation::Preference(Preference {
        left: format!("p{n}a").as_str().into(),
        right: format!("p{n}b").as_str().into(),
        strength,
        both_bad: false,
        aspects,
        reason: String::new(),
    })
}

const MONDAY: i64 = 1_767_571_200_000; // 5 January 2026
const WEEK: i64 = 7 * 86_400_000;

#[test]
fn agreement_counts_what_it_stands_on_and_mixes_no_provenance() {
    on_both(|store| async move {
        let world = World::new(store, &["Ada", "Bob", "Cyd"], 8, "[\"preference\"]").await;
        let ada = [-3, -2, 1, 2, 3, 0, -1, 2];
        let bob = [-2, -2, 1, 1, -3, 0, -1, 2];
        for n in 0..8 {
            let at = MONDAY + i64::try_from(n / 4).unwrap() * WEEK;
            let clarity = (n < 3).then_some(1);
            world
                .says(0, n, &preference(n, ada[n], clarity), "person", at)
                .await;
            if n < 7 {
                world
                    .says(1, n, &preference(n, bob[n], clarity), "person", at + 5)
                    .await;
            }
            world
                .says(2, n, &preference(n, -ada[n], None), "machine", at)
                .await;
        }
        let settings = world.settings().await;
        let readings = world
            .store
            .readings(&world.project, &settings, &[Provenance::Person])
            .await
            .unwrap();
        let report = readings.agreement(None);
        assert_eq!(report.left_out[0].annotations, 8);
        let names: Vec<_> = report
            .questions
            .iter()
            .map(|q| q.question.as_str())
            .collect();
        assert_eq!(names, ["overall", "clarity"]);
        let overall = &report.questions[0];
        let counts = overall.counts;
        assert_eq!(
            (counts.items, counts.people, counts.answers, counts.alone),
            (7, 2, 14, 1)
        );
        // krippendorff.alpha of the two rows above, ordinal
        let alpha = overall.alpha.unwrap();
        assert!((alpha - ALPHA).abs() < 1e-6, "{alpha}");
        let interval = overall.interval.unwrap();
        assert!(interval.low < alpha && alpha <= interval.high);
        // one of seven on different sides
        assert!((overall.same.unwrap() - 6.0 / 7.0).abs() < 1e-9);
        let pair = &overall.pairs[0];
        assert_eq!((pair.items, pair.different), (7, 1));
        assert_eq!(
            (pair.one.name.as_str(), pair.other.name.as_str()),
            ("Ada", "Bob")
        );
        let weeks: Vec<_> = overall.weeks.iter().map(|w| (w.start, w.items)).collect();
        assert_eq!(weeks, [(MONDAY, 4), (MONDAY + WEEK, 3)]);
        // everybody always said the same: there is no α, but perfect percent agreement
        assert_eq!(
            (report.questions[1].alpha, report.questions[1].same),
            (None, Some(1.0))
        );

        let question = readings
            .question_number(Kind::Preference, "overall")
            .unwrap();
        let apart = readings.disagreements(question, None);
        assert_eq!(apart.len(), 1);
        assert_eq!(readings.items[apart[0].item].prompt.as_str(), "p4");
        assert!((apart[0].distance - 6.0).abs() < 1e-9);
        let with_machine = world
            .store
            .readings(&world.project, &settings, &Provenance::ALL)
            .await
            .unwrap();
        assert_eq!(with_machine.agreement(None).questions[0].without.len(), 3);
        assert_eq!(with_machine.left_out, []);
    });
}

/// From Python's krippendorff 0.9.0.
const ALPHA: f64 = 0.303_571_428_571_428_6;

#[test]
fn gold_items_say_how_often_each_person_is_right() {
    on_both(|store| async move {
        let world = World::new(store, &["Ada", "Bob"], 4, "[\"preference\"]").await;
        for n in 0..4 {
            let known = serde_json::to_string(&preference(n, 2, None)).unwrap();
            execute(
                &world.store,
                "UPDATE task SET gold = $1 WHERE id = $2",
                &[&known, &format!("t{n}")],
            )
            .await;
            world
                .says(0, n, &preference(n, 1, Some(-1)), "person", 10)
                .await;
            let strength = if n == 0 { -1 } else { 3 };
            world
                .says(1, n, &preference(n, strength, None), "simulated", 10)
                .await;
        }
        let settings = world.settings().await;
        let gold = world
            .store
            .gold(&world.project, &settings, &[Provenance::Person])
            .await
            .unwrap();
        assert_eq!(
            (gold.tasks, gold.people.len(), gold.left_out[0].annotations),
            (4, 1, 4)
        );
        assert_eq!((gold.people[0].right, gold.people[0].of), (4, 4));
        let all = world
            .store
            .gold(&world.project, &settings, &Provenance::ALL)
            .await
            .unwrap();
        assert_eq!((all.people[1].right, all.people[1].of), (3, 4));
        assert!(all.people[1].interval.unwrap().low < 0.75);
    });
}
