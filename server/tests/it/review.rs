//! Review, agreement and gradebook as stories, with plain form posts.

use crate::browser::Browser;
use crate::test_app::{TestApp, on_both};
use domain::annotation::{Annotation, Grade, Preference};
use domain::ids::{ProjectId, TaskId, UserId};
use domain::project::Settings;
use domain::{Fields, Kind, Role};
use std::collections::BTreeMap;
use store::queue::{Hold, Submission, Submitted};

async fn insert(app: &TestApp, sql: &'static str, values: &[&str]) {
    let mut query = sqlx::query(sql);
    for value in values {
        query = query.bind((*value).to_owned());
    }
    query.execute(&app.store.write).await.unwrap();
}

/// A project with people and one prompt, and these answers to it as responses `r0`, `r1` …
struct Scene {
    project: ProjectId,
    teacher: UserId,
    annotators: [UserId; 2],
}

impl Scene {
    async fn new(app: &TestApp, kind: Kind, overlap: u32, answers: &[(&str, &str)]) -> Self {
        let settings = Settings {
            kinds: vec![kind],
            overlap,
            ..Settings::default()
        };
        let (teacher, store) = (app.account("Thea").await, &app.store);
        let annotators = [app.account("Ada").await, app.account("Bob").await];
        let project = store
            .create_project("P", &settings, &teacher, 1)
            .await
            .unwrap();
        for account in &annotators {
            store
                .set_member(&project, account, Role::Annotator, 1)
                .await
                .unwrap();
        }
        let id = project.as_str();
        insert(
            app,
            "INSERT INTO prompt (id, project, hash, messages, preview, reference, created_at) \
             VALUES ('p', $1, 'h', '[{\"role\":\"user\",\"content\":\"What shines?\"}]', 'What shines?', 'The sun.', 1)",
            &[id],
        )
        .await;
        for (n, (source, text)) in answers.iter().enumerate() {
            insert(
                app,
                "INSERT INTO source (id, project, name, kind, created_at) VALUES ($1, $2, $3, 'student', 1)",
                &[&format!("s{n}"), id, source],
            )
            .await;
            insert(
                app,
                "INSERT INTO response (id, project, prompt, source, hash, text, created_at) VALUES ($1, $2, 'p', $3, $1, $4, 1)",
                &[&format!("r{n}"), id, &format!("s{n}"), text],
            )
            .await;
        }
        store
            .make_missing_tasks(&project, &settings, 2)
            .await
            .unwrap();
        Self {
            project,
            teacher,
            annotators,
        }
    }

    /// This annotator answers whatever the queue gives next.
    async fn answers(
        &self,
        app: &TestApp,
        who: usize,
        say: impl Fn(&[&str]) -> Annotation,
    ) -> TaskId {
        let (project, account) = (&self.project, &self.annotators[who]);
        let task = app
            .store
            .next_task(project, account, None, 60_000, 10)
            .await
            .unwrap()
            .unwrap();
        let hold = Hold {
            project,
            account,
            task: &task,
        };
        let item = app.store.item(hold).await.unwrap().unwrap();
        let shown: Vec<_> = item.responses.iter().map(|r| r.shown.id.as_str()).collect();
        let submission = Submission {
            hold,
            round: item.assignment.round,
            draft_version: item.draft.map_or(0, |d| d.version),
            fields: &Fields::default(),
            annotations: &[say(&shown)],
            seconds: 3.0,
            check_refinements: false,
        };
        let done = app.store.submit(submission, 20).await.unwrap();
        assert!(matches!(done, Submitted::Saved), "{done:?}");
        task
    }

    async fn browser(&self, app: &TestApp) -> Browser {
        app.signed_in(&self.teacher).await
    }
}

/// `r0` is better by this much (or worse, if negative).
fn prefer(by: i8, shown: &[&str]) -> Annotation {
    Annotation::Preference(Preference {
        left: shown[0].into(),
        right: shown[1].into(),
        strength: if shown[0] == "r0" { -by } else { by },
        both_bad: false,
        aspects: BTreeMap::new(),
        reason: format!("by {by}"),
    })
}

#[test]
fn a_reviewer_accepts_answers_herself_and_returns_and_all_of_it_stays_in_the_history() {
    on_both(|app| async move {
        let responses = [("GPT-9000", "the sun"), ("Parrot", "the moon")];
        let scene = Scene::new(&app, Kind::Preference, 2, &responses).await;
        let task = scene.answers(&app, 0, |shown| prefer(3, shown)).await;
        scene.answers(&app, 1, |shown| prefer(-2, shown)).await;
        let mut thea = scene.browser(&app).await;
        let at = |rest: &str| format!("/projects/{}/{rest}", scene.project);
        let here = at(&format!("review/{task}"));

        thea.get(&at("review"))
            .await
            .has_status(200)
            .holds(&here)
            .holds("What shines?");
        let page = thea.get(&here).await;
        page.has_status(200)
            .holds("by 3")
            .holds("by -2")
            .holds("Annotator 1");
        page.lacks("Ada").lacks("GPT-9000").lacks("Parrot");
        thea.get(&format!("{here}?names=show"))
            .await
            .holds("Ada")
            .holds("GPT-9000");

        let annotation = page.between("name=\"annotation\" value=\"", "\"").unwrap();
        let accept = format!("{here}/accept");
        thea.post(&accept, &[("annotation", &annotation)])
            .await
            .leads_to(&here);
        thea.get(&here).await.holds("Thea accepted an answer");
        thea.get(&at("review")).await.lacks(&here);
        thea.get(&at("review?stage=decided")).await.holds(&here);

        let own = format!("{here}/own");
        let wrong = thea
            .post(
                &own,
                &[
                    ("kind", "preference"),
                    ("preference.reason", "both have a point"),
                ],
            )
            .await;
        wrong
            .has_status(422)
            .holds("both have a point")
            .holds("is needed");
        let fields = [
            ("kind", "preference"),
            ("preference.strength", "4"),
            ("note", "see the guidelines"),
        ];
        thea.post(&own, &fields).await.leads_to(&here);
        thea.get(&here)
            .await
            .holds("Thea answered instead")
            .holds("see the guidelines");

        let ada = scene.annotators[0].as_str();
        let back = format!("{here}/return");
        thea.post(&back, &[("kind", "preference"), ("account", ada)])
            .await
            .has_status(422);
        let fields = [
            ("kind", "preference"),
            ("account", ada),
            ("note", "Read the question again"),
        ];
        thea.post(&back, &fields).await.leads_to(&here);
        let page = thea.get(&here).await;
        page.holds("1 earlier version")
            .holds("Read the question again")
            .holds("returned an answer");
        // she gets it before anything else, with the note and what she had said
        let account = &scene.annotators[0];
        let again = app
            .store
            .next_task(&scene.project, account, None, 60_000, 30)
            .await
            .unwrap();
        assert_eq!(again.as_ref(), Some(&task));
        let hold = Hold {
            project: &scene.project,
            account,
            task: &task,
        };
        let item = app.store.item(hold).await.unwrap().unwrap();
        assert_eq!(
            item.assignment.note.as_deref(),
            Some("Read the question again")
        );
        assert_eq!(
            item.draft.unwrap().fields.get("preference.reason"),
            Some("by 3")
        );
        // her answer cannot be accepted while it is with her
        thea.post(&accept, &[("annotation", &annotation)])
            .await
            .has_status(409);
    });
}

#[test]
fn agreement_says_what_it_stands_on_and_files_hold_no_formulas() {
    on_both(|app| async move {
        let responses = [("a", "the sun"), ("b", "the moon"), ("c", "a lamp")];
        let scene = Scene::new(&app, Kind::Preference, 2, &responses).await;
        let mut thea = scene.browser(&app).await;
        let at = |rest: &str| format!("/projects/{}/{rest}", scene.project);
        thea.get(&at("agreement"))
            .await
            .has_status(200)
            .holds("nothing to compare yet");
        for (ada, bob) in [(3, -2), (1, 1), (2, 2)] {
            scene.answers(&app, 0, |shown| prefer(ada, shown)).await;
            scene.answers(&app, 1, |shown| prefer(bob, shown)).await;
        }
        let page = thea.get(&at("agreement")).await;
        page.holds("Preference: overall")
            .holds("Only answers by people are used")
            .holds("too few to be sure");
        let items = at("agreement/items?of=preference&question=overall");
        thea.get(&items)
            .await
            .has_status(200)
            .holds("What shines?")
            .holds("Ada");
        insert(
            &app,
            "UPDATE account SET name = $1 WHERE email = 'ada@example.org'",
            &["=HYPERLINK(1)"],
        )
        .await;
        let file = thea.get(&at("agreement.csv")).await;
        file.has_status(200)
            .holds("krippendorff_alpha")
            .holds("'=HYPERLINK(1)");
        assert!(file.header("content-disposition").contains("agreement.csv"));
        let json: serde_json::Value =
            serde_json::from_str(&thea.get(&at("agreement.json")).await.body).unwrap();
        assert_eq!(json["agreement"]["questions"][0]["counts"]["items"], 3);
        assert_eq!(json["provenance"], "person");
    });
}

#[test]
fn a_teacher_grades_equal_answers_together_and_a_changed_rubric_re_scores() {
    on_both(|app| async move {
        let answers = [
            ("Mia", "The Sun."),
            ("Noah", "the  sun"),
            ("Ole", "=2+2"),
            ("Pia", "the moon"),
        ];
        let scene = Scene::new(&app, Kind::Grade, 1, &answers).await;
        let mut thea = scene.browser(&app).await;
        let at = |rest: &str| format!("/projects/{}/{rest}", scene.project);
        let here = at("grades/questions/p");
        thea.get(&at("grades"))
            .await
            .has_status(200)
            .holds("0 of 4 graded")
            .lacks("Mia");
        let page = thea.get(&here).await;
        page.has_status(200)
            .holds("Grade 2 together")
            .holds("The sun.")
            .lacks("Mia");
        thea.get(&format!("{here}?names=show")).await.holds("Mia");

        let rubric = format!("{here}/rubric");
        let wrong = thea
            .post(&rubric, &[("text", "names the sun"), ("points", "many")])
            .await;
        wrong.has_status(422).holds("names the sun").holds("many");
        thea.post(&rubric, &[("text", "names the sun"), ("points", "2")])
            .await
            .has_status(303);
        let item = thea
            .get(&here)
            .await
            .between(&format!("action=\"{rubric}/"), "\"")
            .unwrap();

        let group = format!("{here}/group");
        thea.post(&group, &[("like", "r0")])
            .await
            .has_status(200)
            .holds("The Sun.")
            .holds("the  sun");
        let apply = format!("{group}/apply");
        let both = [("like", "r0"), ("answer", "r0"), ("answer", "r1")];
        thea.post(&apply, &both).await.has_status(422);
        let mut graded = both.to_vec();
        graded.extend([
            ("grade.label", "correct"),
            ("grade.criteria", item.as_str()),
            ("grade.feedback", "Well seen."),
        ]);
        let done = thea.post(&apply, &graded).await;
        done.leads_to(&format!("{here}?graded=2&left=0"));
        thea.get(&here)
            .await
            .holds("2 of 4 graded")
            .holds("2 points")
            .holds("in 2 answers");

        let change = format!("{rubric}/{item}");
        let fields = [("do", "save"), ("text", "names the sun"), ("points", "3,5")];
        let saved = thea.post(&change, &fields).await;
        saved.leads_to(&format!("{here}?changed=2#rubric"));
        thea.get(&format!("{here}?changed=2"))
            .await
            .holds("The points of 2 answers changed")
            .holds("3.5 points");

        scene
            .answers(&app, 0, |shown| {
                Annotation::Grade(Grade {
                    response: shown[0].into(),
                    label: Some("incorrect".into()),
                    points: None,
                    criteria: Vec::new(),
                    feedback: String::new(),
                })
            })
            .await;
        thea.get(&at("grades")).await.holds("3 of 4 graded");
        let class = thea.get(&at("grades/class")).await;
        class.has_status(200).holds("Student 1").lacks("Noah");
        assert_eq!(class.header("cache-control"), "no-store");
        let file = thea.get(&at("grades/class.csv?names=show")).await;
        file.has_status(200)
            .holds("Noah")
            .holds("correct · 3.5 points");
        let file = thea.get(&at("grades/students/s2/csv")).await;
        file.has_status(200).holds("'=2+2").lacks("Ole");
        thea.get(&at("grades/students/s0"))
            .await
            .holds("Well seen.")
            .lacks("Mia");
        thea.get(&at("grades/students/elsewhere"))
            .await
            .has_status(404);
    });
}
