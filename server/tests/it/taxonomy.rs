//! The taxonomy's pages: a file in, changes, undoing, prompts put on nodes, a file out; and what is wrong, said.

use crate::browser::{Browser, Page};
use crate::fixture::World;
use crate::test_app::on_both;
use app::text::taxonomy as text;
use axum::http::Method;
use domain::Role;

/// The import form with a pasted text.
async fn import(browser: &mut Browser, address: &str, pasted: &str, facet: &str) -> Page {
    let part = |name: &str, value: &str| {
        format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = part("text", pasted) + &part("facet", facet) + "--cut--\r\n";
    let kind = "multipart/form-data; boundary=cut";
    browser
        .send(Method::POST, &format!("{address}/import"), kind, body)
        .await
}

/// The address of a node's page, from a page that links it by this name.
fn link(page: &Page, name: &str) -> String {
    let end = format!(">{name}</a>");
    let (before, _) = page
        .body
        .split_once(&end)
        .unwrap_or_else(|| panic!("{name} is not linked"));
    let address = before.rsplit("href=\"").next().unwrap();
    address.split('"').next().unwrap().to_owned()
}

#[test]
fn a_tree_comes_in_is_changed_taken_back_and_goes_out() {
    on_both(|app| async move {
        let w = World::new(&app, "tree").await;
        let mut browser = app.signed_in(&w.members[&Role::Researcher]).await;
        let address = format!("/projects/{}/data/taxonomy", w.project);

        let page = import(&mut browser, &address, "{\"a\": {\"x\": 1}}", "").await;
        page.has_status(422)
            .holds("line 1")
            .holds("expected an object of names");
        let page = import(&mut browser, &address, "a/x\na/X/y\nb/x\nc/\u{1}", "").await;
        page.has_status(422)
            .holds("Line 4: has a control character");
        let page = import(&mut browser, &address, "", "").await;
        page.has_status(422).holds(text::NO_FILE);
        let json = "{\"writing\": {\"Email\": {}, \"Letter\": {\"Cover\": {}, \"Thanks\": {}}}, \"coding\": {}}";
        import(&mut browser, &address, json, "Topics")
            .await
            .leads_to(&format!("{address}?done"));

        let tree = browser.get(&address).await;
        tree.has_status(200)
            .holds("Open “Letter”")
            .holds(text::THIN_BADGE);
        let email = link(&tree, "Email");
        let letter = link(&tree, "Open “Letter”");
        let thanks = link(&tree, "Thanks");

        // what cannot be done is said, and what was typed is there
        let page = browser
            .post(&email, &[("act", "rename"), ("name", "letter")])
            .await;
        page.has_status(422)
            .holds("“letter” is there already")
            .holds("value=\"letter\"");
        let page = browser
            .post(&email, &[("act", "move"), ("to", "Topics/nowhere")])
            .await;
        page.has_status(422)
            .holds(text::NO_PATH)
            .holds("value=\"Topics/nowhere\"");
        let page = browser
            .post(
                &letter,
                &[("act", "merge"), ("into", "Topics/writing/Letter/Cover")],
            )
            .await;
        page.has_status(422).holds("cannot go below itself");
        browser
            .post(&email, &[("act", "nonsense")])
            .await
            .has_status(400);

        browser
            .post(&email, &[("act", "rename"), ("name", "E-mail")])
            .await
            .leads_to(&format!("{email}?done"));
        browser
            .post(&email, &[("act", "add"), ("below", "Work/Home")])
            .await
            .leads_to(&format!("{email}?done"));
        browser
            .post(
                &thanks,
                &[("act", "split"), ("parts", "Thanks\n\nPraise\n")],
            )
            .await
            .leads_to(&format!("{address}?done"));
        browser
            .post(&letter, &[("act", "delete"), ("leaving", "parent")])
            .await
            .leads_to(&format!("{address}?done"));
        let csv = browser.get(&format!("{address}.csv")).await;
        csv.holds("Topics/writing/E-mail/Work\\/Home,0,0")
            .lacks("Letter");

        // back, one after the other, down to the letter
        for _ in 0..2 {
            let page = browser.get(&address).await;
            let edit = page.between("name=\"edit\" value=\"", "\"").unwrap();
            let undo = format!("{address}/undo");
            browser
                .post(&undo, &[("edit", &edit)])
                .await
                .leads_to(&format!("{address}?undone"));
            browser
                .post(&undo, &[("edit", &edit)])
                .await
                .has_status(409);
        }
        let out = browser.get(&format!("{address}.json")).await;
        out.holds("\"Thanks\": {}")
            .holds("\"Work/Home\": {}")
            .lacks("Praise");
        let found = browser.get(&format!("{address}?find=thank")).await;
        found.holds(">Topics/writing/Letter/Thanks</a>");

        // the rule: E-mail has one child only
        let writing = link(&browser.get(&address).await, "Open “writing”");
        browser
            .post(&writing, &[("act", "prune")])
            .await
            .leads_to(&format!("{writing}?done"));
        browser
            .get(&format!("{address}.csv"))
            .await
            .lacks("Work")
            .holds("Topics/writing/E-mail,0,0");
        browser
            .post(&writing, &[("act", "prune")])
            .await
            .has_status(422)
            .holds("change nothing");
    });
}

#[test]
fn prompts_are_found_put_on_a_node_and_taken_from_it() {
    on_both(|app| async move {
        let w = World::new(&app, "put").await;
        let mut browser = app.signed_in(&w.members[&Role::Researcher]).await;
        let address = format!("/projects/{}/data/taxonomy", w.project);
        import(&mut browser, &address, "Topics/New", "").await;
        let node = link(&browser.get(&address).await, "New");
        let assign = format!("{node}/assign");
        let prompt = w.object("prompt").to_owned();

        let page = browser.get(&assign).await;
        page.holds(&format!("name=\"prompt\" value=\"{prompt}\""));
        // it stands on the node of the fixture, so that it is not among those without
        browser
            .get(&format!("{assign}?unplaced=on"))
            .await
            .lacks(&prompt);
        browser
            .post(&assign, &[("prompt", "unknown")])
            .await
            .has_status(400);
        browser
            .post(&assign, &[("listed", &prompt), ("which", "all")])
            .await
            .leads_to(&format!("{node}?done"));
        browser.get(&assign).await.holds(text::IS_HERE);
        let page = browser.get(&node).await;
        page.holds(text::origin("hand")).holds(&prompt);
        // twice is once
        browser
            .post(&assign, &[("prompt", &prompt)])
            .await
            .leads_to(&format!("{node}?done"));

        browser
            .post(&format!("{node}/take"), &[("prompt", &prompt)])
            .await
            .leads_to(&format!("{node}?done"));
        browser.get(&node).await.holds(text::HERE_NONE);
    });
}

#[test]
fn an_empty_project_says_how_to_begin() {
    on_both(|app| async move {
        let w = World::new(&app, "empty").await;
        for table in ["prompt_node", "node"] {
            let text = format!("DELETE FROM {table}");
            sqlx::query(sqlx::AssertSqlSafe(text))
                .execute(&app.store.write)
                .await
                .unwrap();
        }
        let mut browser = app.signed_in(&w.members[&Role::Owner]).await;
        let address = format!("/projects/{}/data/taxonomy", w.project);
        browser.get(&address).await.holds(text::EMPTY_WORDS);
        browser
            .post(&format!("{address}/add"), &[("name", " ")])
            .await
            .has_status(422);
        browser
            .post(&format!("{address}/add"), &[("name", "Topics")])
            .await
            .leads_to(&format!("{address}?done"));
        browser
            .get(&address)
            .await
            .lacks(text::EMPTY_WORDS)
            .holds("Topics");
    });
}
