//! Models from the Hugging Face hub, over plain HTTPS. A download that was cut off goes on where it
//! stopped; every file's size is checked, and the weights' SHA-256, which the hub states.

use anyhow::{Context, bail, ensure};
use reqwest::{Client, StatusCode, header};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// How often one file is tried before giving up.
const TRIES: usize = 5;
/// Files besides the weights.
const WORDS: [&str; 7] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "vocab.txt",
];

/// What the hub says about a model.
#[derive(Deserialize)]
struct Listing {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Clone, Deserialize)]
struct Sibling {
    #[serde(rename = "rfilename")]
    name: String,
    size: Option<u64>,
    lfs: Option<Lfs>,
}

#[derive(Clone, Deserialize)]
struct Lfs {
    sha256: String,
}

/// Whether this looks like a hub name: `owner/model`, or `owner/model:file.gguf`.
pub fn is_name(text: &str) -> bool {
    let (model, _) = text.split_once(':').unwrap_or((text, ""));
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match model.split_once('/') {
        Some((owner, name)) => [owner, name]
            .iter()
            .all(|part| !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed)),
        None => false,
    }
}

/// A client for the hub.
///
/// # Errors
/// When there is no TLS.
pub fn client() -> anyhow::Result<Client> {
    Client::builder()
        .user_agent(concat!("touchstone/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(15))
        .read_timeout(Duration::from_mins(1))
        .build()
        .context("no HTTP client")
}

/// Downloads a model into `folder`; the commit that it is of. `progress(bytes, of)` is told how far it is,
/// and says whether to go on.
///
/// # Errors
/// When the hub cannot be reached, has no such model, or a file is not what the hub says it is.
pub async fn fetch(
    client: &Client,
    hub: &str,
    name: &str,
    folder: &Path,
    progress: &mut (dyn FnMut(u64, u64) -> bool + Send),
) -> anyhow::Result<String> {
    let (model, file) = match name.split_once(':') {
        Some((model, file)) => (model, Some(file)),
        None => (name, None),
    };
    let address = format!("{hub}/api/models/{model}?blobs=true");
    let response = client.get(&address).send().await.with_context(|| {
        format!("{hub} cannot be reached: add the model from a folder or a GGUF file instead")
    })?;
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED => {
            bail!("{model} is not on {hub}, or is not open to everybody")
        }
        status => ensure!(status.is_success(), "{hub} answers {status}"),
    }
    let listing: Listing = response
        .json()
        .await
        .context("the hub's answer cannot be read")?;
    let wanted = wanted(&listing.siblings, file)?;
    let total = wanted.iter().filter_map(|it| it.size).sum();
    let mut before = 0;
    for sibling in wanted {
        let address = format!("{hub}/{model}/resolve/{}/{}", listing.sha, sibling.name);
        let mut told = |bytes: u64| progress(before + bytes, total);
        download(client, &address, &sibling, folder, &mut told).await?;
        before += sibling.size.unwrap_or(0);
    }
    Ok(listing.sha)
}

/// The files that are needed: one GGUF file if it is named, else the weights as safetensors with their words.
fn wanted(all: &[Sibling], file: Option<&str>) -> anyhow::Result<Vec<Sibling>> {
    if let Some(file) = file {
        let found = all.iter().find(|it| it.name == file);
        return match found {
            Some(one) => Ok(vec![one.clone()]),
            None => bail!("the model has no file {file}"),
        };
    }
    let weights = |it: &&Sibling| {
        !it.name.contains('/')
            && (it.name.ends_with(".safetensors") || it.name.ends_with(".safetensors.index.json"))
    };
    if !all.iter().any(|it| weights(&it)) {
        let gguf: Vec<_> = all
            .iter()
            .filter(|it| it.name.to_lowercase().ends_with(".gguf"))
            .map(|it| it.name.as_str())
            .collect();
        ensure!(
            gguf.is_empty(),
            "the model comes as GGUF: name one of its files, e.g. OWNER/MODEL:{}",
            gguf[0]
        );
        bail!("the model has no weights as safetensors");
    }
    let words = |it: &&Sibling| WORDS.contains(&it.name.as_str());
    Ok(all
        .iter()
        .filter(|it| weights(it) || words(it))
        .cloned()
        .collect())
}

async fn download(
    client: &Client,
    address: &str,
    sibling: &Sibling,
    folder: &Path,
    told: &mut (dyn FnMut(u64) -> bool + Send),
) -> anyhow::Result<()> {
    let name = Path::new(&sibling.name)
        .file_name()
        .context("a file without a name")?;
    let whole = folder.join(name);
    let sum = sibling.lfs.as_ref().map(|lfs| lfs.sha256.as_str());
    if whole.exists() {
        return Ok(());
    }
    let part = folder.join(format!("{}.part", name.to_string_lossy()));
    let mut last = None;
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
        }
        match piece(client, address, &part, told).await {
            Ok(()) => {
                let found = tokio::fs::metadata(&part).await?.len();
                if sibling.size.is_some_and(|size| size > found) {
                    last = Some(anyhow::anyhow!("the connection broke off"));
                    continue;
                }
                let same = sum.is_none_or(|sum| sha256(&part).is_ok_and(|found| found == sum));
                if sibling.size.is_some_and(|size| size != found) || !same {
                    // nothing of it can be trusted
                    tokio::fs::remove_file(&part).await?;
                    last = Some(anyhow::anyhow!("it is not what the hub says it is"));
                    continue;
                }
                tokio::fs::rename(&part, &whole).await?;
                return Ok(());
            }
            Err(cause) if cause.is::<Stopped>() => return Err(cause),
            Err(cause) => last = Some(cause),
        }
    }
    let cause = last.unwrap_or_else(|| anyhow::anyhow!("no try was made"));
    Err(cause.context(format!(
        "{} could not be downloaded; adding it again goes on where this stopped",
        sibling.name
    )))
}

/// Nobody waits for it any more.
#[derive(Debug, thiserror::Error)]
#[error("the download was stopped")]
pub struct Stopped;

/// Appends to `part` what is still missing, as far as the connection holds.
async fn piece(
    client: &Client,
    address: &str,
    part: &Path,
    told: &mut (dyn FnMut(u64) -> bool + Send),
) -> anyhow::Result<()> {
    let have = tokio::fs::metadata(part).await.map_or(0, |it| it.len());
    let mut request = client.get(address);
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let mut response = request.send().await?;
    let mut file = match response.status() {
        StatusCode::PARTIAL_CONTENT => {
            tokio::fs::OpenOptions::new()
                .append(true)
                .open(part)
                .await?
        }
        // it is whole already
        StatusCode::RANGE_NOT_SATISFIABLE => return Ok(()),
        StatusCode::OK => tokio::fs::File::create(part).await?,
        status => bail!("the hub answers {status}"),
    };
    let mut bytes = if response.status() == StatusCode::OK {
        0
    } else {
        have
    };
    while let Some(chunk) = response.chunk().await? {
        file.write_all(&chunk).await?;
        bytes += chunk.len() as u64;
        if !told(bytes) {
            file.flush().await?;
            return Err(Stopped.into());
        }
    }
    file.flush().await?;
    Ok(())
}

/// A file's SHA-256 in hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub fn sha256(path: &Path) -> std::io::Result<String> {
    use std::fmt::Write;
    let mut hasher = Sha256::new();
    let mut file = std::fs::File::open(path)?;
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = std::io::Read::read(&mut file, &mut piece)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
    }
    let mut text = String::with_capacity(64);
    for byte in hasher.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::State;
    use axum::http::HeaderMap;
    use axum::response::{IntoResponse, Response};
    use axum::routing::get;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Clone)]
    struct Hub {
        weights: Arc<Vec<u8>>,
        requests: Arc<AtomicUsize>,
    }

    /// Gives out the weights in two pieces: the first connection breaks in the middle.
    async fn weights(State(hub): State<Hub>, headers: HeaderMap) -> Response {
        let from = headers
            .get("range")
            .and_then(|it| {
                it.to_str()
                    .ok()?
                    .strip_prefix("bytes=")?
                    .strip_suffix('-')?
                    .parse()
                    .ok()
            })
            .unwrap_or(0_usize);
        let rest = hub.weights[from..].to_vec();
        if hub.requests.fetch_add(1, Ordering::Relaxed) == 0 {
            // the stated length is never reached
            let half = rest[..rest.len() / 2].to_vec();
            let stream = futures_util::stream::iter([
                Ok::<_, std::io::Error>(half),
                Err(std::io::Error::other("gone")),
            ]);
            return axum::body::Body::from_stream(stream).into_response();
        }
        let status = if from > 0 { 206 } else { 200 };
        (axum::http::StatusCode::from_u16(status).unwrap(), rest).into_response()
    }

    async fn hub(stated: &str) -> (String, Hub) {
        let hub = Hub {
            weights: Arc::new((0..300_000_u32).map(|n| (n % 251) as u8).collect()),
            requests: Arc::default(),
        };
        let listing = serde_json::json!({"sha": "abc", "siblings": [
            {"rfilename": "config.json", "size": 2},
            {"rfilename": "README.md", "size": 9},
            {"rfilename": "model.safetensors", "size": 300_000, "lfs": {"sha256": stated}},
        ]});
        let app = Router::new()
            .route(
                "/api/models/us/tiny",
                get(move || async move { axum::Json(listing) }),
            )
            .route("/us/tiny/resolve/abc/config.json", get(|| async { "{}" }))
            .route("/us/tiny/resolve/abc/model.safetensors", get(weights))
            .with_state(hub.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (address, hub)
    }

    #[tokio::test]
    async fn goes_on_after_a_break_and_checks_what_came() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let sum = {
            let path = folder.path().join("expected");
            let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
            std::fs::write(&path, bytes).unwrap();
            sha256(&path).unwrap()
        };
        let (address, served) = hub(&sum).await;
        let to = folder.path().join("a");
        std::fs::create_dir(&to).unwrap();
        let mut most = 0;
        let mut progress = |bytes, of| {
            assert_eq!(of, 300_002);
            most = bytes;
            true
        };
        let sha = fetch(&client().unwrap(), &address, "us/tiny", &to, &mut progress)
            .await
            .unwrap();
        assert_eq!((sha.as_str(), most), ("abc", 300_002));
        assert_eq!(served.requests.load(Ordering::Relaxed), 2);
        assert_eq!(
            std::fs::read(to.join("model.safetensors")).unwrap(),
            *served.weights
        );
        assert!(!to.join("README.md").exists());

        let (address, _) = hub(&"0".repeat(64)).await;
        let to = folder.path().join("b");
        std::fs::create_dir(&to).unwrap();
        let fetched = fetch(&client().unwrap(), &address, "us/tiny", &to, &mut |_, _| {
            true
        })
        .await;
        let problem = format!("{:#}", fetched.unwrap_err());
        assert!(problem.contains("not what the hub says"), "{problem}");
        assert!(!to.join("model.safetensors").exists());
        let fetched = fetch(
            &client().unwrap(),
            &address,
            "us/other",
            &to,
            &mut |_, _| true,
        )
        .await;
        assert!(
            fetched
                .unwrap_err()
                .to_string()
                .contains("us/other is not on")
        );
    }

    #[test]
    fn hub_names_are_told_from_paths() {
        assert!(is_name("HuggingFaceTB/SmolLM2-135M-Instruct"));
        assert!(is_name("owner/model:model.Q4_K_M.gguf"));
        for path in [
            "./models/x",
            "/models/x",
            "../x",
            "model.gguf",
            "a/b/c",
            "~/x",
        ] {
            assert!(!is_name(path), "{path}");
        }
    }
}
