//! Projects: made from a starting point, changed, archived; members and invitations.

use crate::test_app::on_both;
use app::text::{account, projects as text};
use domain::{Kind, Role, ids::ProjectId};

fn id(place: &str) -> ProjectId {
    ProjectId::from(place.split('/').nth(2).unwrap())
}

#[test]
fn a_project_is_made_from_a_starting_point_and_its_settings_change() {
    on_both(|app| async move {
        let ada = app.account("Ada").await;
        let mut browser = app.signed_in(&ada).await;
        browser
            .post("/projects/new", &[("name", ""), ("template", "grade")])
            .await
            .has_status(422);
        let made = browser
            .post(
                "/projects/new",
                &[("name", "Class 5b"), ("template", "grade")],
            )
            .await;
        made.has_status(303);
        let project = id(made.location());
        let settings = format!("/projects/{project}/settings");
        let read = async || app.store.project(&project).await.unwrap().unwrap();
        assert_eq!(read().await.settings.kinds, [Kind::Grade]);

        let page = browser.get(&settings).await;
        let version = page.between("name=\"version\" value=\"", "\"").unwrap();
        let mut fields = vec![
            ("version", &*version),
            ("name", "Class 5c"),
            ("guidelines", "**Be kind**\r\n<script>alert(1)</script>"),
            ("kinds", "grade"),
            ("grade_labels", "right\r\nwrong"),
            ("overlap", "2"),
            ("gold_percent", "10"),
            ("lease_minutes", "20"),
            ("preview", "1"),
        ];
        let preview = browser.post(&settings, &fields).await;
        preview
            .has_status(200)
            .holds("<strong>Be kind</strong>")
            .lacks("<script>alert");
        assert_eq!(read().await.name, "Class 5b");
        fields.pop();
        fields[5] = ("overlap", "0");
        let wrong = browser.post(&settings, &fields).await;
        wrong
            .has_status(422)
            .holds("1 to 50")
            .holds("Class 5c")
            .holds("right\r\nwrong");
        fields[5] = ("overlap", "2");
        browser
            .post(&settings, &fields)
            .await
            .leads_to(&format!("{settings}?saved=0.0.0"));
        let now = read().await;
        assert_eq!((now.name.as_str(), now.settings.overlap), ("Class 5c", 2));
        assert_eq!(
            now.settings.guidelines,
            "**Be kind**\n<script>alert(1)</script>"
        );
        let guidelines = browser
            .get(&format!("/projects/{project}/guidelines"))
            .await;
        guidelines
            .holds("<strong>Be kind</strong>")
            .lacks("<script>alert");

        // a second tab stands on the state before: nothing is overwritten unless she says so again
        fields[1] = ("name", "Class 6");
        let stale = browser.post(&settings, &fields).await;
        stale.has_status(409).holds(text::CHANGED).holds("Class 6");
        assert_eq!(read().await.name, "Class 5c");
        let newer = stale.between("name=\"version\" value=\"", "\"").unwrap();
        fields[0] = ("version", &newer);
        browser.post(&settings, &fields).await.has_status(303);
        assert_eq!(read().await.name, "Class 6");

        browser
            .post(
                &format!("/projects/{project}/archive"),
                &[("archived", "yes")],
            )
            .await
            .leads_to("/");
        browser
            .get("/")
            .await
            .holds(text::ARCHIVED)
            .lacks("queue\"");
        browser
            .post(
                &format!("/projects/{project}/archive"),
                &[("archived", "no")],
            )
            .await
            .has_status(303);
        browser.get("/").await.lacks(text::ARCHIVED);

        let log = browser.get(&format!("/projects/{project}/audit")).await;
        log.holds("create project")
            .holds("change settings")
            .holds("overlap")
            .holds("archive project");
        let some = browser
            .get(&format!("/projects/{project}/audit?action=archive-project"))
            .await;
        some.lacks("<td>create project");
    });
}

#[test]
fn an_invitation_brings_in_a_new_person_and_an_old_one() {
    on_both(|app| async move {
        let ada = app.account("Ada").await;
        let bob = app.account("Bob").await;
        let mut owner = app.signed_in(&ada).await;
        let made = owner.post("/projects/new", &[("name", "Essays")]).await;
        let project = id(made.location());
        let members = format!("/projects/{project}/members");
        let invites = format!("/projects/{project}/invites");
        let link = async |owner: &mut crate::browser::Browser, role: &str| {
            let page = owner.post(&invites, &[("role", role)]).await;
            page.has_status(200);
            let link = page.between("readonly value=\"", "\"").unwrap();
            link.strip_prefix("http://touchstone.test")
                .unwrap()
                .to_owned()
        };
        let first = link(&mut owner, "teacher").await;
        owner.get(&members).await.lacks(&first);

        let mut new = app.browser();
        new.get(&first)
            .await
            .has_status(200)
            .holds("Essays")
            .holds("Ada");
        let mut fields = vec![
            ("name", "Cyd"),
            ("email", "bob@example.org"),
            ("password", "a good long sentence"),
        ];
        new.post(&first, &fields)
            .await
            .has_status(422)
            .holds("has an account already")
            .holds("Cyd");
        fields[1] = ("email", "cyd@example.org");
        let guidelines = format!("/projects/{project}/guidelines");
        new.post(&first, &fields).await.leads_to(&guidelines);
        new.get(&guidelines).await.has_status(200).holds("Cyd");
        // used once
        app.browser()
            .get(&first)
            .await
            .has_status(404)
            .holds(account::INVITATION_OVER);
        app.browser().post(&first, &fields).await.has_status(404);

        let second = link(&mut owner, "annotator").await;
        let mut old = app.signed_in(&bob).await;
        old.get(&second).await.holds("Join as Bob");
        old.post(&second, &[("join", "1")])
            .await
            .leads_to(&guidelines);
        assert_eq!(
            app.store.role_of(&project, &bob).await.unwrap(),
            Some(Role::Annotator)
        );
        old.get(&members).await.has_status(403);

        let third = link(&mut owner, "owner").await;
        let page = owner.get(&members).await;
        let invite = page.between("name=\"invite\" value=\"", "\"").unwrap();
        owner
            .post(&format!("{invites}/revoke"), &[("invite", &invite)])
            .await
            .leads_to(&members);
        old.get(&third).await.has_status(404);

        let (ada, bob) = (ada.to_string(), bob.to_string());
        owner
            .post(&members, &[("account", &ada), ("role", "teacher")])
            .await
            .has_status(409);
        owner
            .post(&format!("{members}/remove"), &[("account", &ada)])
            .await
            .has_status(409);
        owner
            .post(&members, &[("account", &bob), ("role", "owner")])
            .await
            .leads_to(&members);
        owner
            .post(&members, &[("account", &ada), ("role", "annotator")])
            .await
            .leads_to(&members);
        owner.get(&members).await.has_status(403);
        old.post(&format!("{members}/remove"), &[("account", &ada)])
            .await
            .leads_to(&members);
        owner.get(&guidelines).await.has_status(404);
    });
}

#[test]
fn members_and_invitations_of_another_project_cannot_be_touched() {
    on_both(|app| async move {
        let (ada, bob) = (app.account("Ada").await, app.account("Bob").await);
        let (mut hers, mut his) = (app.signed_in(&ada).await, app.signed_in(&bob).await);
        let first = id(hers
            .post("/projects/new", &[("name", "First")])
            .await
            .location());
        let second = id(his
            .post("/projects/new", &[("name", "Second")])
            .await
            .location());
        his.post(&format!("/projects/{second}/invites"), &[("role", "owner")])
            .await
            .has_status(200);
        let invite = app.store.invites(&second, 0).await.unwrap()[0].id.clone();
        hers.post(
            &format!("/projects/{first}/invites/revoke"),
            &[("invite", &invite)],
        )
        .await
        .has_status(404);
        let bob = bob.to_string();
        hers.post(
            &format!("/projects/{first}/members"),
            &[("account", &bob), ("role", "annotator")],
        )
        .await
        .has_status(404);
        hers.post(
            &format!("/projects/{first}/members/remove"),
            &[("account", &bob)],
        )
        .await
        .has_status(404);
        assert_eq!(
            app.store.members(&second).await.unwrap()[0].role,
            Role::Owner
        );
    });
}
