//! One's own account: name, look, keys, password, sessions.

use crate::test_app::on_both;
use app::text::account as text;

const PASSWORD: &str = "a good long sentence";

#[test]
fn a_password_change_needs_the_current_one_and_ends_other_sessions() {
    on_both(|app| async move {
        let fields = [
            ("name", "Ada"),
            ("email", "ada@example.org"),
            ("password", PASSWORD),
        ];
        let mut browser = app.browser();
        browser.post("/welcome", &fields).await.leads_to("/");
        let mut other = app.browser();
        other
            .sign_in("ada@example.org", PASSWORD)
            .await
            .leads_to("/");
        let new = "another good sentence";
        let change = async |browser: &mut crate::browser::Browser, current: &str| {
            let fields = [("current_password", current), ("password", new)];
            browser.post("/account/password", &fields).await
        };
        change(&mut browser, "wrong")
            .await
            .has_status(422)
            .holds(text::WRONG_CURRENT)
            .lacks(new);
        change(&mut browser, PASSWORD)
            .await
            .leads_to("/account?saved");
        browser.get("/account").await.has_status(200);
        other
            .get("/account")
            .await
            .leads_to("/sign-in?next=%2Faccount");
        other
            .sign_in("ada@example.org", PASSWORD)
            .await
            .has_status(422);
        other.sign_in("ada@example.org", new).await.leads_to("/");
        // nobody guesses on at a browser that was left open
        for _ in 0..5 {
            change(&mut browser, "wrong").await.has_status(422);
        }
        change(&mut browser, new).await.has_status(429);
    });
}

#[test]
fn sessions_are_listed_and_ended_one_by_one_or_all_but_this() {
    on_both(|app| async move {
        let ada = app.account("Ada").await;
        let eve = app.account("Eve").await;
        let mut browsers = [
            app.signed_in(&ada).await,
            app.signed_in(&ada).await,
            app.signed_in(&ada).await,
        ];
        let mut foreign = app.signed_in(&eve).await;
        let page = browsers[0].get("/account").await;
        let badges = format!(">{}<", text::THIS_BROWSER);
        assert_eq!(page.body.matches(&badges).count(), 1);
        let second = store::sha256(browsers[1].cookie("touchstone").unwrap());
        page.holds(&second);
        foreign
            .post("/account/sessions/end", &[("session", &second)])
            .await
            .has_status(404);
        browsers[0]
            .post("/account/sessions/end", &[("session", &second)])
            .await
            .leads_to("/account?saved");
        browsers[1].get("/account").await.has_status(303);
        browsers[0]
            .post("/account/sessions/end-others", &[])
            .await
            .leads_to("/account?saved");
        browsers[2].get("/account").await.has_status(303);
        browsers[0]
            .get("/account")
            .await
            .has_status(200)
            .lacks(text::END_OTHERS);
        foreign.get("/account").await.has_status(200);
    });
}

#[test]
fn name_look_and_keys_are_kept_and_mistakes_keep_what_was_typed() {
    on_both(|app| async move {
        let ada = app.account("Ada").await;
        let mut browser = app.signed_in(&ada).await;
        browser
            .post("/account/name", &[("name", "Ada <Lovelace>")])
            .await
            .leads_to("/account?saved");
        browser
            .post("/account/name", &[("name", " ")])
            .await
            .has_status(422);
        let page = browser.get("/account").await;
        page.holds("Ada &lt;Lovelace&gt;").holds("data-theme=\"\"");

        browser
            .post("/account/theme", &[("theme", "dark")])
            .await
            .leads_to("/account?saved");
        browser.get("/account").await.holds("data-theme=\"dark\"");
        browser.post("/account/theme", &[("theme", "system")]).await;
        assert_eq!(browser.cookie("theme"), None);
        browser
            .post("/account/theme", &[("theme", "pink")])
            .await
            .has_status(400);

        let clash = [("key:skip", "u"), ("time_left", "on")];
        let page = browser.post("/account/preferences", &clash).await;
        page.has_status(422)
            .holds("value=\"u\"")
            .holds("is the key for");
        let own = [("key:skip", "x"), ("time_left", "on")];
        browser
            .post("/account/preferences", &own)
            .await
            .leads_to("/account?saved");
        let kept = app.store.account(&ada).await.unwrap().unwrap().settings;
        let kept = domain::preferences::Preferences::read(&kept);
        assert_eq!(
            (kept.key("skip"), kept.shortcuts, kept.time_left),
            ("x", false, true)
        );
        let reset = [("key:skip", "x"), ("shortcuts", "on"), ("reset", "1")];
        browser
            .post("/account/preferences", &reset)
            .await
            .leads_to("/account?saved");
        let kept = app.store.account(&ada).await.unwrap().unwrap().settings;
        let kept = domain::preferences::Preferences::read(&kept);
        assert_eq!((kept.key("skip"), kept.shortcuts), ("k", true));
    });
}
