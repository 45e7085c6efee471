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
        .find(|(_, name)| {
            let name = name.to_lowercase();
            simulated || !SIMULATED.iter().any(|one| name.contains(one))
        })
        .map(|(device, words)| Chosen {
            device,
            words,
            problem: None,
        })
        .ok_or_else(|| "no GPU was found".to_owned())
}

#[cfg(not(feature = "wgpu"))]
fn gpu(_: bool) -> Result<Chosen, String> {
    Err("this engine was built for the CPU alone".to_owned())
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
