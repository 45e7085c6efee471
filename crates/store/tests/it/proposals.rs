//! Proposals on both databases: kept with their job, accepted as one edit, taken back, and never another project's.

use crate::on_both;
use crate::world::World;
use domain::ids::{EngineId, JobId, NodeId, PromptId};
use domain::project::Settings;
use domain::run::JobKind;
use domain::taxonomy::realmix::Answer;
use domain::taxonomy::{Edit, Kept, Name, Outline, Proposed, Step};
use store::jobs::{Lease, NewJob};
use store::proposals::{Chosen, Decided, NewProposal, Request, State};
use store::taxonomy::{By, Edited, Origin};

impl World {
    fn accepting(&self) -> By<'_> {
        By {
            account: &self.people[0],
            origin: Origin::Model,
            now: 7,
        }
    }

    /// A job that somebody works on.
    async fn asked(&self) -> Lease {
        let new = NewJob {
            kind: JobKind::Taxonomy,
            project: Some(&self.project),
            run: None,
            model: None,
            payload: serde_json::json!({}),
            account: Some(&self.people[0]),
        };
        self.store.add_job(&new, 1).await.unwrap();
        let server = EngineId::from("server");
        let claimed = self.store.claim_outside_job(&server, 2).await.unwrap();
        let claimed = claimed.unwrap();
        assert_eq!(claimed.job.kind, JobKind::Taxonomy);
        claimed.lease
    }

    async fn propose(&self, lease: &Lease, proposals: &[NewProposal]) -> bool {
        let kept = Kept::default();
        let progress = (1, 2);
        self.store
            .keep_proposals(lease, &self.project, proposals, &kept, progress, 3)
            .await
            .unwrap()
    }

    async fn accept(&self, job: &JobId, chosen: Chosen<'_>) -> Decided {
        let request = Request {
            project: &self.project,
            job,
            model: "the model",
        };
        let words = |all: &[String]| all.join("; ");
        self.store
            .accept_proposals(request, chosen, words, self.accepting())
            .await
            .unwrap()
    }

    async fn tree_paths(&self) -> Vec<String> {
        let taxonomy = self.store.taxonomy(&self.project).await.unwrap();
        taxonomy.tree.outline().to_paths()
    }

    async fn rooted(&self, paths: &str) -> NodeId {
        let edit = Edit::Graft {
            parent: None,
            outline: Outline::parse(paths).unwrap(),
        };
        let by = By {
            origin: Origin::Hand,
            ..self.accepting()
        };
        let edited = self
            .store
            .edit_taxonomy(&self.project, &edit, "a file", by)
            .await;
        assert!(matches!(edited.unwrap(), Edited::Done(_)));
        let tree = self.store.taxonomy(&self.project).await.unwrap().tree;
        tree.roots().first().unwrap().clone()
    }
}

fn add(position: i64, node: &str, parent: &NodeId, name: &str) -> NewProposal {
    NewProposal {
        position,
        what: format!("Add {name}"),
        content: Proposed::Change {
            steps: vec![Step::Insert {
                node: NodeId::from(node),
                parent: Some(parent.clone()),
                name: Name::parse(name).unwrap(),
            }],
        },
        reply: "<decision>ADD</decision>".into(),
        prompt: None,
        score: None,
    }
}

#[test]
fn accepted_proposals_are_one_edit_and_open_again_when_it_is_taken_back() {
    on_both(|store| async move {
        let w = World::new(&store, Settings::default(), 2, 1, 2).await;
        let root = w.rooted("Topics/Writing").await;
        let lease = w.asked().await;
        let proposals = [
            add(0, "x-email", &root, "Email"),
            add(1, "x-work", &NodeId::from("x-email"), "Work"),
            add(2, "x-poem", &root, "Poem"),
        ];
        assert!(w.propose(&lease, &proposals).await);
        // the same places again: nothing is new
        assert!(w.propose(&lease, &proposals).await);
        assert!(store.finish_job(&lease, Ok(()), 4).await.unwrap());
        assert!(!w.propose(&lease, &proposals).await, "the lease is over");
        let job = &lease.job;
        let listed = store
            .proposals(&w.project, job, None, (0, 10))
            .await
            .unwrap();
        let what: Vec<&str> = listed.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(what, ["Add Email", "Add Work", "Add Poem"]);
        let id = |n: usize| listed[n].id.clone();

        // what stands on one that was not accepted says so, and stays open
        let decided = w.accept(job, Chosen::These(&[id(1), id(2)])).await;
        assert_eq!(
            decided,
            Decided {
                done: 1,
                refused: 1
            }
        );
        let open = store.proposals(&w.project, job, Some(State::Open), (0, 10));
        let open = open.await.unwrap();
        assert_eq!(open.len(), 2);
        assert!(
            open[1]
                .refusal
                .as_ref()
                .unwrap()
                .contains("not in the tree")
        );
        assert_eq!(
            w.tree_paths().await,
            ["Topics", "Topics/Writing", "Topics/Poem"]
        );

        // then both can be done, in their order
        let decided = w.accept(job, Chosen::All).await;
        assert_eq!(
            decided,
            Decided {
                done: 2,
                refused: 0
            }
        );
        assert_eq!(
            w.tree_paths().await,
            [
                "Topics",
                "Topics/Writing",
                "Topics/Email",
                "Topics/Email/Work",
                "Topics/Poem"
            ]
        );
        let counts = store.proposal_counts(&w.project, job).await.unwrap();
        assert_eq!(counts, [0, 3, 0]);
        // nothing is accepted twice
        assert_eq!(w.accept(job, Chosen::All).await, Decided::default());

        let last = store.taxonomy(&w.project).await.unwrap().last.unwrap();
        assert_eq!(last.what, "Add Email; Add Work");
        let undone = store
            .undo_taxonomy(&w.project, &last.id, w.accepting())
            .await;
        assert!(matches!(undone.unwrap(), Edited::Done(_)));
        assert_eq!(
            w.tree_paths().await,
            ["Topics", "Topics/Writing", "Topics/Poem"]
        );
        let counts = store.proposal_counts(&w.project, job).await.unwrap();
        assert_eq!(counts, [2, 1, 0]);
        assert_eq!(store.open_proposals(&w.project).await.unwrap(), 2);

        // declined and open again
        let request = Request {
            project: &w.project,
            job,
            model: "the model",
        };
        let declined = store.decline_proposals(request, Chosen::All, w.accepting());
        assert_eq!(declined.await.unwrap(), 2);
        assert_eq!(w.accept(job, Chosen::All).await, Decided::default());
        assert_eq!(store.reopen_proposals(request).await.unwrap(), 2);

        // another project has none of this
        let other = World::new(&store, Settings::default(), 1, 1, 2).await;
        let foreign = Chosen::These(std::slice::from_ref(&listed[0].id));
        assert_eq!(other.accept(job, foreign).await, Decided::default());
        let seen = store.proposals(&other.project, job, None, (0, 10)).await;
        assert!(seen.unwrap().is_empty());
    });
}

#[test]
fn a_written_prompt_is_made_when_it_is_accepted_and_says_who_wrote_it() {
    on_both(|store| async move {
        let w = World::new(&store, Settings::default(), 2, 1, 2).await;
        let root = w.rooted("Topics").await;
        let lease = w.asked().await;
        let written = |position, text: &str, node: &NodeId, yes: usize| NewProposal {
            position,
            what: "Write a prompt".into(),
            content: Proposed::Prompt {
                node: node.clone(),
                text: text.into(),
                answers: (0..7)
                    .map(|n| Answer {
                        yes: n < yes,
                        said: "yes".into(),
                        why: "because".into(),
                    })
                    .collect(),
                seeds: vec![PromptId::from("seed")],
            },
            reply: "a reply\0".into(),
            prompt: None,
            score: Some(yes as f64),
        };
        let gone = NodeId::from("gone");
        let proposals = [
            written(0, "Weak?", &root, 3),
            written(1, "Write to the landlord.", &root, 7),
            written(2, "Nowhere", &gone, 7),
        ];
        assert!(w.propose(&lease, &proposals).await);
        let [before, ..] = store.data_counts(&w.project).await.unwrap();
        let decided = w.accept(&lease.job, Chosen::From(6.0)).await;
        assert_eq!(
            decided,
            Decided {
                done: 1,
                refused: 1
            }
        );
        let [after, ..] = store.data_counts(&w.project).await.unwrap();
        assert_eq!(after, before + 1, "none is made for a node that is gone");
        let done = store.proposals(&w.project, &lease.job, Some(State::Accepted), (0, 9));
        let done = done.await.unwrap();
        let (prompt, _, preview) = done[0].prompt.clone().unwrap();
        assert_eq!(preview, "Write to the landlord.");
        let prompt = store.prompt(&w.project, &prompt).await.unwrap().unwrap();
        assert_eq!(
            domain::prompt::written_by(&prompt.metadata),
            Some("the model")
        );
        assert_eq!(prompt.metadata["quality"].as_array().unwrap().len(), 7);
        assert_eq!(prompt.paths, ["Topics"]);
        let placed = store.placed(&w.project, &root).await.unwrap();
        assert_eq!(placed[0].origin, "model");
        // by people: none
        assert!(store.placed_by_people(&w.project).await.unwrap().is_empty());

        // taken back and accepted again it is the same prompt
        let last = store.taxonomy(&w.project).await.unwrap().last.unwrap();
        let undone = store
            .undo_taxonomy(&w.project, &last.id, w.accepting())
            .await;
        assert!(matches!(undone.unwrap(), Edited::Done(_)));
        let decided = w.accept(&lease.job, Chosen::From(6.0)).await;
        assert_eq!(decided.done, 1);
        let [again, ..] = store.data_counts(&w.project).await.unwrap();
        assert_eq!(again, after);
    });
}

#[test]
fn a_prompt_moves_down_and_both_are_kept_by_one_edit() {
    on_both(|store| async move {
        let w = World::new(&store, Settings::default(), 3, 1, 2).await;
        let root = w.rooted("Topics/Email").await;
        let shown = store.prompts_after(&w.project, -1, 10).await.unwrap();
        let prompt = shown[0].id.clone();
        let place = Edit::Place {
            prompts: [prompt.clone()].into(),
            node: root.clone(),
        };
        let by = By {
            origin: Origin::Hand,
            ..w.accepting()
        };
        store
            .edit_taxonomy(&w.project, &place, "by hand", by)
            .await
            .unwrap();
        let tree = store.taxonomy(&w.project).await.unwrap().tree;
        let email = tree.below(Some(&root)).first().unwrap().clone();
        let known = store.placed_by_people(&w.project).await.unwrap();
        assert_eq!(known, [(root.clone(), prompt.clone())]);
        let lease = w.asked().await;
        let down = NewProposal {
            position: shown[0].number,
            what: "Email".into(),
            content: Proposed::Place {
                prompt: prompt.clone(),
                from: Some(root.clone()),
                node: email.clone(),
                cosine: None,
                second: None,
            },
            reply: String::new(),
            prompt: Some(prompt.clone()),
            score: Some(0.5),
        };
        assert!(w.propose(&lease, &[down]).await);
        assert_eq!(w.accept(&lease.job, Chosen::All).await.done, 1);
        let tree = store.taxonomy(&w.project).await.unwrap().tree;
        assert!(tree.get(&root).unwrap().prompts.is_empty());
        assert!(tree.get(&email).unwrap().prompts.contains(&prompt));
        let by_id = store.prompts_by_id(&w.project, [&prompt, &prompt]).await;
        assert_eq!(by_id.unwrap().len(), 1);
    });
}
