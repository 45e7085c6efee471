//! The server as a process: started, watched, stopped, killed.

use crate::http::Client;
use anyhow::{Context, bail};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the command to the first answer of `/readyz`.
    pub started_in: Duration,
}

/// Memory of a process, in MiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Resident now.
    pub resident: f64,
    /// The most that ever was.
    pub peak: f64,
}

/// `sqlite:` and the file's path.
pub fn database_url(database: &Path) -> String {
    format!("sqlite://{}", database.display())
}

impl Server {
    /// Starts `program serve` on a free port of this machine, and waits until it is ready.
    pub fn start(program: &Path, database: &Path, site_root: &Path) -> anyhow::Result<Self> {
        Self::start_with(
            program,
            database,
            site_root,
            &[("TOUCHSTONE_ENGINE", "off".as_ref())],
        )
    }

    /// The same with more settings, as environment variables.
    pub fn start_with(
        program: &Path,
        database: &Path,
        site_root: &Path,
        settings: &[(&str, &OsStr)],
    ) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let folder = database.parent().context("a database in a folder")?;
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("DATABASE_URL", database_url(database))
            .env("DATA_DIR", folder)
            .env("SITE_ROOT", site_root)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            started_in: Duration::ZERO,
        };
        let mut line = String::new();
        loop {
            line.clear();
            if output.read_line(&mut line)? == 0 {
                bail!("{} stopped before it listened", program.display());
            }
            if let Some(address) = line.trim().strip_prefix("Touchstone: http://") {
                server.address = address.parse()?;
                break;
            }
        }
        // what it says later must not fill the pipe
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let mut client = Client::new(server.address);
        while client.get("/readyz").map_or(0, |answer| answer.status) != 200 {
            if begun.elapsed() > Duration::from_mins(1) {
                bail!("the server does not get ready");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        server.started_in = begun.elapsed();
        Ok(server)
    }

    /// Ends it without a warning, as a crash would.
    pub fn kill(&mut self) -> std::io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// The process that it started: its engine.
    pub fn child(&self) -> anyhow::Result<u32> {
        let own = self.child.id().to_string();
        let of = |process: u32| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?;
            (parent == own).then_some(process)
        };
        std::fs::read_dir("/proc")?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .find_map(of)
            .context("it started no process")
    }

    /// Its memory.
    pub fn memory(&self) -> anyhow::Result<Memory> {
        memory(self.child.id())
    }

    /// Seconds of processor time it has used.
    pub fn processor_seconds(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit(')').next().context("no name")?;
        let ticks: f64 = after_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<f64>().ok())
            .sum();
        Ok(ticks / 100.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// The memory of a running process.
pub fn memory(process: u32) -> anyhow::Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
            .map(|kib| kib / 1024.0)
            .with_context(|| format!("no {name}"))
    };
    Ok(Memory {
        resident: field("VmRSS:")?,
        peak: field("VmHWM:")?,
    })
}
