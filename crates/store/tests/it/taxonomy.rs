//! The taxonomy on both databases: import, edits, undoing, and what becomes of the prompts.

use crate::on_both;
use crate::world::World;
use domain::ids::{NodeId, PromptId};
use domain::project::Settings;
use domain::taxonomy::{Edit, Leaving, Name, Outline, Refused, Step};
use sqlx::Row;
use std::collections::BTreeSet;
use store::taxonomy::{By, Edited, Origin};

async fn world(store: &store::Store, prompts: usize) -> World {
    World::new(store, Settings::default(), prompts, 1, 2).await
}

impl World {
    fn by(&self, origin: Origin) -> By<'_> {
        By {
            account: &self.people[0],
            origin,
            now: 7,
        }
    }
    async fn edit(&self, edit: Edit) -> Edited {
        let by = self.by(Origin::Hand);
        self.store
            .edit_taxonomy(&self.project, &edit, "an edit", by)
            .await
            .unwrap()
    }
    async fn graft(&self, paths: &str) {
        let outline = Outline::parse(paths).unwrap();
        assert!(matches!(
            self.edit(Edit::Graft {
                parent: None,
                outline
            })
            .await,
            Edited::Done(_)
        ));
    }
    async fn at(&self, path: &str) -> NodeId {
        let row = sqlx::query("SELECT id FROM node WHERE project = $1 AND path = $2")
            .bind(self.project.as_str())
            .bind(path)
            .fetch_optional(&self.store.read)
            .await
            .unwrap();
        NodeId(
            row.unwrap_or_else(|| panic!("{path} is not there"))
                .try_get("id")
                .unwrap(),
        )
    }
    /// Every row that an edit may touch.
    async fn rows(&self) -> Vec<String> {
        let mut all = Vec::new();
        for text in [
            "SELECT path || ' ' || name || ' ' || COALESCE(parent, '-') AS it FROM node WHERE project = $1 ORDER BY path",
            "SELECT n.path || ' ' || x.prompt AS it FROM prompt_node x JOIN node n ON n.id = x.node WHERE n.project = $1 ORDER BY n.path, x.prompt",
        ] {
            let rows = sqlx::query(text)
                .bind(self.project.as_str())
                .fetch_all(&self.store.read)
                .await
                .unwrap();
            all.extend(
                rows.iter()
                    .map(|row| row.try_get::<String, _>("it").unwrap()),
            );
        }
        all
    }
    async fn paths(&self) -> Vec<String> {
        self.store
            .taxonomy(&self.project)
            .await
            .unwrap()
            .tree
            .outline()
            .to_paths()
    }
    async fn waiting(&self) -> i64 {
        let row = sqlx::query("SELECT COUNT(*) AS n FROM prompt WHERE project = $1 AND placed = 0")
            .bind(self.project.as_str())
            .fetch_one(&self.store.read)
            .await
            .unwrap();
        row.try_get("n").unwrap()
    }
    async fn undo(&self) -> Edited {
        let last = self
            .store
            .taxonomy(&self.project)
            .await
            .unwrap()
            .last
            .unwrap();
        self.store
            .undo_taxonomy(&self.project, &last.id, self.by(Origin::Hand))
            .await
            .unwrap()
    }
}

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

#[test]
fn edits_are_kept_and_taken_back_one_by_one() {
    on_both(|store| async move {
        let w = world(&store, 6).await;
        let prompts = w.prompts().await;
        w.graft("Topics/A/B\nTopics/A/C/D\nTopics/A\\/B").await;
        assert_eq!(
            w.paths().await,
            [
                "Topics",
                "Topics/A",
                "Topics/A/B",
                "Topics/A/C",
                "Topics/A/C/D",
                r"Topics/A\/B"
            ]
        );
        let (a, b, c) = (
            w.at("Topics/A").await,
            w.at("Topics/A/B").await,
            w.at("Topics/A/C").await,
        );
        let some: BTreeSet<PromptId> = prompts[..3].iter().cloned().collect();
        w.edit(Edit::Place {
            prompts: some,
            node: b.clone(),
        })
        .await;
        let other: BTreeSet<PromptId> = prompts[2..5].iter().cloned().collect();
        w.edit(Edit::Place {
            prompts: other,
            node: w.at("Topics/A/C/D").await,
        })
        .await;
        assert_eq!(w.store.placed(&w.project, &b).await.unwrap().len(), 3);
        assert_eq!(
            w.store.placed(&w.project, &b).await.unwrap()[0].origin,
            "hand"
        );

        let mut states = vec![w.rows().await];
        for edit in [
            Edit::Rename {
                node: a.clone(),
                name: name("Alpha/Beta"),
            },
            Edit::Move {
                node: c.clone(),
                to: None,
            },
            // its name frees a path that another takes in the same edit
            Edit::Merge {
                node: b.clone(),
                into: a.clone(),
            },
            Edit::Split {
                node: w.at(r"Topics/A\/B").await,
                into: vec![name("One"), name("Two")],
            },
            Edit::Delete {
                node: c.clone(),
                prompts: Leaving::Unplaced,
            },
            Edit::Delete {
                node: a.clone(),
                prompts: Leaving::Parent,
            },
        ] {
            assert!(matches!(w.edit(edit).await, Edited::Done(_)));
            states.push(w.rows().await);
        }
        assert_eq!(w.paths().await, ["Topics", "Topics/One", "Topics/Two"]);
        let top = w.at("Topics").await;
        assert_eq!(w.store.placed(&w.project, &top).await.unwrap().len(), 3);
        for state in states.iter().rev().skip(1) {
            assert!(matches!(w.undo().await, Edited::Done(_)));
            assert_eq!(&w.rows().await, state);
        }
        // what is refused changes nothing, and neither does undoing what is not the newest
        let last = w.store.taxonomy(&w.project).await.unwrap().last.unwrap();
        assert_eq!(
            w.edit(Edit::Move {
                node: top.clone(),
                to: Some(a.clone())
            })
            .await,
            Edited::Refused(Refused::Cycle(name("Topics")))
        );
        assert!(matches!(
            w.edit(Edit::Rename {
                node: top,
                name: name("T")
            })
            .await,
            Edited::Done(_)
        ));
        let again = w
            .store
            .undo_taxonomy(&w.project, &last.id, w.by(Origin::Hand))
            .await
            .unwrap();
        assert_eq!(again, Edited::NotNewest);
        // the log knows them all
        let entries = w
            .store
            .audit_entries(&w.project, &store::audit::Filter::default(), 100)
            .await
            .unwrap();
        let count = |action: &str| entries.iter().filter(|e| e.action == action).count();
        assert_eq!(
            (count("edit-taxonomy"), count("undo-taxonomy")),
            (3 + 6 + 1, 6)
        );
    });
}

#[test]
fn prompts_whose_nodes_change_are_counted_anew_and_no_others() {
    on_both(|store| async move {
        let w = world(&store, 4).await;
        let prompts = w.prompts().await;
        w.graft("T/A/B\nT/C").await;
        let (b, c) = (w.at("T/A/B").await, w.at("T/C").await);
        w.edit(Edit::Place {
            prompts: BTreeSet::from([prompts[0].clone()]),
            node: b.clone(),
        })
        .await;
        w.edit(Edit::Place {
            prompts: BTreeSet::from([prompts[1].clone()]),
            node: c.clone(),
        })
        .await;
        assert_eq!(w.waiting().await, 2);
        let settle = "UPDATE prompt SET placed = 1";
        sqlx::query(settle).execute(&w.store.write).await.unwrap();
        // a name changes nothing of what is counted where; another parent does, for what stands below
        w.edit(Edit::Rename {
            node: w.at("T").await,
            name: name("Topics"),
        })
        .await;
        assert_eq!(w.waiting().await, 0);
        w.edit(Edit::Move {
            node: w.at("Topics/A").await,
            to: Some(c),
        })
        .await;
        assert_eq!(w.waiting().await, 1);
        assert_eq!(w.at("Topics/C/A/B").await, b);
        sqlx::query(settle).execute(&w.store.write).await.unwrap();
        w.undo().await;
        assert_eq!(w.waiting().await, 1);
    });
}

#[test]
fn undoing_is_refused_where_something_newer_is_in_the_way() {
    on_both(|store| async move {
        let w = world(&store, 1).await;
        w.graft("T/A").await;
        // an import puts a prompt on the node that the edit made
        sqlx::query("INSERT INTO prompt_node (prompt, node) VALUES ($1, $2)")
            .bind(w.prompts().await[0].as_str())
            .bind(w.at("T/A").await.as_str())
            .execute(&w.store.write)
            .await
            .unwrap();
        let before = w.rows().await;
        assert_eq!(
            w.undo().await,
            Edited::Refused(Refused::NotEmpty(name("A")))
        );
        assert_eq!(w.rows().await, before);
        assert!(
            w.store.taxonomy(&w.project).await.unwrap().last.is_some(),
            "it still stands"
        );
    });
}

#[test]
fn accepted_proposals_come_in_as_a_models_work_and_projects_keep_apart() {
    on_both(|store| async move {
        let (w, foreign) = (world(&store, 2).await, world(&store, 1).await);
        w.graft("T/A").await;
        foreign.graft("T/A").await;
        let (node, id) = (w.at("T/A").await, w.prompts().await[0].clone());
        let steps = [Step::Place {
            prompt: id.clone(),
            node: node.clone(),
        }];
        let by = w.by(Origin::Model);
        assert_eq!(
            w.store
                .apply_taxonomy(&w.project, &steps, "accepted", by)
                .await
                .unwrap(),
            Edited::Done(1)
        );
        assert_eq!(
            w.store.placed(&w.project, &node).await.unwrap()[0].origin,
            "model"
        );
        // a node of another project does not exist
        let edit = Edit::Rename {
            node: foreign.at("T/A").await,
            name: name("B"),
        };
        assert_eq!(w.edit(edit).await, Edited::Refused(Refused::NoNode));
        assert!(
            w.store
                .placed(&foreign.project, &node)
                .await
                .unwrap()
                .is_empty()
        );
        let listed = [id.to_string(), foreign.prompts().await[0].to_string()];
        let among = w.store.prompts_among(&w.project, &listed).await.unwrap();
        assert_eq!(among, BTreeSet::from([id]));
        let last = w.store.taxonomy(&w.project).await.unwrap().last.unwrap();
        let by = foreign.by(Origin::Hand);
        assert_eq!(
            foreign
                .store
                .undo_taxonomy(&foreign.project, &last.id, by)
                .await
                .unwrap(),
            Edited::NotNewest
        );
    });
}

#[test]
fn edits_at_the_same_time_queue() {
    on_both(|store| async move {
        let w = world(&store, 0).await;
        w.graft("T").await;
        let parent = Some(w.at("T").await);
        let mut all = Vec::new();
        for n in 0..8 {
            // four names, each twice: the second of a name is refused
            let edit = Edit::Add {
                parent: parent.clone(),
                name: name(&format!("n{}", n % 4)),
            };
            let (store, project, account) =
                (w.store.clone(), w.project.clone(), w.people[0].clone());
            all.push(tokio::spawn(async move {
                let by = By {
                    account: &account,
                    origin: Origin::Hand,
                    now: 1,
                };
                store
                    .edit_taxonomy(&project, &edit, "add", by)
                    .await
                    .unwrap()
            }));
        }
        let (mut done, mut refused) = (0, 0);
        for it in all {
            match it.await.unwrap() {
                Edited::Done(_) => done += 1,
                Edited::Refused(_) => refused += 1,
                Edited::NotNewest => unreachable!("nothing is undone"),
            }
        }
        assert_eq!((done, refused, w.paths().await.len()), (4, 4, 5));
    });
}
