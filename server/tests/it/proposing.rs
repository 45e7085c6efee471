//! Models that propose for the tree, with a server that stands in for the model: what is asked, kept, taken up again
//! after a kill, accepted, taken back.

use crate::browser::{Browser, Page};
use crate::learning::project;
use crate::test_app::{TestApp, on_both};
use app::text::proposing as text;
use axum::body::Bytes;
use axum::{Json, Router, extract::State, routing};
use domain::ids::{NodeId, ProjectId, PromptId, UserId};
use domain::prompt::{Message, SourceKind};
use domain::taxonomy::{Edit, Outline, Tree};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::comparisons::{Comparison, Said};
use store::taxonomy::{By, Edited, Origin};

/// What the stand-in was asked, and after how many questions it falls silent.
#[derive(Clone, Default)]
struct Model {
    asked: Arc<AtomicUsize>,
    silent_after: Arc<AtomicUsize>,
}

impl Model {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Answers by known rules. Of “Riddle” it says nothing that can be read.
fn reply(text: &str, number: usize) -> String {
    let line = |before: &str| {
        let (_, rest) = text.split_once(before)?;
        rest.lines().next()
    };
    if let Some(new) = line("The new category: ") {
        let level = line("The level stands below: ").unwrap();
        return match (new, level) {
            ("Riddle", _) => "I would rather not say.".into(),
            ("Poem" | "Sonnet", "Topics") => "<decision>Writing</decision>".into(),
            ("Sonnet", "Topics/Writing") => "Below poems. <decision>Poem</decision>".into(),
            ("Style", _) => "<decision>EXISTS</decision>".into(),
            _ => "It is new.\n<decision>ADD</decision>".into(),
        };
    }
    if text.starts_with("You tidy one level") {
        return match line("below: ") {
            Some("Topics") => "<decision>{\"delete\": [\"Coding\"]}</decision>".into(),
            _ => "<decision>{\"keep\": []}</decision>".into(),
        };
    }
    if text.starts_with("You sort a prompt") {
        let (_, prompt) = text.split_once("<prompt>").unwrap();
        let below = text.lines().filter_map(|line| line.split_once(". "));
        let chosen = below
            .filter(|(number, _)| number.parse::<usize>().is_ok_and(|n| n > 0))
            .find(|(_, name)| {
                prompt.contains(name) || (*name == "Writing" && prompt.contains("Email"))
            });
        return match chosen {
            Some((number, _)) => format!("So. <decision>{number} | 90</decision>"),
            None => "<decision>0 | 70</decision>".into(),
        };
    }
    if text.starts_with("Write a new prompt") {
        return format!("Well.\n<prompt>Write Email number {number} to <the> landlord</prompt>");
    }
    let answers = (1..=7).map(|n| match n {
        2 => "2. borderline | the letter is missing".to_owned(),
        n => format!("{n}. yes | because {n}"),
    });
    answers.collect::<Vec<_>>().join("\n")
}

/// A server with this model; its vectors count a few words.
async fn served(model: Model) -> String {
    async fn chat(State(model): State<Model>, body: Bytes) -> Json<Value> {
        let number = model.asked.fetch_add(1, Ordering::SeqCst) + 1;
        while number > model.silent_after.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let text = asked["messages"][0]["content"].as_str().unwrap();
        Json(json!({
            "choices": [{"message": {"role": "assistant", "content": reply(text, number)}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10},
        }))
    }
    async fn embed(body: Bytes) -> Json<Value> {
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let texts = asked["input"].as_array().unwrap();
        let vector = |(index, text): (usize, &Value)| {
            let text = text.as_str().unwrap();
            let count = |word: &str| text.matches(word).count() as f64;
            let vector = [count("Coding"), count("Email"), count("Question"), 0.1];
            json!({"index": index, "embedding": vector})
        };
        let data: Vec<Value> = texts.iter().enumerate().map(vector).collect();
        Json(json!({ "data": data }))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/v1/chat/completions", routing::post(chat))
        .route("/v1/embeddings", routing::post(embed))
        .with_state(model);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

/// A project with a tree, prompts, and the model as an endpoint.
struct Story {
    app: TestApp,
    project: ProjectId,
    owner: UserId,
    browser: Browser,
    model: Model,
    /// Where requests are posted.
    form: String,
}

impl Story {
    async fn new(app: &TestApp, paths: &str, prompts: &[&str]) -> Self {
        let (project, owner, mut browser) = project(app).await;
        let form = format!("/projects/{project}/data/taxonomy/propose");
        browser.get(&form).await.holds(text::NO_TREE);
        let model = Model::default();
        model.silent_after.store(usize::MAX, Ordering::SeqCst);
        let story = Self {
            app: app.clone(),
            project,
            owner,
            browser,
            model,
            form,
        };
        let outline = Outline::parse(paths).unwrap();
        story
            .edit(Edit::Graft {
                parent: None,
                outline,
            })
            .await;
        for (n, words) in prompts.iter().enumerate() {
            let said = |source: &str| Said {
                source: source.to_owned(),
                kind: SourceKind::Model,
                text: format!("{source} {n}"),
                metadata: json!({}),
            };
            let comparison = Comparison {
                prompt: None,
                messages: vec![Message::user(*words)],
                left: said("one"),
                right: said("two"),
                strength: 1,
                both_bad: false,
                reason: String::new(),
            };
            let store = &app.store;
            let saved = store.save_comparison(&story.project, &comparison, &story.owner, 10);
            saved.await.unwrap();
        }
        story
    }

    async fn with_model(mut self) -> Self {
        self.browser.get(&self.form).await.holds(text::NO_MODELS);
        let base = served(self.model.clone()).await;
        let fields = [
            ("name", "outside"),
            ("base_url", &*base),
            ("key", ""),
            ("models", "sage"),
        ];
        let endpoints = format!("/projects/{}/endpoints", self.project);
        let page = self.browser.post(&endpoints, &fields).await;
        page.has_status(303);
        self
    }

    async fn edit(&self, edit: Edit) {
        let by = By {
            account: &self.owner,
            origin: Origin::Hand,
            now: 7,
        };
        let store = &self.app.store;
        let edited = store
            .edit_taxonomy(&self.project, &edit, "by hand", by)
            .await;
        assert!(matches!(edited.unwrap(), Edited::Done(_)));
    }

    async fn tree(&self) -> Tree {
        let taxonomy = self.app.store.taxonomy(&self.project).await.unwrap();
        taxonomy.tree
    }

    async fn paths(&self) -> Vec<String> {
        self.tree().await.outline().to_paths()
    }

    async fn node(&self, path: &str) -> NodeId {
        let tree = self.tree().await;
        let found = tree.iter().find(|(id, _)| tree.path(id) == path);
        found.unwrap_or_else(|| panic!("{path}")).0.clone()
    }

    async fn prompts(&self) -> Vec<PromptId> {
        let store = &self.app.store;
        let shown = store.prompts_after(&self.project, -1, 100).await.unwrap();
        shown.into_iter().map(|it| it.id).collect()
    }

    async fn put(&self, prompts: &[PromptId], path: &str) {
        let node = self.node(path).await;
        let prompts = prompts.iter().cloned().collect();
        self.edit(Edit::Place { prompts, node }).await;
    }

    /// Asks, and gives the job's address.
    async fn ask(&mut self, fields: &[(&str, &str)]) -> String {
        let page = self.browser.post(&self.form, fields).await;
        page.has_status(303);
        page.location().to_owned()
    }

    /// Works until the job is over.
    async fn finished(&mut self, at: &str) -> Page {
        let server = tokio::spawn(app::worker::work(self.app.app.clone()));
        let mut page = self.browser.get(at).await;
        for _ in 0..400 {
            if !page.headers.contains_key("refresh") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            page = self.browser.get(at).await;
        }
        server.abort();
        page
    }

    /// The identifier of the proposal that does this.
    fn proposal(page: &Page, what: &str) -> String {
        let label = format!("aria-label=\"{}: {what}\"", text::ACCEPT);
        let (before, _) = page
            .body
            .split_once(&label)
            .unwrap_or_else(|| panic!("{label} in {}", page.body));
        let (_, value) = before.rsplit_once("value=\"").unwrap();
        value.split_once('"').unwrap().0.to_owned()
    }

    async fn undo(&mut self) {
        let tree = format!("/projects/{}/data/taxonomy", self.project);
        let page = self.browser.get(&tree).await;
        let edit = page.between("name=\"edit\" value=\"", "\"").unwrap();
        let page = self
            .browser
            .post(&format!("{tree}/undo"), &[("edit", &edit)])
            .await;
        page.leads_to(&format!("{tree}?undone"));
    }
}

#[test]
fn names_find_their_place_after_a_kill_and_are_accepted_as_one_change() {
    on_both(|app| async move {
        let story = Story::new(&app, "Topics/Writing/Letter\nTopics/Coding", &[]).await;
        let mut s = story.with_model().await;
        let topics = s.node("Topics").await;

        // everything that is wrong is named, and what was typed stays
        let wrong = [
            ("do", "insert"),
            ("model", "nobody"),
            ("node", "nowhere"),
            ("names", "Poem\n"),
        ];
        let page = s.browser.post(&s.form, &wrong).await;
        page.has_status(422)
            .holds(text::NO_SUCH)
            .holds(text::NO_NODE)
            .holds("Poem");

        // the third question is asked and never answered, then the server is killed
        s.model.silent_after.store(2, Ordering::SeqCst);
        let names = "Poem\nSonnet\nStyle\nRiddle\nMaths\ncoding";
        let asked = [
            ("do", "insert"),
            ("model", "outside/sage"),
            ("node", topics.as_str()),
            ("names", names),
            ("price_in", "10"),
        ];
        let job = s.ask(&asked).await;
        let server = tokio::spawn(app::worker::work(app.app.clone()));
        while s.model.asked() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server.abort();
        let page = s.browser.get(&job).await;
        page.holds("<dt>Calls</dt><dd>2</dd>")
            .holds(text::REFRESHES);
        // those so far can be decided on meanwhile
        let page = s.browser.get(&format!("{job}?view=open")).await;
        page.holds("Add “Poem” below Topics/Writing");
        sqlx::query("UPDATE job SET lease_until = 0 WHERE kind = 'taxonomy'")
            .execute(&app.store.write)
            .await
            .unwrap();
        s.model.silent_after.store(usize::MAX, Ordering::SeqCst);
        let page = s.finished(&job).await;
        // poem 2; sonnet 2 (below a leaf it is added); style 1; riddle 3; maths 1; coding is there. The third
        // question once more: its reply never came.
        page.holds("<dt>Calls</dt><dd>9</dd>")
            .holds("<dt>Replies that cannot be read</dt><dd>3</dd>")
            .holds("<dt>Cost</dt><dd>0.0090</dd>");
        assert_eq!(s.model.asked(), 10);
        let left = s.browser.get(&format!("{job}?view=left")).await;
        left.holds("Style").holds("Riddle").holds("coding");
        let calls = s
            .browser
            .get(&format!("{job}?view=calls&show=unread"))
            .await;
        calls.holds("I would rather not say.");
        assert_eq!(s.paths().await.len(), 4, "nothing changed yet");

        // what stands on one that is not accepted says so
        let sonnet = Story::proposal(&page, "Add “Sonnet” below Topics/Writing/Poem");
        let done = s.browser.post(&job, &[("accept", &sonnet)]).await;
        done.leads_to(&format!("{job}?view=open&done=0&refused=1"));
        let page = s.browser.get(done.location()).await;
        page.holds("this node is not in the tree (any more)");
        let maths = Story::proposal(&page, "Add “Maths” below Topics");
        let page = s.browser.post(&job, &[("decline", &maths)]).await;
        page.leads_to(&format!("{job}?view=open"));
        let page = s.browser.post(&job, &[("do", "accept-ticked")]).await;
        page.leads_to(&format!("{job}?view=open&nothing"));

        // another project's owner cannot name them
        let other = crate::fixture::World::new(&app, "other").await;
        let mut stranger = app.signed_in(&other.members[&domain::Role::Owner]).await;
        let elsewhere = format!(
            "/projects/{}/data/taxonomy/proposals/{}",
            other.project,
            other_job(&other)
        );
        let page = stranger.post(&elsewhere, &[("accept", &sonnet)]).await;
        page.leads_to(&format!("{elsewhere}?view=open&done=0&refused=0"));

        let page = s.browser.post(&job, &[("do", "accept-all")]).await;
        page.leads_to(&format!("{job}?view=open&done=2&refused=0"));
        let all = s.paths().await;
        assert!(all.contains(&"Topics/Writing/Poem/Sonnet".to_owned()));
        assert!(!all.contains(&"Topics/Maths".to_owned()));
        let tree = format!("/projects/{}/data/taxonomy", s.project);
        s.browser
            .get(&tree)
            .await
            .holds("2 proposals by outside/sage");
        s.undo().await;
        assert_eq!(s.paths().await.len(), 4);
        let page = s.browser.get(&tree).await;
        page.holds("2 proposals wait for you");

        // the same again costs nothing: every reply that could be read is remembered
        let page = s.browser.post(&job, &[("do", "again")]).await;
        let again = page.location().to_owned();
        s.finished(&again).await;
        assert_eq!(s.model.asked(), 13, "only the riddle is asked again");
    });
}

fn other_job(world: &crate::fixture::World) -> &str {
    world.object("proposing")
}

#[test]
fn a_level_is_tidied_and_a_request_can_be_cancelled() {
    on_both(|app| async move {
        let story = Story::new(&app, "Topics/Writing/Letter\nTopics/Coding", &["Question"]).await;
        let mut s = story.with_model().await;
        let prompts = s.prompts().await;
        s.put(&prompts, "Topics/Coding").await;
        let (topics, letter) = (
            s.node("Topics").await,
            s.node("Topics/Writing/Letter").await,
        );
        let asked = |node: &str| {
            [("do", "refine"), ("model", "outside/sage"), ("node", node)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let wrong = asked(letter.as_str());
        let wrong: Vec<_> = wrong
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let page = s.browser.post(&s.form, &wrong).await;
        page.has_status(422).holds(text::ONE_BELOW);
        let fields = asked(topics.as_str());
        let fields: Vec<_> = fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let job = s.ask(&fields).await;
        let page = s.finished(&job).await;
        page.holds("Delete “Coding”; its prompts go to the node above");
        let page = s.browser.post(&job, &[("do", "accept-all")]).await;
        page.leads_to(&format!("{job}?view=open&done=1&refused=0"));
        let tree = s.tree().await;
        assert_eq!(tree.get(&topics).unwrap().prompts.len(), 1);
        s.undo().await;

        let job = s.ask(&fields).await;
        let page = s.browser.post(&job, &[("do", "cancel")]).await;
        page.leads_to(&job);
        s.browser.get(&job).await.holds(text::CANCELLED);
        let page = s.browser.post(&job, &[("do", "cancel")]).await;
        page.has_status(409);
        s.browser
            .post(&job, &[("do", "dance")])
            .await
            .has_status(400);
    });
}

#[test]
fn prompts_find_their_leaves_by_asking_and_by_embedding() {
    on_both(|app| async move {
        let prompts = [
            "Question about Coding one",
            "Question about Coding two",
            "An Email to a friend",
            "An Email to a bank",
            "Question about Coding three",
            "Email, please",
            "What is the weather?",
        ];
        let story = Story::new(&app, "Topics/Writing/Email\nTopics/Coding", &prompts).await;
        let mut s = story.with_model().await;
        let all = s.prompts().await;
        s.put(&all[..2], "Topics/Coding").await;
        s.put(&all[2..4], "Topics/Writing/Email").await;
        let topics = s.node("Topics").await;
        let leaf = s.node("Topics/Coding").await;
        let page = s
            .browser
            .post(
                &s.form,
                &[
                    ("do", "place"),
                    ("model", "outside/sage"),
                    ("node", leaf.as_str()),
                ],
            )
            .await;
        page.has_status(422).holds(text::NOTHING_BELOW);

        let form = |by: &'static str| {
            vec![
                ("do", "place".to_owned()),
                ("model", "outside/sage".to_owned()),
                ("node", topics.to_string()),
                ("by", by.to_owned()),
            ]
        };
        let asked = form("model");
        let fields: Vec<_> = asked.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let job = s.ask(&fields).await;
        let page = s.finished(&job).await;
        // four that were placed, at 1, 1, 2 and 2 calls; then 1, 2 and 1
        page.holds("Tried on 4 prompts that people placed: 4 right (100 %")
            .holds("<dt>Calls</dt><dd>10</dd>")
            .holds("90 sure")
            .holds("81 sure");
        let left = s.browser.get(&format!("{job}?view=left")).await;
        left.holds("Prompt 7").holds("nothing fits");
        // only the surer one
        let from = [("do", "accept-from"), ("from", "85")];
        let page = s.browser.post(&job, &from).await;
        page.leads_to(&format!("{job}?view=open&done=1&refused=0"));
        let tree = s.tree().await;
        assert!(tree.get(&leaf).unwrap().prompts.contains(&all[4]));
        let node = format!("/projects/{}/data/taxonomy/nodes/{leaf}", s.project);
        s.browser.get(&node).await.holds("by a model");
        s.undo().await;

        let asked = form("embedding");
        let fields: Vec<_> = asked.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let before = s.model.asked();
        let job = s.ask(&fields).await;
        let page = s.finished(&job).await;
        page.holds("Tried on 4 prompts that people placed: 4 right (100 %")
            .holds("ahead")
            .holds("of Topics/Coding");
        assert_eq!(s.model.asked(), before, "nobody is asked in words");
        let page = s.browser.post(&job, &[("do", "accept-all")]).await;
        page.leads_to(&format!("{job}?view=open&done=3&refused=0"));
        s.browser.get(&node).await.holds("by embedding");
        let tree = s.tree().await;
        assert_eq!(tree.prompts_below(&topics).len(), 7);
    });
}

#[test]
fn prompts_are_written_for_thin_nodes_and_say_who_wrote_them() {
    on_both(|app| async move {
        let prompts = [
            "An Email one",
            "An Email two",
            "An Email three",
            "Coding",
            "Email five",
        ];
        let story = Story::new(&app, "Topics/Writing/Email\nTopics/Coding\nAlone", &prompts).await;
        let mut s = story.with_model().await;
        let all = s.prompts().await;
        s.put(&all[..3], "Topics/Writing/Email").await;
        s.put(&all[3..], "Topics/Coding").await;
        let (email, alone) = (s.node("Topics/Writing/Email").await, s.node("Alone").await);
        let tree = format!("/projects/{}/data/taxonomy", s.project);
        s.browser.get(&tree).await.holds(text::LINK_WRITE);
        let page = s.browser.get(&format!("{}?do=write", s.form)).await;
        page.holds("Topics/Writing/Email").holds("no prompts yet");
        let none = [("do", "write"), ("model", "outside/sage")];
        s.browser.post(&s.form, &none).await.has_status(422);

        let asked = [
            ("do", "write"),
            ("model", "outside/sage"),
            ("node", email.as_str()),
            ("node", alone.as_str()),
            ("each", "2"),
        ];
        let job = s.ask(&asked).await;
        let page = s.finished(&job).await;
        page.holds("&lt;the&gt; landlord")
            .holds("6 of 7")
            .holds("borderline, counts as no")
            .holds("the letter is missing")
            .lacks("<the>");
        let left = s.browser.get(&format!("{job}?view=left")).await;
        left.holds("Alone").holds("the facet needs four");
        let from = [("do", "accept-from"), ("from", "6")];
        let page = s.browser.post(&job, &from).await;
        page.leads_to(&format!("{job}?view=open&done=2&refused=0"));
        let page = s.browser.get(&format!("{job}?view=accepted")).await;
        page.holds(text::TO_GENERATE);

        let all = s.prompts().await;
        assert_eq!(all.len(), 7);
        let data = format!("/projects/{}/data", s.project);
        let written = app::text::data::WRITTEN;
        s.browser.get(&data).await.holds(written);
        let page = s.browser.get(&format!("{data}/prompts/{}", all[6])).await;
        page.holds("written by a model: outside/sage")
            .holds("Topics/Writing/Email");
        let page = s.browser.get(&format!("{tree}/nodes/{email}")).await;
        page.holds(written).holds("by a model");
        s.undo().await;
        assert_eq!(
            s.prompts().await.len(),
            7,
            "a prompt stays, without its place"
        );
        let tree = s.tree().await;
        assert_eq!(tree.get(&email).unwrap().prompts.len(), 3);
    });
}
