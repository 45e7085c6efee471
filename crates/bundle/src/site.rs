//! The served folder: content-named files, their compressed twins and the list of them.
//!
//! `assets.json` is replaced by a rename after everything it names is in place, so a server that
//! starts meanwhile reads either the old list or the new one.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Css,
    Js,
    Wasm,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Css => "css",
            Self::Js => "js",
            Self::Wasm => "wasm",
        }
    }
}

pub(crate) struct Site {
    root: PathBuf,
    /// Kind to file name, as the server reads it.
    assets: BTreeMap<String, String>,
}

/// SHA-256 of the parts, each preceded by its length, in hexadecimal.
pub(crate) fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Site {
    pub(crate) fn open(root: &Path) -> Result<Self> {
        fs::create_dir_all(root.join("pkg"))
            .with_context(|| format!("cannot make {}", root.display()))?;
        Ok(Self {
            root: root.to_owned(),
            assets: BTreeMap::new(),
        })
    }

    /// Whether the last finished bundle came from these very inputs; if so its list is taken over.
    pub(crate) fn is_made_from(&mut self, inputs: &str) -> bool {
        let same =
            fs::read_to_string(self.root.join("inputs.sha256")).is_ok_and(|last| last == inputs);
        let list = fs::read(self.root.join("assets.json")).ok();
        let Some(assets) =
            list.and_then(|l| serde_json::from_slice::<BTreeMap<String, String>>(&l).ok())
        else {
            return false;
        };
        let whole = assets.values().all(|name| {
            ["", ".br", ".gz"]
                .iter()
                .all(|twin| self.file(&format!("{name}{twin}")).is_file())
        });
        if same && whole {
            self.assets = assets;
        }
        same && whole
    }

    pub(crate) fn add(&mut self, kind: Kind, content: &[u8]) -> Result<()> {
        let name = format!("touchstone.{}.{}", &digest(&[content])[..16], kind.name());
        let file = self.file(&name);
        fs::write(&file, content)?;
        let mut brotli = Vec::new();
        let settings = brotli::enc::BrotliEncoderParams {
            quality: 11,
            lgwin: 22,
            ..Default::default()
        };
        brotli::BrotliCompress(&mut &*content, &mut brotli, &settings)?;
        fs::write(with_ending(&file, ".br"), &brotli)?;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(content)?;
        let gzip = gzip.finish()?;
        fs::write(with_ending(&file, ".gz"), &gzip)?;
        println!(
            "  {name}: {:.1} kB, brotli {:.1} kB, gzip {:.1} kB",
            kilobytes(content.len()),
            kilobytes(brotli.len()),
            kilobytes(gzip.len()),
        );
        self.assets.insert(kind.name().to_owned(), name);
        Ok(())
    }

    /// Writes the list, then removes what an earlier bundle left.
    pub(crate) fn finish(&self, inputs: &str) -> Result<()> {
        let list = serde_json::to_vec_pretty(&self.assets)?;
        let fresh = self.root.join("assets.json.new");
        fs::write(&fresh, list)?;
        fs::rename(&fresh, self.root.join("assets.json"))?;
        fs::write(self.root.join("inputs.sha256"), inputs)?;
        for entry in fs::read_dir(self.root.join("pkg"))? {
            let path = entry?.path();
            let kept = self.assets.values().any(|name| {
                let file = self.file(name);
                ["", ".br", ".gz"]
                    .iter()
                    .any(|twin| with_ending(&file, twin) == path)
            });
            if !kept {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// What a page loads besides its HTML and style sheet: script and module, brotli-compressed.
    pub(crate) fn weight(&self) -> Result<u64> {
        let mut bytes = 0;
        for kind in [Kind::Js, Kind::Wasm] {
            if let Some(name) = self.assets.get(kind.name()) {
                bytes += fs::metadata(with_ending(&self.file(name), ".br"))?.len();
            }
        }
        Ok(bytes)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.join("pkg").join(name)
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1000.0
}
