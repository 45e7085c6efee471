//! The engine beside this server: found, started, started again when it ends, stopped with the server.
//!
//! The engine is a process of its own, so that its crash, its end for want of memory or its rebuild touch
//! no page. It lives only as long as its standard input, which this process holds: however the server
//! ends, the engine hears of it.

use app::state::{Engine, Stands};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::Instant;

/// How often we look whether an engine has been built meanwhile.
const LOOK: Duration = Duration::from_secs(2);
/// The first and the longest wait before an engine that ended is started again.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// An engine that ran so long did not fail at its start: the next wait is short again.
const STEADY: Duration = Duration::from_mins(2);
/// How long an engine may take to give its work back when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(8);
/// The binary's name.
const NAME: &str = "touchstone-engine";

/// Which engine is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// None.
    Off,
    /// The one beside our own binary, or where it is being built.
    Auto,
    /// This one.
    Path(PathBuf),
}

impl FromStr for Which {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "off" => Self::Off,
            "auto" | "" => Self::Auto,
            path => Self::Path(path.into()),
        })
    }
}

/// What the engine needs to know, and where it may be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which engine.
    pub which: Which,
    /// Where it is being built.
    pub folder: Option<PathBuf>,
    /// The file in which the build says how it stands: `building …`, `ready` or `failed LOG`.
    pub state: Option<PathBuf>,
    /// The database.
    pub database_url: String,
    /// Where models and checkpoints are.
    pub artifacts: String,
    /// Where it listens, on loopback.
    pub listen: std::net::SocketAddr,
}

/// The engine's program, in the folder where it is built or beside our own.
fn built(folder: Option<&Path>) -> Option<PathBuf> {
    let own = std::env::current_exe().ok();
    [folder, own.as_deref().and_then(Path::parent)]
        .into_iter()
        .flatten()
        .map(|folder| folder.join(NAME))
        .find(|path| path.is_file())
}

/// The engine's program, where one is wanted and there.
pub fn binary(which: &Which, folder: Option<&Path>) -> Option<PathBuf> {
    match which {
        Which::Off => None,
        Which::Auto => built(folder).or_else(|| {
            // each profile has a folder of its own
            let own = std::env::current_exe().ok()?;
            built(Some(&own.parent()?.parent()?.join("engine")))
        }),
        Which::Path(path) => path.is_file().then(|| path.clone()),
    }
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Binary(PathBuf),
    Building,
    NotBuilt(String),
    Nowhere,
}

impl Plan {
    fn find(&self) -> Found {
        if let Which::Path(path) = &self.which {
            return match path.is_file() {
                true => Found::Binary(path.clone()),
                false => Found::NotBuilt(format!("{} is not there", path.display())),
            };
        }
        let said = self
            .state
            .as_ref()
            .and_then(|file| std::fs::read_to_string(file).ok())
            .unwrap_or_default();
        // what is there while it builds may be an older one, and about to be replaced
        if said.starts_with("building") {
            return Found::Building;
        }
        match (built(self.folder.as_deref()), said.strip_prefix("failed")) {
            (Some(path), _) => Found::Binary(path),
            (None, Some(log)) => {
                Found::NotBuilt(format!("it could not be built; the log is {}", log.trim()))
            }
            (None, None) if self.folder.is_some() => Found::Building,
            (None, None) => Found::Nowhere,
        }
    }

    fn start(&self, binary: &Path, secret: &str) -> std::io::Result<Child> {
        Command::new(binary)
            .arg("work")
            .args(["--listen", &self.listen.to_string()])
            .arg("--with-parent")
            // in the environment, because everybody may read a command line
            .env("DATABASE_URL", &self.database_url)
            .env("ENGINE_SECRET", secret)
            .env("ARTIFACTS", &self.artifacts)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }
}

/// Looks after the engine until `stop` says so, and has then stopped it.
pub async fn supervise(plan: Plan, engine: Arc<Engine>, mut stop: watch::Receiver<bool>) {
    let mut wait = WAITS.0;
    loop {
        let binary = match plan.find() {
            Found::Binary(path) => path,
            other => {
                engine.set(match other {
                    Found::NotBuilt(why) => Stands::Stopped(why),
                    Found::Building => Stands::Building,
                    _ => Stands::Elsewhere,
                });
                if pause(LOOK, &mut stop).await {
                    return;
                }
                continue;
            }
        };
        engine.set(Stands::Starting);
        let begun = Instant::now();
        let why = match plan.start(&binary, &engine.secret) {
            Err(cause) => format!("{} cannot be started: {cause}", binary.display()),
            Ok(child) => {
                tracing::info!("engine started: {}", binary.display());
                engine.set(Stands::Running);
                match until_end(child, &mut stop).await {
                    Some(why) => why,
                    None => return,
                }
            }
        };
        tracing::warn!("engine: {why}");
        engine.set(Stands::Stopped(why));
        if begun.elapsed() > STEADY {
            wait = WAITS.0;
        }
        if pause(wait, &mut stop).await {
            return;
        }
        wait = (wait * 2).min(WAITS.1);
    }
}

/// Waits for the engine's end and says why it ended; `None` when we ended it.
async fn until_end(mut child: Child, stop: &mut watch::Receiver<bool>) -> Option<String> {
    let input = child.stdin.take();
    let words = child
        .stderr
        .take()
        .map(|errors| tokio::spawn(relay(errors)));
    tokio::select! {
        ended = child.wait() => {
            let last = match words {
                Some(words) => words.await.unwrap_or_default(),
                None => String::new(),
            };
            Some(reason(ended, &last))
        }
        () = told(stop) => {
            // its input ends: it gives back what it works on, and goes
            drop(input);
            if tokio::time::timeout(LAST_WORDS, child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
            None
        }
    }
}

fn reason(ended: std::io::Result<std::process::ExitStatus>, last: &str) -> String {
    use std::os::unix::process::ExitStatusExt;
    match ended {
        Err(cause) => format!("it cannot be waited for: {cause}"),
        Ok(status) if status.signal() == Some(9) => {
            "it was killed, most likely because memory ran out: train LoRA matrices only, lower the batch size, or take a smaller model".to_owned()
        }
        Ok(status) if last.is_empty() => status.to_string(),
        Ok(_) => last.to_owned(),
    }
}

/// Hands on what the engine writes, and returns the last line of it.
async fn relay(errors: impl AsyncRead + Unpin) -> String {
    let mut lines = BufReader::new(errors).lines();
    let mut last = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        eprintln!("engine: {line}");
        if !line.trim().is_empty() {
            last = line.trim().chars().take(500).collect();
        }
    }
    last
}

/// Waits until it is time to stop: somebody says so, or whoever could is gone.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Waits; true when it is time to stop.
async fn pause(time: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => false,
        () = told(stop) => true,
    }
}

/// A port of this machine that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_address() -> std::io::Result<std::net::SocketAddr> {
    std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn plan(folder: &Path) -> Plan {
        Plan {
            which: Which::Auto,
            folder: Some(folder.join("built")),
            state: Some(folder.join("state")),
            database_url: "sqlite://x.db".into(),
            artifacts: "somewhere".into(),
            listen: free_address().unwrap(),
        }
    }

    /// A program that stands in for the engine, at the place where it is built.
    fn program(folder: &Path, text: &str) {
        let path = folder.join("built").join(NAME);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    async fn until(engine: &Engine, wanted: impl Fn(&Stands) -> bool) -> Stands {
        for _ in 0..400 {
            let now = engine.stands();
            if wanted(&now) {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it stands otherwise: {:?}", engine.stands());
    }

    #[test]
    fn says_what_it_waits_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut plan = plan(folder.path());
        let state = |words: &str| std::fs::write(folder.path().join("state"), words).unwrap();
        assert_eq!(plan.find(), Found::Building);
        state("failed /tmp/log\n");
        assert_eq!(
            plan.find(),
            Found::NotBuilt("it could not be built; the log is /tmp/log".into())
        );
        program(folder.path(), "exit 0");
        state("building 17");
        assert_eq!(plan.find(), Found::Building);
        state("ready");
        assert!(matches!(plan.find(), Found::Binary(_)));
        plan.folder = None;
        plan.state = None;
        assert_eq!(plan.find(), Found::Nowhere);
        plan.which = "/nowhere/engine".parse().unwrap();
        assert!(matches!(plan.find(), Found::NotBuilt(_)));
        assert_eq!("off".parse(), Ok(Which::Off));
    }

    #[tokio::test]
    async fn starts_an_engine_that_appears_later_restarts_it_and_takes_it_along() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Arc::new(Engine::with_secret("http://127.0.0.1:9/v1", "secret"));
        let (stop, stopped) = watch::channel(false);
        let supervisor = tokio::spawn(supervise(plan(folder.path()), engine.clone(), stopped));
        until(&engine, |now| *now == Stands::Building).await;
        let log = folder.path().join("log");
        // the first life ends with a word; the second one lasts until its input ends
        let text = format!(
            "echo \"$DATABASE_URL $ENGINE_SECRET $ARTIFACTS $1 $4\" >>{log}\n\
             if [ $(wc -l <{log}) = 1 ]; then echo no device >&2; exit 3; fi\ncat >/dev/null\necho gone >>{log}",
            log = log.display()
        );
        program(folder.path(), &text);
        let first = until(&engine, |now| matches!(now, Stands::Stopped(_))).await;
        assert_eq!(first, Stands::Stopped("no device".into()));
        until(&engine, |now| *now == Stands::Running).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        stop.send(true).unwrap();
        supervisor.await.unwrap();
        let said = std::fs::read_to_string(&log).unwrap();
        let life = "sqlite://x.db secret somewhere work --with-parent";
        assert_eq!(said.lines().collect::<Vec<_>>(), [life, life, "gone"]);
    }

    #[test]
    fn a_killed_engine_most_likely_lacked_memory() {
        use std::os::unix::process::ExitStatusExt;
        let killed = std::process::ExitStatus::from_raw(9);
        assert!(reason(Ok(killed), "").contains("lower the batch size"));
        let ended = std::process::ExitStatus::from_raw(1 << 8);
        assert_eq!(reason(Ok(ended), "why"), "why");
    }
}
