//! Accounts, sessions, projects, members.

use crate::on_both;
use domain::{Role, project::Settings};

#[test]
fn the_first_account_is_made_once_and_sessions_end() {
    on_both(|store| async move {
        assert!(!store.has_accounts().await.unwrap());
        let ada = store
            .create_first_account("Ada@Example.org", "Ada", "hash", 1)
            .await
            .unwrap()
            .unwrap();
        assert!(
            store
                .create_first_account("eve@example.org", "Eve", "hash", 1)
                .await
                .unwrap()
                .is_none()
        );
        let taken = store
            .create_account("ada@example.org", "Ada again", "hash", 2)
            .await;
        assert!(matches!(taken, Err(store::Error::Conflict(_))));

        store
            .open_session("secret", &ada, "browser", 10)
            .await
            .unwrap();
        assert_eq!(
            store.session("secret", 11).await.unwrap().unwrap().name,
            "Ada"
        );
        assert!(store.session("other", 11).await.unwrap().is_none());
        assert!(
            store
                .session("secret", 11 + store::sessions::SESSION_MS)
                .await
                .unwrap()
                .is_none()
        );
        store.close_session("secret").await.unwrap();
        assert!(store.session("secret", 12).await.unwrap().is_none());
    });
}

#[test]
fn a_project_has_its_owner_and_roles_can_change() {
    on_both(|store| async move {
        let ada = store
            .create_account("ada@example.org", "Ada", "hash", 1)
            .await
            .unwrap();
        let bob = store
            .create_account("bob@example.org", "Bob", "hash", 1)
            .await
            .unwrap();
        let project = store
            .create_project("First", &Settings::default(), &ada, 2)
            .await
            .unwrap();
        assert_eq!(
            store.role_of(&project, &ada).await.unwrap(),
            Some(Role::Owner)
        );
        assert_eq!(store.role_of(&project, &bob).await.unwrap(), None);
        store
            .set_member(&project, &bob, Role::Annotator, 3)
            .await
            .unwrap();
        store
            .set_member(&project, &bob, Role::Teacher, 4)
            .await
            .unwrap();
        let names: Vec<_> = store
            .members(&project)
            .await
            .unwrap()
            .into_iter()
            .map(|m| (m.name, m.role))
            .collect();
        assert_eq!(
            names,
            [("Ada".into(), Role::Owner), ("Bob".into(), Role::Teacher)]
        );
        assert_eq!(store.projects_of(&bob).await.unwrap().len(), 1);
        assert_eq!(
            store.project(&project).await.unwrap().unwrap().settings,
            Settings::default()
        );
    });
}

#[test]
fn the_last_owner_stays_even_when_two_go_at_once() {
    on_both(|store| async move {
        let account = async |name: &str| {
            let email = format!("{name}@example.org");
            store.create_account(&email, name, "hash", 1).await.unwrap()
        };
        let (ada, bob) = (account("Ada").await, account("Bob").await);
        let project = store
            .create_project("P", &Settings::default(), &ada, 1)
            .await
            .unwrap();
        let last = store.remove_member(&project, &ada).await;
        assert!(matches!(last, Err(store::Error::Conflict(_))));
        let last = store.change_role(&project, &ada, Role::Annotator).await;
        assert!(matches!(last, Err(store::Error::Conflict(_))));
        assert!(
            store
                .change_role(&project, &ada, Role::Owner)
                .await
                .unwrap()
        );
        assert!(!store.remove_member(&project, &bob).await.unwrap());
        for _ in 0..20 {
            store
                .set_member(&project, &ada, Role::Owner, 1)
                .await
                .unwrap();
            store
                .set_member(&project, &bob, Role::Owner, 1)
                .await
                .unwrap();
            let (one, other) = tokio::join!(
                store.remove_member(&project, &ada),
                store.change_role(&project, &bob, Role::Teacher)
            );
            assert!(one.is_ok() != other.is_ok());
            let owners = store.members(&project).await.unwrap();
            let owners = owners.iter().filter(|m| m.role == Role::Owner).count();
            assert_eq!(owners, 1);
        }
    });
}

#[test]
fn an_invitation_lets_in_one_person_in_its_time() {
    on_both(|store| async move {
        let account = async |name: &str| {
            let email = format!("{name}@example.org");
            store.create_account(&email, name, "hash", 1).await.unwrap()
        };
        let (ada, bob, eve) = (
            account("Ada").await,
            account("Bob").await,
            account("Eve").await,
        );
        let project = store
            .create_project("P", &Settings::default(), &ada, 1)
            .await
            .unwrap();
        let invite = async |secret: &str| {
            store
                .create_invite(&project, Role::Teacher, secret, &ada, 10)
                .await
                .unwrap();
        };
        invite("first").await;
        let seen = store.invitation("first", 11).await.unwrap().unwrap();
        assert_eq!(
            (seen.project_name.as_str(), seen.role, seen.by.as_str()),
            ("P", Role::Teacher, "Ada")
        );
        // a member leaves it open for somebody else
        let member = store.accept_invite("first", &ada, 11).await;
        assert!(matches!(member, Err(store::Error::Conflict(_))));
        let (one, other) = tokio::join!(
            store.accept_invite("first", &bob, 12),
            store.accept_invite("first", &eve, 12)
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(one.is_some() != other.is_some());
        assert!(store.invitation("first", 13).await.unwrap().is_none());

        invite("second").await;
        let late = 10 + store::invites::INVITE_MS;
        assert!(store.invitation("second", late).await.unwrap().is_none());
        let new = store
            .accept_invite_as_new("second", "x@example.org", "X", "hash", late)
            .await
            .unwrap();
        assert!(new.is_none());
        // and the account was not made either
        assert!(
            store
                .account_by_email("x@example.org")
                .await
                .unwrap()
                .is_none()
        );
        let id = store.invites(&project, 20).await.unwrap()[0].id.clone();
        assert!(store.revoke_invite(&project, &id, 20).await.unwrap());
        assert!(!store.revoke_invite(&project, &id, 21).await.unwrap());
        assert!(store.invitation("second", 22).await.unwrap().is_none());

        invite("third").await;
        let (_, x) = store
            .accept_invite_as_new("third", "x@example.org", "X", "hash", 20)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            store.role_of(&project, &x).await.unwrap(),
            Some(Role::Teacher)
        );
        let states: Vec<_> = store
            .invites(&project, late)
            .await
            .unwrap()
            .into_iter()
            .map(|i| i.state)
            .collect();
        assert_eq!(
            states[0],
            store::invites::InviteState::Used { by: "X".into() }
        );
        assert_eq!(states[1], store::invites::InviteState::Revoked);
    });
}

#[test]
fn the_log_is_read_page_by_page() {
    on_both(|store| async move {
        let ada = store
            .create_account("ada@example.org", "Ada", "hash", 1)
            .await
            .unwrap();
        let project = store
            .create_project("P", &Settings::default(), &ada, 1)
            .await
            .unwrap();
        for n in 0..7 {
            let action = if n % 2 == 0 { "even" } else { "odd" };
            store
                .audit(
                    Some(&project),
                    Some(&ada),
                    action,
                    &n.to_string(),
                    "",
                    n / 3,
                )
                .await
                .unwrap();
        }
        let mut filter = store::audit::Filter::default();
        let mut seen = Vec::new();
        loop {
            let page = store.audit_entries(&project, &filter, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            filter.before = Some((last.created_at, last.id.clone()));
            seen.extend(page.into_iter().map(|entry| entry.subject));
        }
        assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
        let odd = store::audit::Filter {
            action: "odd".into(),
            account: ada.to_string(),
            before: None,
        };
        assert_eq!(
            store.audit_entries(&project, &odd, 10).await.unwrap().len(),
            3
        );
        assert_eq!(
            store.audit_actions(&project).await.unwrap(),
            ["even", "odd"]
        );
    });
}
