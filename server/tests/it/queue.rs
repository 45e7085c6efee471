//! The queue's pages with scripts off: an annotator's whole day by plain forms.

use crate::browser::{Browser, Page};
use crate::test_app::{TestApp, on_both};
use domain::ids::{ProjectId, UserId};
use domain::project::Settings;
use domain::{Kind, Role};
use store::annotations::Filter;

struct Day {
    project: ProjectId,
    ada: UserId,
    browser: Browser,
}

impl Day {
    /// A project with so many prompts of two responses each, and Ada signed in.
    async fn new(app: &TestApp, settings: Settings, prompts: i64) -> Self {
        let ada = app.account("Ada").await;
        let owner = app.account("Owner").await;
        let project = app
            .store
            .create_project("Day", &settings, &owner, 1)
            .await
            .unwrap();
        app.store
            .set_member(&project, &ada, Role::Annotator, 1)
            .await
            .unwrap();
        let mut sql = vec![format!(
            "INSERT INTO source (id, project, name, kind, created_at) VALUES ('s', '{project}', 'secret-model', 'model', 1)"
        )];
        for n in 0..prompts {
            sql.push(format!(
                "INSERT INTO prompt (id, project, hash, messages, preview, number, created_at) \
                 VALUES ('p{n}', '{project}', 'p{n}', '[{{\"role\":\"user\",\"content\":\"Why {n}?\"}}]', 'Why {n}?', {n}, 1)"
            ));
            for r in ["x", "y"] {
                sql.push(format!(
                    "INSERT INTO response (id, project, prompt, source, hash, text, created_at) \
                     VALUES ('{r}{n}', '{project}', 'p{n}', 's', '{r}{n}', 'because {r} of {n}', 1)"
                ));
            }
        }
        for statement in sql {
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&app.store.write)
                .await
                .unwrap();
        }
        app.store
            .make_missing_tasks(&project, &settings, 1)
            .await
            .unwrap();
        let mut browser = app.browser();
        app.store
            .open_session("ada's secret", &ada, "test", store::now_ms())
            .await
            .unwrap();
        browser.set_cookie("touchstone", "ada's secret");
        Self {
            project,
            ada,
            browser,
        }
    }

    fn at(&self, rest: &str) -> String {
        format!("/projects/{}/{rest}", self.project)
    }

    /// Opens the next item: its address and its page.
    async fn open(&mut self) -> (String, Page) {
        let address = self
            .browser
            .get(&self.at("queue"))
            .await
            .location()
            .to_owned();
        let page = self.browser.get(&address).await;
        page.has_status(200);
        (address, page)
    }
}

/// Posts the form as it stands in the page, with these fields besides.
async fn send(browser: &mut Browser, address: &str, page: &Page, fields: &[(&str, &str)]) -> Page {
    let hidden = |name: &str| {
        page.between(&format!("name=\"{name}\" value=\""), "\"")
            .unwrap_or_default()
    };
    let visit =
        ["round", "draft.version", "seconds", "task", "only"].map(|name| (name, hidden(name)));
    let mut all: Vec<(&str, &str)> = visit.iter().map(|(n, v)| (*n, v.as_str())).collect();
    all.extend(fields);
    browser.post(address, &all).await
}

#[test]
fn an_answer_leads_to_the_next_item_and_undo_back_to_it() {
    on_both(|app| async move {
        let mut day = Day::new(&app, Settings::default(), 3).await;
        let (first, page) = day.open().await;
        page.holds("data-key=\"7\"").lacks("secret-model");
        let b = &mut day.browser;
        // a mistake: the page again, with everything that was typed
        let words = "because </textarea> it <b>is</b>";
        let page = send(b, &first, &page, &[("preference.reason", words)]).await;
        page.has_status(422)
            .holds("because &lt;/textarea> it &lt;b>is&lt;/b>")
            .holds("role=\"alert\"");
        let answer = [("preference.strength", "2"), ("preference.reason", words)];
        let next = send(b, &first, &page, &answer).await;
        let second = next.location().to_owned();
        assert!(second.contains("/queue/") && second != first, "{second}");
        // the same again, as by a double click, is the same answer; another one is not taken
        send(b, &first, &page, &answer).await.leads_to(&second);
        let other = send(b, &first, &page, &[("preference.strength", "6")]).await;
        other.has_status(409).holds("in other words");
        let all = app
            .store
            .annotations(&day.project, &Filter::default())
            .await
            .unwrap();
        assert_eq!(all.len(), 1);
        // the island asks for the next page in the same trip
        let page = b.get(&second).await;
        b.headers.insert("x-touchstone", "swap".into());
        let third = send(b, &second, &page, &[("preference.strength", "bad")]).await;
        third.has_status(200).holds("id=\"work\"").holds("2 done");
        assert!(third.header("x-touchstone-location").contains("/queue/"));
        b.headers.remove("x-touchstone");
        // back to the first, filled in
        let history = b
            .get(&format!("/projects/{}/queue/history", day.project))
            .await;
        history.has_status(200).holds("Why 0?");
        let task = first.rsplit('/').next().unwrap().to_owned();
        let undo = format!("/projects/{}/undo", day.project);
        b.post(&undo, &[("undo", &task)]).await.leads_to(&first);
        let page = b.get(&first).await;
        page.holds("value=\"2\" checked")
            .holds("because &lt;/textarea>");
        send(b, &first, &page, &[("preference.strength", "7")])
            .await
            .has_status(303);
        let all = app
            .store
            .annotations(
                &day.project,
                &Filter {
                    history: true,
                    ..Filter::default()
                },
            )
            .await
            .unwrap();
        assert_eq!(all.iter().filter(|it| it.current).count(), 2);
        assert!(all.iter().any(|it| it.supersedes.is_some()));
    });
}

#[test]
fn drafts_come_back_and_two_tabs_do_not_overwrite_each_other() {
    on_both(|app| async move {
        let mut day = Day::new(&app, Settings::default(), 1).await;
        let (item, page) = day.open().await;
        let queue = day.at("queue");
        let b = &mut day.browser;
        let draft = format!("{item}/draft");
        let saved = send(b, &draft, &page, &[("preference.reason", "first tab")]).await;
        assert_eq!(
            (saved.status.as_u16(), saved.body.as_str()),
            (200, "{\"version\":1}")
        );
        let refused = send(b, &draft, &page, &[("preference.reason", "second tab")]).await;
        refused.has_status(409).holds("first tab");
        b.get(&item).await.holds("first tab");
        // an old tab's submit shows both versions; sent again, it is a decision
        let both = send(
            b,
            &item,
            &page,
            &[
                ("preference.strength", "4"),
                ("preference.reason", "second tab"),
            ],
        )
        .await;
        both.has_status(409).holds("first tab").holds("second tab");
        send(
            b,
            &item,
            &both,
            &[
                ("preference.strength", "4"),
                ("preference.reason", "second tab"),
            ],
        )
        .await
        .has_status(303);
        b.get(&queue).await.has_status(200).holds("All done");
        // nobody else can save to it or see it
        let eve = app.account("Eve").await;
        app.store
            .set_member(&day.project, &eve, Role::Annotator, 1)
            .await
            .unwrap();
        app.store
            .open_session("eve's secret", &eve, "test", store::now_ms())
            .await
            .unwrap();
        let mut other = app.browser();
        other.set_cookie("touchstone", "eve's secret");
        let page = other.get(&item).await;
        page.has_status(200)
            .lacks("id=\"work\"")
            .lacks("second tab");
        send(&mut other, &draft, &both, &[("preference.reason", "mine")])
            .await
            .has_status(404);
    });
}

#[test]
fn remarks_are_added_one_by_one_and_a_skip_keeps_what_was_typed() {
    on_both(|app| async move {
        let settings = Settings {
            kinds: vec![Kind::Critique, Kind::Refinement],
            optional: vec![Kind::Refinement],
            ..Settings::default()
        };
        let mut day = Day::new(&app, settings, 1).await;
        let (item, page) = day.open().await;
        let b = &mut day.browser;
        let typed = [("critique.0.text", "too short"), ("critique.rows", "1")];
        let more = [&typed[..], &[("action", "add-remark")]].concat();
        let page = send(b, &item, &page, &more).await;
        page.has_status(200)
            .holds("critique.1.text")
            .holds("too short")
            .lacks("critique.2.text");
        let edited = [
            &typed[..],
            &[
                ("refinement.0.text", "because of the weather"),
                ("action", "save"),
            ],
        ]
        .concat();
        let saved = send(b, &item, &page, &edited).await;
        let page = b.get(saved.location()).await;
        page.holds("Your draft is saved")
            .holds("<ins>")
            .holds("too short");
        let skip = [&edited[..3], &[("skip", "I do not know this subject")]].concat();
        let next = send(b, &item, &page, &skip).await;
        next.has_status(303);
        assert_ne!(next.location(), item);
        let undo = format!("/projects/{}/undo", day.project);
        b.post(&undo, &[]).await.leads_to(&item);
        let page = b.get(&item).await;
        page.holds("because of the weather").holds("too short");
        let answer = [
            ("critique.0.text", "too short"),
            ("refinement.0.text", "because of the weather"),
        ];
        send(b, &item, &page, &answer).await.has_status(303);
        let done = app.store.progress(&day.project, &day.ada).await.unwrap();
        assert_eq!((done.done, done.skipped), (1, 0));
    });
}

#[test]
fn the_page_loaded_ahead_counts_as_not_seen() {
    on_both(|app| async move {
        let mut day = Day::new(&app, Settings::default(), 2).await;
        let (item, page) = day.open().await;
        let peek = page.between("data-peek=\"", "\"").unwrap();
        let ahead = day.browser.get(&peek).await;
        ahead.has_status(200).holds("id=\"work\"");
        let answered = send(
            &mut day.browser,
            &item,
            &page,
            &[("preference.strength", "4")],
        )
        .await;
        assert!(
            ahead
                .body
                .contains(&format!("action=\"{}\"", answered.location()))
        );
        let (_, last) = day.open().await;
        let peek = last.between("data-peek=\"", "\"").unwrap();
        day.browser.get(&peek).await.has_status(204);
    });
}

#[test]
fn what_the_live_model_had_expected_is_said_after_the_answer_only() {
    on_both(|app| async move {
        let settings = Settings::default();
        let mut day = Day::new(&app, settings.clone(), 40).await;
        let told = "the live model had expected";
        for _ in 0..30 {
            let (address, page) = day.open().await;
            page.lacks(told);
            let x_left = page.body.find("because x") < page.body.find("because y");
            let key = if x_left { "2" } else { "6" };
            let fields = [("preference.strength", key)];
            let next = send(&mut day.browser, &address, &page, &fields).await;
            assert!(
                !next.location().contains("expected"),
                "it has no opinion yet"
            );
        }
        let mut learner = store::live::Learner::default();
        let now = store::now_ms();
        learner
            .round(&app.store, &day.project, &settings, now)
            .await
            .unwrap();

        let (address, page) = day.open().await;
        page.lacks(told);
        let x_left = page.body.find("because x") < page.body.find("because y");
        let key = if x_left { "1" } else { "7" };
        let next = send(
            &mut day.browser,
            &address,
            &page,
            &[("preference.strength", key)],
        )
        .await;
        let after = day.browser.get(next.location()).await;
        let expected = format!("had expected {}", if x_left { "A" } else { "B" });
        after
            .has_status(200)
            .holds(&expected)
            .holds("as you answered");
        // what somebody writes into the address is not repeated
        let (plain, _) = next.location().split_once('?').unwrap();
        day.browser
            .get(&format!("{plain}?expected=a99y%3Cb"))
            .await
            .lacks(told);

        let silent = Settings {
            tell_expected: false,
            ..settings
        };
        app.store
            .update_project(&day.project, "Day", &silent)
            .await
            .unwrap();
        let next = send(
            &mut day.browser,
            plain,
            &after,
            &[("preference.strength", "4")],
        )
        .await;
        assert!(!next.location().contains("expected"));
    });
}
