//! Verdicts flow in by themselves, count once and under the right nodes, and leave when their annotation does.

use crate::imports::import_text;
use crate::on_both;
use domain::Kind;
use domain::ids::{ProjectId, UserId};
use domain::project::Settings;
use domain::prompt::{Message, SourceKind};
use domain::stats::Random;
use sqlx::{AssertSqlSafe, Row};
use store::Store;
use store::comparisons::{Comparison, Said};
use store::evaluation::{JudgeKey, JudgeKind, NewJudgment, NewVerdict, place_again};
use store::reports::standings::{Board, Of};

struct World {
    store: Store,
    project: ProjectId,
    person: UserId,
}

impl World {
    async fn new(store: &Store) -> Self {
        let person = store
            .create_account("ada@example.org", "Ada", "hash", 1)
            .await
            .unwrap();
        let settings = Settings {
            kinds: Kind::ALL.to_vec(),
            ..Settings::default()
        };
        let project = store
            .create_project("Story", &settings, &person, 1)
            .await
            .unwrap();
        Self {
            store: store.clone(),
            project,
            person,
        }
    }

    /// A person compares two models' answers to a prompt of this number.
    async fn compare(&self, prompt: usize, models: [&str; 2], strength: i8, now: i64) {
        let said = |model: &str| Said {
            source: model.to_owned(),
            kind: SourceKind::Model,
            text: format!("{model} says"),
            metadata: serde_json::json!({}),
        };
        let comparison = Comparison {
            prompt: None,
            messages: vec![Message::user(format!("Question {prompt}"))],
            left: said(models[0]),
            right: said(models[1]),
            strength,
            both_bad: false,
            reason: String::new(),
        };
        self.store
            .save_comparison(&self.project, &comparison, &self.person, now)
            .await
            .unwrap();
    }

    async fn count(&self) {
        self.store.count_now(&self.project, 99).await.unwrap();
    }

    async fn judge(&self, kind: JudgeKind) -> Option<String> {
        let judges = self.store.judges(&self.project).await.unwrap();
        judges
            .into_iter()
            .find(|judge| judge.kind == kind)
            .map(|judge| judge.id)
    }

    async fn board(&self, node: Option<&str>, judge: &str) -> Board {
        let of = Of {
            project: &self.project,
            node: node.unwrap_or(self.project.as_str()),
            judge,
            aspect: "",
        };
        self.store.board(of).await.unwrap()
    }

    async fn run(&self, sql: &str) {
        sqlx::query(AssertSqlSafe(sql.to_owned()))
            .execute(&self.store.write)
            .await
            .unwrap();
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned()))
            .fetch_all(&self.store.read)
            .await
            .unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap()).collect()
    }

    /// Makes a node.
    async fn node(&self, id: &str, parent: Option<&str>) {
        sqlx::query(
            "INSERT INTO node (id, project, parent, name, path) VALUES ($1, $2, $3, $1, $1)",
        )
        .bind(id)
        .bind(self.project.as_str())
        .bind(parent)
        .execute(&self.store.write)
        .await
        .unwrap();
    }

    /// Puts every prompt under one node, as an edit of the tree would.
    async fn place(&self, prompt: &str, node: &str) {
        let mut transaction = self.store.begin().await.unwrap();
        for sql in [
            "DELETE FROM prompt_node WHERE prompt = $1 AND '' <> $2",
            "INSERT INTO prompt_node (prompt, node) VALUES ($1, $2)",
        ] {
            sqlx::query(sql)
                .bind(prompt)
                .bind(node)
                .execute(&mut *transaction)
                .await
                .unwrap();
        }
        place_again(&mut transaction, &self.project, Some(&[prompt.to_owned()]))
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// Everything that is counted, rounded where sums of fractions may differ in their last bits.
    async fn tallies(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let rows = sqlx::query(
            "SELECT s.node, s.judge, s.comparisons, s.judgments, t.a, t.b, t.wins_a, t.ties, t.wins_b, t.points_a, t.squares_a \
             FROM slice s JOIN tally t ON t.slice = s.id WHERE t.wins_a + t.ties + t.wins_b > 0 ORDER BY s.id, t.a, t.b",
        );
        for row in rows.fetch_all(&self.store.read).await.unwrap() {
            let numbers: Vec<i64> = (2..9).map(|n| row.try_get::<i64, _>(n).unwrap()).collect();
            let sums: Vec<String> = (9..11)
                .map(|n| format!("{:.6}", row.try_get::<f64, _>(n).unwrap() + 0.0))
                .collect();
            let node: String = row.try_get(0).unwrap();
            let judge: String = row.try_get(1).unwrap();
            lines.push(format!("{node} {judge} {numbers:?} {sums:?}"));
        }
        let rows = sqlx::query(
            "SELECT s.node, h.entrant, h.bin, h.n FROM slice s JOIN histogram h ON h.slice = s.id WHERE h.n <> 0 ORDER BY s.id, h.entrant, h.bin",
        );
        for row in rows.fetch_all(&self.store.read).await.unwrap() {
            let numbers: Vec<i64> = (1..4).map(|n| row.try_get::<i64, _>(n).unwrap()).collect();
            lines.push(format!(
                "{} {numbers:?}",
                row.try_get::<String, _>(0).unwrap()
            ));
        }
        lines
    }
}

#[test]
fn what_people_prefer_is_counted_once_and_leaves_when_it_is_withdrawn() {
    on_both(|store| async move {
        let world = World::new(&store).await;
        for n in 0..12_u32 {
            // ten times "one" is better, whichever side it stands on; once a tie, once worse
            let strength = [0, -1].get(n as usize).copied().unwrap_or(2);
            if n % 2 == 0 {
                world
                    .compare(n as usize, ["two", "one"], strength, 10)
                    .await;
            } else {
                world
                    .compare(n as usize, ["one", "two"], -strength, 10)
                    .await;
            }
        }
        world.count().await;
        world.count().await;
        let judge = world.judge(JudgeKind::People).await.unwrap();
        let board = world.board(None, &judge).await;
        assert_eq!((board.basis.comparisons, board.basis.waiting), (12, false));
        assert!(board.basis.clustered);
        let [first, second] = &board.lines[..] else {
            panic!("{board:?}");
        };
        assert_eq!((first.name.as_str(), second.name.as_str()), ("one", "two"));
        assert_eq!((first.n, first.wins, first.ties), (12, 10, 1));
        assert_eq!((second.n, second.wins, second.ties), (12, 1, 1));
        assert!((first.win_rate.unwrap() - 10.5 / 12.0).abs() < 1e-12);
        // two models: the odds of their shares, 400 points a factor of ten
        let gap = 400.0 * (10.5_f64 / 1.5).log10();
        let measured = first.score.unwrap() - second.score.unwrap();
        assert!((measured - gap).abs() < 1e-6, "{measured} {gap}");
        assert!(first.interval.is_some() && first.ranks.is_some());

        // somebody takes one back: as the queue does, by the flag alone
        let lost = world
            .texts("SELECT annotation FROM verdict WHERE outcome = 0.5")
            .await;
        world
            .run(&format!(
                "UPDATE annotation SET current = 0 WHERE id = '{}'",
                lost[0]
            ))
            .await;
        world.count().await;
        let board = world.board(None, &judge).await;
        assert_eq!(board.lines[0].n, 11);
        assert_eq!(board.lines[0].ties, 0);
        // and it is back: the row stays, another is current
        world
            .run(&format!(
                "UPDATE annotation SET current = 1 WHERE id = '{}'",
                lost[0]
            ))
            .await;
        world.count().await;
        assert_eq!(world.board(None, &judge).await.lines[0].n, 12);
        assert_eq!(world.texts("SELECT id FROM verdict").await.len(), 13);
    });
}

#[test]
fn prompts_count_in_all_nodes_above_them_and_move_with_them() {
    on_both(|store| async move {
        let world = World::new(&store).await;
        world.node("top", None).await;
        world.node("left", Some("top")).await;
        world.node("right", Some("top")).await;
        for n in 0..8 {
            world.compare(n, ["one", "two"], -1, 10).await;
        }
        let prompts = world.texts("SELECT id FROM prompt ORDER BY number").await;
        for prompt in &prompts[..5] {
            world.place(prompt, "left").await;
        }
        world.count().await;
        let judge = world.judge(JudgeKind::People).await.unwrap();
        let counts = async || {
            let mut counts = Vec::new();
            for node in [None, Some("top"), Some("left"), Some("right")] {
                counts.push(world.board(node, &judge).await.basis.comparisons);
            }
            counts
        };
        assert_eq!(counts().await, [8, 5, 5, 0]);
        // one that was counted moves, one that stood nowhere comes in
        world.place(&prompts[0], "right").await;
        world.place(&prompts[7], "right").await;
        world.count().await;
        assert_eq!(counts().await, [8, 6, 4, 2]);
        let nodes = store
            .judged_nodes(&world.project, &judge, "")
            .await
            .unwrap();
        let named: Vec<_> = nodes
            .iter()
            .map(|it| (it.name.as_str(), it.comparisons))
            .collect();
        assert_eq!(named, [("left", 4), ("right", 2), ("top", 6)]);
        let spots = store.spots(&world.project, &judge, "", &[1]).await.unwrap();
        assert_eq!(spots.len(), 4, "{spots:?}");
        // what is held in memory is read again after a fit
        world.compare(0, ["one", "two"], -1, 11).await;
        world.count().await;
        let spots = store.spots(&world.project, &judge, "", &[1]).await.unwrap();
        let whole = spots.iter().find(|it| it.node == world.project.as_str());
        assert_eq!(whole.unwrap().n, 9);
    });
}

#[test]
fn counting_by_differences_is_the_same_as_counting_anew() {
    on_both(|store| async move {
        let world = World::new(&store).await;
        let nodes = ["a", "b", "c", "d"];
        for (node, parent) in nodes.iter().zip([None, Some("a"), Some("a"), Some("c")]) {
            world.node(node, parent).await;
        }
        let models = ["m0", "m1", "m2", "m3", "m4"];
        let mut random = Random::seeded(7);
        for round in 0..6 {
            for _ in 0..15 {
                let (one, other) = (random.below(5), random.below(5));
                if one == other {
                    continue;
                }
                let strength = i8::try_from(random.below(7)).unwrap() - 3;
                world
                    .compare(
                        random.below(12),
                        [models[one], models[other]],
                        strength,
                        round,
                    )
                    .await;
            }
            let prompts = world.texts("SELECT id FROM prompt ORDER BY id").await;
            let annotations = world.texts("SELECT id FROM annotation ORDER BY id").await;
            for _ in 0..4 {
                let prompt = &prompts[random.below(prompts.len())];
                world.place(prompt, nodes[random.below(4)]).await;
                let annotation = &annotations[random.below(annotations.len())];
                let flag = random.below(2);
                world
                    .run(&format!(
                        "UPDATE annotation SET current = {flag} WHERE id = '{annotation}'"
                    ))
                    .await;
            }
            // two at once, as two servers would
            let (one, other) = tokio::join!(
                world.store.count_now(&world.project, 5),
                world.store.count_now(&world.project, 5)
            );
            // on PostgreSQL one of them may have been refused; the work is then still there
            assert!(one.is_ok() || other.is_ok());
            world.count().await;
        }
        let before = world.tallies().await;
        assert!(before.len() > 20);
        let current: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM annotation WHERE current = 1")
            .fetch_one(&store.read)
            .await
            .unwrap();
        let judge = world.judge(JudgeKind::People).await.unwrap();
        assert_eq!(world.board(None, &judge).await.basis.comparisons, current);
        world.store.recount(&world.project).await.unwrap();
        assert!(world.tallies().await.is_empty());
        world.count().await;
        assert_eq!(world.tallies().await, before);
    });
}

#[test]
fn an_alpaca_eval_judge_is_a_judge_of_its_own_and_keeps_its_fractions() {
    on_both(|store| async move {
        let world = World::new(&store).await;
        let rows: Vec<String> = [1.25, 2.0, 0.0, 1.9]
            .iter()
            .enumerate()
            .map(|(n, preference)| {
                serde_json::json!({
                    "instruction": format!("Question {n}"), "output_1": "first", "generator_1": "base",
                    "output_2": "second", "generator_2": "new", "annotator": "judge-x", "preference": preference,
                })
                .to_string()
            })
            .collect();
        let bad = r#"{"instruction": "Q", "output_1": "a", "generator_1": "base", "output_2": "b", "generator_2": "new", "annotator": "judge-x", "preference": 3}"#;
        let text = format!("{}\n{bad}\n", rows.join("\n"));
        let import = import_text(&store, &world.project, &text, false).await;
        assert_eq!((import.counts.annotations, import.counts.bad_rows), (4, 1));
        let problems = store.import_problems(&import.id, 10).await.unwrap();
        assert_eq!(
            (problems[0].line, problems[0].field.as_str()),
            (5, "preference")
        );
        world.compare(9, ["new", "base"], 1, 10).await;
        world.count().await;

        let judges = store.judges(&world.project).await.unwrap();
        let kinds: Vec<_> = judges
            .iter()
            .map(|it| (it.kind, it.name.as_str()))
            .collect();
        assert_eq!(
            kinds,
            [(JudgeKind::People, ""), (JudgeKind::Imported, "judge-x")]
        );
        let board = world.board(None, &judges[1].id).await;
        let new = board.lines.iter().find(|line| line.name == "new").unwrap();
        // AlpacaEval's raw win rate: mean(preference) − 1 with 0 as 1.5
        assert!((new.win_rate.unwrap() - (0.25 + 1.0 + 0.5 + 0.9) / 4.0).abs() < 1e-12);
        assert_eq!((new.n, new.wins, new.ties), (4, 2, 1));
        assert_eq!(world.board(None, &judges[0].id).await.basis.comparisons, 1);
    });
}

#[test]
fn judges_that_are_no_annotators_are_kept_with_what_they_said() {
    on_both(|store| async move {
        let world = World::new(&store).await;
        for n in 0..4 {
            world.compare(n, ["one", "two"], 1, 10).await;
        }
        let rows = sqlx::query("SELECT r.id, r.prompt, s.name FROM response r JOIN source s ON s.id = r.source ORDER BY r.prompt, s.name")
            .fetch_all(&store.read)
            .await
            .unwrap();
        let text = |row: usize, column: usize| rows[row].try_get::<String, _>(column).unwrap();
        let verdict = NewVerdict {
            prompt: text(0, 1).as_str().into(),
            responses: [text(0, 0).as_str().into(), text(1, 0).as_str().into()],
            aspect: String::new(),
            outcome: 1.0,
            margin: 2,
            said: Some(["a".into(), "a".into()]),
            raw: Some("A is better\0".into()),
        };
        let judgments: Vec<NewJudgment> = (0..8)
            .map(|row| NewJudgment {
                prompt: text(row, 1).as_str().into(),
                response: text(row, 0).as_str().into(),
                aspect: String::new(),
                score: if row % 2 == 0 { 4.0 } else { 2.0 },
                scale: (1.0, 5.0),
                criteria: serde_json::json!([{"text": "clear", "weight": 100, "score": 4}]),
                text: "Well said.".into(),
                raw: None,
            })
            .collect();
        let key = JudgeKey {
            kind: JudgeKind::Model,
            name: "judge-y",
            version: "2",
            provenance: domain::Provenance::Machine,
        };
        let kept = store
            .record_judged(
                &world.project,
                key,
                &serde_json::json!({}),
                (&[verdict], &judgments),
                None,
                50,
            )
            .await
            .unwrap();
        assert_eq!(kept, Some(9));
        world.count().await;
        let judge = world.judge(JudgeKind::Model).await.unwrap();
        let board = world.board(None, &judge).await;
        assert_eq!((board.basis.comparisons, board.basis.judgments), (1, 8));
        let one = board.lines.iter().find(|line| line.name == "one").unwrap();
        assert_eq!((one.judgments, one.mean), (4, Some(0.75)));
        let spreads = store
            .spreads(Of {
                project: &world.project,
                node: world.project.as_str(),
                judge: &judge,
                aspect: "",
            })
            .await
            .unwrap();
        assert_eq!(spreads[&one.entrant].scores[15], 4);
        assert_eq!(spreads[&one.entrant].margins, [0, 0, 0, 0, 0, 1, 0]);
    });
}

#[test]
fn grades_count_as_judgments_and_are_read_again() {
    on_both(|store| async move {
        let world = World::new(&store).await;
        world.compare(0, ["one", "two"], 1, 10).await;
        let response = world
            .texts(
                "SELECT r.id FROM response r JOIN source s ON s.id = r.source WHERE s.name = 'one'",
            )
            .await;
        let prompt = world.texts("SELECT id FROM prompt").await;
        let labels = &Settings::default().grade_labels;
        let grade = domain::Annotation::Grade(domain::annotation::Grade {
            response: response[0].as_str().into(),
            label: labels.first().cloned(),
            points: None,
            criteria: Vec::new(),
            feedback: String::new(),
        });
        sqlx::query(
            "INSERT INTO annotation (id, project, prompt, annotator, provenance, kind, payload, shown, created_at) \
             VALUES ('g', $1, $2, 'Bob', 'person', 'grade', $3, $4, 20)",
        )
        .bind(world.project.as_str())
        .bind(&prompt[0])
        .bind(serde_json::to_string(&grade).unwrap())
        .bind(serde_json::to_string(&response).unwrap())
        .execute(&store.write)
        .await
        .unwrap();
        world.count().await;
        let judge = world.judge(JudgeKind::People).await.unwrap();
        let judged = async || world.board(None, &judge).await.basis.judgments;
        assert_eq!(judged().await, 1);
        // a rubric item more: what was said is read again, and counted once
        let (prompt, person) = (prompt[0].as_str().into(), &world.person);
        store
            .add_criterion(&world.project, &prompt, "names the unit", 1.0, person, 30)
            .await
            .unwrap();
        world.count().await;
        assert_eq!(judged().await, 1);
        assert_eq!(world.texts("SELECT id FROM judgment").await.len(), 2);
    });
}
