//! What an engine computes on: the one place that chooses. A GPU where this build can use one and the
//! machine has one, else the CPU, and in words which and why.

use burn::tensor::Device;
use std::str::FromStr;

/// What somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A GPU if there is one.
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU, also one that a driver only simulates.
    Gpu,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            _ => Err("auto, cpu or gpu".to_owned()),
        }
    }
}

/// What is computed on.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The device; nothing on it records gradients.
    pub device: Device,
    /// What it is, e.g. `CPU, 2 threads`.
    pub words: String,
    /// Why it is not what was asked for.
    pub problem: Option<String>,
    /// Whose memory it computes in.
    pub memory: Memory,
    /// The most bytes of memory that a run may bring this process to; none: what is free.
    pub limit: Option<u64>,
}

/// Whose memory a device computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// The machine's.
    OfMachine,
    /// Its own.
    Own,
}

/// Chooses the device.
pub fn choose(wanted: Wanted) -> Chosen {
    let found = match wanted {
        Wanted::Cpu => return cpu(None),
        Wanted::Auto => gpu(false),
        Wanted::Gpu => gpu(true),
    };
    match (found, wanted) {
        (Ok(chosen), _) => chosen,
        (Err(why), Wanted::Gpu) => cpu(Some(why)),
        (Err(_), _) => cpu(None),
    }
}

fn cpu(problem: Option<String>) -> Chosen {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let plural = if threads == 1 { "" } else { "s" };
    Chosen {
        device: Device::flex(),
        words: format!("CPU, {threads} thread{plural}"),
        problem: problem.map(|why| format!("{why}: the CPU is used instead")),
        memory: Memory::OfMachine,
        limit: None,
    }
}

/// Names under which drivers simulate a GPU on the CPU: slower than computing on it directly.
#[cfg(feature = "wgpu")]
const SIMULATED: [&str; 3] = ["llvmpipe", "lavapipe", "swiftshader"];

#[cfg(feature = "wgpu")]
fn gpu(simulated: bool) -> Result<Chosen, String> {
    // a driver that is broken panics when it is opened
    let found = std::panic::catch_unwind(|| {
        let devices = Device::enumerate(burn::tensor::DeviceType::Wgpu);
        let mut named = Vec::new();
        for device in devices.iter() {
            let name = device.identity().map(|identity| identity.name);
            named.push((device.clone(), name.unwrap_or_else(|| "GPU".to_owned())));
        }
        named
    });
    let Ok(found) = found else {
        return Err("the graphics driver could not be opened".to_owned());
    };
    found
        .into_iter()
        .map(|(device, name)| {
            let lower = name.to_lowercase();
            let is_simulated = SIMULATED.iter().any(|one| lower.contains(one));
            (device, name, is_simulated)
        })
        .find(|(.., is_simulated)| simulated || !is_simulated)
        .map(|(device, words, is_simulated)| Chosen {
            device,
            words,
            problem: None,
            memory: if is_simulated {
                Memory::OfMachine
            } else {
                Memory::Own
            },
            limit: None,
        })
        .ok_or_else(|| "no GPU was found".to_owned())
}

#[cfg(not(feature = "wgpu"))]
fn gpu(_: bool) -> Result<Chosen, String> {
    Err("this engine was built for the CPU alone".to_owned())
}

impl Chosen {
    /// The memory that is free on it now, in bytes; none where nobody says.
    pub fn free(&self) -> Option<u64> {
        let free = match self.memory {
            Memory::OfMachine => free_of_machine(),
            Memory::Own => free_of_card(),
        };
        let allowed = self
            .limit
            .map(|limit| limit.saturating_sub(memory().unwrap_or(0)));
        free.into_iter().chain(allowed).min()
    }
}

/// What the system can give without swapping, and its control group allows.
fn free_of_machine() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let free = available(&read("/proc/meminfo")?)?;
    let group = |name: &str| read(&format!("/sys/fs/cgroup/{name}"));
    let number = |name: &str| group(name)?.trim().parse::<u64>().ok();
    // files that were read count as used, and are given back at once
    let files = || {
        let stat = group("memory.stat")?;
        let line = stat.lines().find(|it| it.starts_with("inactive_file "))?;
        line.split(' ').nth(1)?.parse::<u64>().ok()
    };
    let allowed = number("memory.max")
        .zip(number("memory.current"))
        .map(|(most, now)| most.saturating_sub(now.saturating_sub(files().unwrap_or(0))));
    Some(allowed.map_or(free, |allowed| free.min(allowed)))
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find(|line| line.starts_with("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// What the one graphics card of this machine has free, where its driver says so (amdgpu does; wgpu tells nobody).
fn free_of_card() -> Option<u64> {
    let cards = std::fs::read_dir("/sys/class/drm").ok()?;
    let mut found = cards.filter_map(|card| {
        let device = card.ok()?.path().join("device");
        let number = |name: &str| -> Option<u64> {
            let text = std::fs::read_to_string(device.join(name)).ok()?;
            text.trim().parse().ok()
        };
        Some(number("mem_info_vram_total")?.saturating_sub(number("mem_info_vram_used")?))
    });
    let first = found.next()?;
    // connectors of one card name the same numbers; of two cards nobody knows which is meant
    found.all(|other| other == first).then_some(first)
}

/// The memory that this process takes up now, in bytes; none where the system does not say.
pub fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_free() {
        let meminfo = "MemTotal:  24000 kB\nMemFree: 10 kB\nMemAvailable:   17 kB\n";
        assert_eq!(available(meminfo), Some(17 * 1024));
        assert_eq!(available("MemTotal: 1 kB"), None);
        #[cfg(target_os = "linux")]
        assert!(
            choose(Wanted::Cpu)
                .free()
                .is_some_and(|free| free > 1 << 20)
        );
    }

    #[test]
    fn falls_back_and_says_so() {
        let chosen = choose(Wanted::Cpu);
        assert!(chosen.words.starts_with("CPU, "), "{}", chosen.words);
        assert_eq!(chosen.problem, None);
        assert_eq!("gpu".parse(), Ok(Wanted::Gpu));
        assert!("tpu".parse::<Wanted>().is_err());
        #[cfg(not(feature = "wgpu"))]
        assert!(
            choose(Wanted::Gpu)
                .problem
                .unwrap()
                .contains("the CPU is used instead")
        );
    }
}
