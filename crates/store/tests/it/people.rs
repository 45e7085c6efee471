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
