//! The door: the first visit, signing in, being locked out, and coming back with what was typed.

use crate::test_app::{TestApp, on_both};
use app::text::account as text;
use axum::http::Method;
use domain::project::Settings;

const PASSWORD: &str = "a good long sentence";

async fn with_owner(app: &TestApp) {
    let fields = [
        ("name", "Ada"),
        ("email", "Ada@Example.org"),
        ("password", PASSWORD),
    ];
    app.browser().post("/welcome", &fields).await.leads_to("/");
}

#[test]
fn the_first_visit_makes_the_owner_and_only_one() {
    on_both(|app| async move {
        let mut browser = app.browser();
        browser.get("/").await.leads_to("/welcome");
        let short = browser
            .post(
                "/welcome",
                &[("name", "Ada"), ("email", "ada"), ("password", "short")],
            )
            .await;
        short
            .has_status(422)
            .holds("value=\"Ada\"")
            .lacks("short\"");
        with_owner(&app).await;
        browser.get("/welcome").await.leads_to("/sign-in");
        let late = [
            ("name", "Eve"),
            ("email", "eve@example.org"),
            ("password", PASSWORD),
        ];
        browser.post("/welcome", &late).await.leads_to("/sign-in");
        browser
            .sign_in("eve@example.org", PASSWORD)
            .await
            .has_status(422);
        browser
            .sign_in("ada@example.org ", PASSWORD)
            .await
            .leads_to("/");
        browser.get("/").await.has_status(200).holds("Ada");
    });
}

#[test]
fn a_new_session_begins_at_sign_in_and_ends_at_sign_out() {
    on_both(|app| async move {
        with_owner(&app).await;
        let mut browser = app.browser();
        let page = browser.sign_in("ada@example.org", PASSWORD).await;
        let cookie = page.header("set-cookie");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let first = browser.cookie("touchstone").unwrap().to_owned();
        browser
            .sign_in("ada@example.org", PASSWORD)
            .await
            .leads_to("/");
        assert_ne!(browser.cookie("touchstone").unwrap(), first);
        let second = browser.cookie("touchstone").unwrap().to_owned();
        let mut thief = app.browser();
        thief.set_cookie("touchstone", &first);
        thief.get("/").await.leads_to("/sign-in?next=%2F");
        browser.post("/sign-out", &[]).await.leads_to("/sign-in");
        assert_eq!(browser.cookie("touchstone"), None);
        thief.set_cookie("touchstone", &second);
        thief.get("/").await.leads_to("/sign-in?next=%2F");
    });
}

#[test]
fn after_signing_in_one_is_where_one_wanted_to_be_and_never_elsewhere() {
    on_both(|app| async move {
        with_owner(&app).await;
        let mut browser = app.browser();
        let asked = browser.get("/projects/new?from=here&to=there").await;
        let door = browser.get(asked.location()).await;
        let next = door.between("name=\"next\" value=\"", "\"").unwrap();
        assert_eq!(next, "/projects/new?from=here&to=there");
        let fields = [
            ("email", "ada@example.org"),
            ("password", PASSWORD),
            ("next", &*next),
        ];
        // a mistake keeps the way
        let wrong = [
            ("email", "ada@example.org"),
            ("password", "wrong"),
            ("next", &*next),
        ];
        browser
            .post("/sign-in", &wrong)
            .await
            .has_status(422)
            .holds("to=there");
        browser.post("/sign-in", &fields).await.leads_to(&next);
        browser.get(asked.location()).await.leads_to(&next);
        for evil in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "evil",
        ] {
            let fields = [
                ("email", "ada@example.org"),
                ("password", PASSWORD),
                ("next", evil),
            ];
            app.browser().post("/sign-in", &fields).await.leads_to("/");
        }
    });
}

#[test]
fn a_form_sent_without_a_session_is_carried_over_the_sign_in() {
    on_both(|app| async move {
        with_owner(&app).await;
        let mut browser = app.browser();
        let typed = "Die Antwort\r\n\"stimmt\" <nicht> & so & مرحبا";
        let sent = browser
            .post(
                "/projects/new?x=1",
                &[
                    ("name", typed),
                    ("extra", "1"),
                    ("extra", "2"),
                    ("password", "hidden"),
                ],
            )
            .await;
        sent.has_status(401)
            .holds(text::SESSION_ENDED_KEPT)
            .lacks("value=\"hidden\"");
        let carried = sent.between("name=\"kept:name\" value=\"", "\"").unwrap();
        assert_eq!(carried, typed);
        let mut fields = vec![
            ("kept-target", "/projects/new?x=1"),
            ("kept:name", &*carried),
            ("kept:extra", "1"),
            ("kept:extra", "2"),
            ("email", "ada@example.org"),
            ("password", "wrong"),
        ];
        let again = browser.post("/sign-in", &fields).await;
        assert_eq!(
            again
                .between("name=\"kept:name\" value=\"", "\"")
                .as_deref(),
            Some(typed)
        );
        fields.pop();
        fields.push(("password", PASSWORD));
        let back = browser.post("/sign-in", &fields).await;
        back.has_status(200)
            .holds(text::KEPT)
            .holds("action=\"/projects/new?x=1\"");
        assert_eq!(back.body.matches("name=\"extra\"").count(), 2);
        let name = back.between("name=\"name\" value=\"", "\"").unwrap();
        assert_eq!(name, typed);
        let made = browser.post("/projects/new?x=1", &[("name", &name)]).await;
        made.has_status(303);
        // nor can what is carried be sent elsewhere
        fields[0] = ("kept-target", "https://evil.example/");
        app.browser().post("/sign-in", &fields).await.leads_to("/");

        let draft = app
            .browser()
            .send(Method::POST, "/sign-out", "application/json", "{}".into())
            .await;
        draft.has_status(401).lacks("<html");
    });
}

#[test]
fn too_many_failures_lock_an_account_even_for_the_right_password() {
    on_both(|app| async move {
        with_owner(&app).await;
        // an address without an account is locked like any other
        for email in ["ada@example.org", "nobody@example.org"] {
            let mut browser = app.browser();
            for _ in 0..5 {
                browser
                    .sign_in(email, "wrong password")
                    .await
                    .has_status(422)
                    .holds(text::WRONG);
            }
            browser
                .sign_in(email, PASSWORD)
                .await
                .has_status(429)
                .lacks(text::WRONG);
            assert_eq!(browser.cookie("touchstone"), None);
        }
        let locks = sqlx::query("SELECT account FROM audit WHERE action = 'sign-in-locked'")
            .fetch_all(&app.store.read)
            .await
            .unwrap();
        assert_eq!(locks.len(), 2);
        // a window later
        sqlx::query("UPDATE throttle SET window_start = window_start - 900001")
            .execute(&app.store.write)
            .await
            .unwrap();
        app.browser()
            .sign_in("ada@example.org", PASSWORD)
            .await
            .leads_to("/");
    });
}

#[test]
fn too_many_failures_lock_an_address_but_no_other() {
    on_both(|app| async move {
        with_owner(&app).await;
        let mut browser = app.browser();
        browser
            .headers
            .insert("x-forwarded-for", "192.0.2.7".into());
        // those that succeed do not count
        browser
            .sign_in("ada@example.org", PASSWORD)
            .await
            .leads_to("/");
        for n in 0..30 {
            browser
                .sign_in(&format!("guess{n}@example.org"), "x")
                .await
                .has_status(422);
        }
        browser
            .sign_in("ada@example.org", PASSWORD)
            .await
            .has_status(429);
        browser
            .headers
            .insert("x-forwarded-for", "192.0.2.8".into());
        browser
            .sign_in("ada@example.org", PASSWORD)
            .await
            .leads_to("/");
    });
}

#[test]
fn guesses_at_the_same_moment_do_not_slip_through() {
    on_both(|app| async move {
        with_owner(&app).await;
        let guesses = (0..20).map(|_| {
            let mut browser = app.browser();
            tokio::spawn(async move {
                browser
                    .sign_in("ada@example.org", "wrong password")
                    .await
                    .status
                    .as_u16()
            })
        });
        let guesses: Vec<_> = guesses.collect();
        let mut looked_at = 0;
        for guess in guesses {
            looked_at += usize::from(guess.await.unwrap() == 422);
        }
        assert_eq!(looked_at, 5);
    });
}

#[test]
fn an_older_hash_is_replaced_at_sign_in() {
    on_both(|app| async move {
        // argon2id, 8 MiB, one pass, of the password above
        let older = OLDER_HASH;
        let ada = app
            .store
            .create_account("ada@example.org", "Ada", older, 1)
            .await
            .unwrap();
        app.store
            .create_project("P", &Settings::default(), &ada, 1)
            .await
            .unwrap();
        app.browser()
            .sign_in("ada@example.org", PASSWORD)
            .await
            .leads_to("/");
        let account = app.store.account(&ada).await.unwrap().unwrap();
        assert!(
            account
                .password_hash
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        app.browser()
            .sign_in("ada@example.org", PASSWORD)
            .await
            .leads_to("/");
    });
}

/// argon2id with 8 MiB and one pass, of [`PASSWORD`], as the reference implementation writes it.
const OLDER_HASH: &str = "$argon2id$v=19$m=8192,t=1,p=1$R1w4InLyA6h7/BdFCgSBrw$EAJmFnn1eJd2E3+XO189BSJX1wr5pVAQTCW3nyMtc10";
