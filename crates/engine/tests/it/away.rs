//! Models and checkpoints in S3: a server that speaks its protocol over HTTP on this machine (`moto`, which
//! `TEST_PYTHON` names an interpreter of), and engines that share nothing but it and the database.

use crate::place::{Place, on_postgres};
use domain::method::Method;
use domain::run::Status;
use engine::artifacts::Artifacts;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BUCKET: &str = "touchstone";

/// An S3 server of this machine; ends when dropped.
struct S3 {
    child: Child,
    endpoint: String,
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl S3 {
    /// Starts one with an empty bucket; none where there is no Python with it.
    async fn start() -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Ok(python) = std::env::var("TEST_PYTHON") else {
            println!("TEST_PYTHON is not set: S3 is left out");
            return None;
        };
        let address = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let port = address.port().to_string();
        let child = Command::new(python)
            .args(["-c", "from moto.server import main; main()"])
            .args(["-H", "127.0.0.1", "-p", &port])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let s3 = Self {
            child,
            endpoint: format!("http://{address}"),
        };
        let client = reqwest::Client::new();
        let begun = Instant::now();
        loop {
            let bucket = format!("{}/{BUCKET}", s3.endpoint);
            match client.put(bucket).send().await {
                Ok(made) if made.status().is_success() => return Some(s3),
                other => assert!(begun.elapsed() < Duration::from_mins(1), "{other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What the environment must say.
    fn variables(&self) -> Vec<(String, String)> {
        let pairs = [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "one"),
            ("AWS_SECRET_ACCESS_KEY", "two"),
        ];
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    fn open(&self, prefix: &str, cache: &Path) -> Artifacts {
        let address = format!("s3://{BUCKET}/{prefix}");
        Artifacts::open_with(&address, cache, self.variables()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_machine_keeps_another_finds_whole() {
    let Some(s3) = S3::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let one = s3.open("deep/path", &folder.path().join("one"));
    let other = s3.open("deep/path", &folder.path().join("other"));
    let place = one.workplace("runs/a/1-50").unwrap();
    // more than one part of an upload, and not a whole number of them
    let weights: Vec<u8> = (0..13_000_001_u32).map(|n| n.to_le_bytes()[0]).collect();
    std::fs::write(place.join("model.safetensors"), &weights).unwrap();
    std::fs::create_dir_all(place.join("round-1")).unwrap();
    std::fs::write(place.join("round-1/position.json"), "{}").unwrap();
    std::fs::write(place.join("empty"), "").unwrap();
    let missing = other.folder("runs/a/1-50").await.unwrap_err().to_string();
    assert!(missing.contains("not in the artifact store"), "{missing}");
    assert_eq!(one.keep("runs/a/1-50").await.unwrap(), 13_000_003);
    let found = other.folder("runs/a/1-50").await.unwrap();
    assert_ne!(found, place, "a copy of its own");
    assert_eq!(
        std::fs::read(found.join("model.safetensors")).unwrap(),
        weights
    );
    assert_eq!(std::fs::read(found.join("empty")).unwrap(), b"");
    // another path of the bucket is another store
    let elsewhere = s3.open("else", &folder.path().join("third"));
    assert!(elsewhere.folder("runs/a/1-50").await.is_err());
    one.forget("runs/a").await.unwrap();
    let anew = s3.open("deep/path", &folder.path().join("fourth"));
    assert!(anew.folder("runs/a/1-50").await.is_err());

    // a bucket that is not there says so before anything is lost
    let folder = folder.path().join("fifth");
    let nobodys = Artifacts::open_with("s3://nobodys/deep", &folder, s3.variables()).unwrap();
    let place = nobodys.workplace("models/x").unwrap();
    std::fs::write(place.join("config.json"), "{}").unwrap();
    let problem = format!("{:#}", nobodys.keep("models/x").await.unwrap_err());
    assert!(
        problem.contains("models/x/config.json cannot be kept"),
        "{problem}"
    );
}

/// Two engines with caches of their own against one database and one S3: what one began before it was killed, the
/// other finishes from the last checkpoint; two runs are shared out.
#[test]
fn engines_on_two_machines_share_runs_through_s3() {
    on_postgres(|mut place| async move {
        let Some(s3) = S3::start().await else { return };
        let store = s3.open("studio", &place.folder.join("reader"));
        place.variables = s3.variables();
        place.artifacts = format!("s3://{BUCKET}/studio");
        let base = place.add_tiny();
        place.prefer(40).await;
        let done = |run: &store::runs::Run| run.status == Status::Done;

        let killed = place.start(Method::Dpo, &base, 12, 5).await;
        let mut first = place.engine_of("first", &["work"]);
        let midway = |run: &store::runs::Run| run.step > 7 && run.checkpoint.is_some();
        let before = place.until(&killed, "its middle", midway).await;
        assert!(before.step < before.steps, "it was over too soon");
        first.kill();
        // who goes on has nothing of it on disk
        let second = place.engine_of("second", &["work"]);
        let after = place.until(&killed, "its end", done).await;
        assert_ne!(after.engine, before.engine);
        assert!(!place.folder.join("artifacts").exists());
        let weights = async |run| {
            let model = place.store.model_of_run(run).await.unwrap().unwrap();
            let model = place.store.any_model(&model).await.unwrap().unwrap();
            let folder = store.folder(&model.files).await.unwrap();
            std::fs::read(folder.join("model.safetensors")).unwrap()
        };
        let continued = weights(&killed).await;

        // undisturbed, it ends with the same weights; two engines take a run each
        let third = place.engine_of("third", &["work"]);
        let whole = place.start(Method::Dpo, &base, 12, 5).await;
        let other = place.start(Method::Sft, &base, 12, 0).await;
        let whole_done = place.until(&whole, "its end", done).await;
        let other_done = place.until(&other, "its end", done).await;
        assert_ne!(whole_done.engine, other_done.engine, "not shared out");
        assert_eq!(weights(&whole).await, continued, "not the same weights");
        drop((second, third));
    });
}

impl Place {
    /// An engine on a machine of its own: with a cache that no other engine sees.
    fn engine_of(&self, machine: &str, arguments: &[&str]) -> crate::place::Process {
        let cache = self.folder.join(machine).display().to_string();
        self.engine(&[arguments, &["--cache", &cache]].concat())
    }
}
