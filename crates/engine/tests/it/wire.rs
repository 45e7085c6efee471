//! The wire format: plain requests always, the official Python client when `TEST_PYTHON` names an
//! interpreter that has it.

use crate::place::Place;
use domain::method::Method;
use domain::run::Status;
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

const SECRET: &str = "only-for-us";

struct Caller {
    client: reqwest::Client,
    base: String,
}

impl Caller {
    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let sent = self
            .client
            .post(format!("{}/{path}", self.base))
            .bearer_auth(SECRET)
            .json(body);
        let answer = sent.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn speaks_the_wire_format() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/wire.db", folder.path().display());
    let place = Place::new(&url, folder.path()).await;
    let model = place.add_tiny();
    place.prefer(24).await;
    let run = place.start(Method::RewardModel, &model, 1, 0).await;
    let engine = place.engine(&["work", "--secret", SECRET]);
    place
        .until(&run, "its end", |run| run.status == Status::Done)
        .await;
    let reward = place.store.model_of_run(&run).await.unwrap().unwrap();
    let caller = Caller {
        client: reqwest::Client::new(),
        base: format!("http://{}/v1", engine.address),
    };

    let hello = json!([{"role": "user", "content": "Hello"}]);
    let ask = json!({"model": "tiny", "messages": hello, "max_tokens": 8, "seed": 5, "logprobs": true, "top_logprobs": 2});
    let (status, one) = caller.post("chat/completions", &ask).await;
    assert_eq!(status, 200, "{one}");
    let (_, again) = caller.post("chat/completions", &ask).await;
    assert_eq!(
        one["choices"], again["choices"],
        "the same seed says the same"
    );
    let tokens = one["choices"][0]["logprobs"]["content"].as_array().unwrap();
    assert_eq!(one["usage"]["completion_tokens"], tokens.len());
    for token in tokens {
        assert!(token["logprob"].as_f64().unwrap() <= 0.0);
        assert_eq!(token["top_logprobs"].as_array().unwrap().len(), 2);
    }

    // who does not know the secret is not let in
    let stranger = caller
        .client
        .get(format!("{}/models", caller.base))
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), 401);
    let (status, problem) = caller
        .post(
            "chat/completions",
            &json!({"model": "none", "messages": hello}),
        )
        .await;
    assert_eq!(
        (status, &problem["error"]["code"]),
        (404, &json!("model_not_found"))
    );
    let long = "x".repeat(500);
    let (status, problem) = caller
        .post(
            "chat/completions",
            &json!({"model": "tiny", "messages": [{"role": "user", "content": long}]}),
        )
        .await;
    assert_eq!(status, 400);
    assert!(
        problem["error"]["message"]
            .as_str()
            .unwrap()
            .contains("reads at most 256"),
        "{problem}"
    );
    let (status, problem) = caller
        .post(
            "score",
            &json!({"model": "tiny", "prompt": "x", "response": "y"}),
        )
        .await;
    assert_eq!(status, 400, "{problem}");

    let asked = json!({"model": reward, "prompt": "Is 3 a number?", "responses": ["Yes, it is.", "No idea at all."], "parts": true});
    let (status, scored) = caller.post("score", &asked).await;
    assert_eq!(status, 200, "{scored}");
    let parts = |n: usize| -> String {
        let parts = scored["data"][n]["parts"].as_array().unwrap();
        parts
            .iter()
            .map(|part| part["text"].as_str().unwrap())
            .collect()
    };
    assert_eq!(
        (parts(0).as_str(), parts(1).as_str()),
        ("Yes, it is.", "No idea at all.")
    );
    assert!(scored["data"][0]["score"].is_number());

    python(&caller.base).await;
}

async fn python(base: &str) {
    let Ok(python) = std::env::var("TEST_PYTHON") else {
        println!("TEST_PYTHON is not set: the official client is left out");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openai_client.py");
    let mut client = Command::new(python)
        .arg(script)
        .env("OPENAI_BASE_URL", base)
        .env("OPENAI_API_KEY", SECRET)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = client.try_wait().unwrap() {
            break status;
        }
        assert!(
            begun.elapsed() < Duration::from_mins(2),
            "the client waits for ever"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let mut said = String::new();
    std::io::Read::read_to_string(&mut client.stderr.take().unwrap(), &mut said).unwrap();
    assert!(status.success(), "{said}");
}
