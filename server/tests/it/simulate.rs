//! Simulated annotators from the page: asked for, warned about, marked.

use crate::fixture::World;
use crate::test_app::on_both;
use domain::{Provenance, Role};
use std::time::Duration;
use store::annotations::Filter;

#[test]
fn a_researcher_lets_a_panel_answer_and_sees_what_it_did() {
    on_both(|app| async move {
        let w = World::new(&app, "sim").await;
        let mut browser = app.signed_in(&w.members[&Role::Researcher]).await;
        let address = format!("/projects/{}/simulate", w.project);
        browser
            .get(&address)
            .await
            .holds(app::text::simulate::WARNING);

        let without = [("rule", "avoids"), ("noise", "7"), ("annotators", "2")];
        let page = browser.post(&address, &without).await;
        assert_eq!(page.status, 422);
        // numbers first: words need a rule that can be read
        page.holds("href=\"#noise\"").holds("href=\"#confirm\"");
        assert!(app.store.simulated(&w.project).await.unwrap().is_empty());

        let asked = [
            ("rule", "shorter"),
            ("limit", "5"),
            ("noise", "0"),
            ("annotators", "2"),
            ("items", "3"),
            ("confirm", "on"),
        ];
        let page = browser.post(&address, &asked).await;
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (303, &*format!("{address}?started"))
        );
        let mut busy = 0;
        for _ in 0..100 {
            let seated = app.store.simulated(&w.project).await.unwrap();
            assert_eq!(seated.len(), 2);
            busy = seated.iter().map(|it| it.done + it.skipped).sum::<i64>();
            if busy > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(busy > 0, "nobody answered or skipped anything");
        browser
            .get(&address)
            .await
            .holds("shorter, at most 5 words");
        let said = app
            .store
            .annotations(&w.project, &Filter::default())
            .await
            .unwrap();
        let seats = app.store.simulated(&w.project).await.unwrap();
        for record in said {
            let by_program = seats
                .iter()
                .any(|it| it.account.as_str() == record.annotator);
            assert_eq!(by_program, record.provenance == Provenance::Simulated);
        }
    });
}
