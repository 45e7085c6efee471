//! Safetensors files, one or several: a JSON header with each tensor's type, shape and place, then
//! the bytes. Tensors are read one at a time, so that a model never stands in memory twice.

use super::assemble::Part;
use super::dequantise::Quantisation;
use crate::{Error, Result};
use safetensors::tensor::{Dtype, Metadata, TensorInfo, View};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// No header of a real model comes near this many bytes.
const LONGEST_HEADER: u64 = 100 << 20;

/// The tensors of one folder by name.
#[derive(Debug)]
pub struct Safetensors {
    folder: PathBuf,
    tensors: BTreeMap<String, Place>,
}

#[derive(Debug)]
struct Place {
    path: PathBuf,
    dtype: Dtype,
    shape: Vec<usize>,
    start: u64,
    length: usize,
}

impl Safetensors {
    /// The headers of `model.safetensors`, or of the files that `model.safetensors.index.json` names.
    ///
    /// # Errors
    /// [`Error::Artifact`] for a missing, cut or contradictory file.
    pub fn open(folder: &Path) -> Result<Self> {
        let index = folder.join("model.safetensors.index.json");
        let names = if index.exists() {
            let text = std::fs::read(&index).map_err(|e| Error::artifact(&index, e))?;
            let json: serde_json::Value =
                serde_json::from_slice(&text).map_err(|e| Error::artifact(&index, e))?;
            let map = json["weight_map"]
                .as_object()
                .ok_or_else(|| Error::artifact(&index, "weight_map is missing"))?;
            let mut names = map
                .values()
                .map(|name| name.as_str().filter(|name| !name.contains(['/', '\\'])))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| {
                    Error::artifact(&index, "weight_map names no file of this folder")
                })?;
            names.sort_unstable();
            names.dedup();
            names.into_iter().map(str::to_owned).collect()
        } else {
            vec!["model.safetensors".to_owned()]
        };
        let mut tensors = BTreeMap::new();
        for name in names {
            let path = folder.join(name);
            header(&path, &mut tensors).map_err(|reason| Error::artifact(&path, reason))?;
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            tensors,
        })
    }

    /// The names of its tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Whether a tensor is there.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// A tensor's values as f32, which must have this shape.
    ///
    /// # Errors
    /// [`Error::Artifact`] naming file and tensor.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let Some(place) = self.tensors.get(name) else {
            return Err(Error::artifact(
                &self.folder,
                format!("tensor {name}: absent"),
            ));
        };
        let fail =
            |reason: String| Error::artifact(&place.path, format!("tensor {name}: {reason}"));
        if place.shape != shape {
            return Err(fail(format!("shape {:?}, expected {shape:?}", place.shape)));
        }
        let kind = match place.dtype {
            Dtype::F32 => Quantisation::F32,
            Dtype::F16 => Quantisation::F16,
            Dtype::BF16 => Quantisation::Bf16,
            other => return Err(fail(format!("type {other:?}; F32, F16 and BF16 are read"))),
        };
        if kind.bytes(shape.iter().product()) != Ok(place.length) {
            return Err(fail(format!("{} bytes for shape {shape:?}", place.length)));
        }
        let mut raw = vec![0; place.length];
        let read = File::open(&place.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(place.start))?;
            file.read_exact(&mut raw)
        });
        read.map_err(|e| fail(e.to_string()))?;
        Ok(kind.dequantise(&raw))
    }
}

fn header(path: &Path, tensors: &mut BTreeMap<String, Place>) -> std::result::Result<(), String> {
    let mut file = File::open(path).map_err(|e| e.to_string())?;
    let length = file.metadata().map_err(|e| e.to_string())?.len();
    let mut size = [0; 8];
    file.read_exact(&mut size)
        .map_err(|_| "is no safetensors file")?;
    let size = u64::from_le_bytes(size);
    if size > LONGEST_HEADER || size > length.saturating_sub(8) {
        return Err(format!(
            "header of {size} bytes in a file of {length}; is it cut?"
        ));
    }
    let mut header = vec![0; usize::try_from(size).map_err(|e| e.to_string())?];
    file.read_exact(&mut header).map_err(|e| e.to_string())?;
    let metadata: Metadata = serde_json::from_slice(&header).map_err(|e| format!("header: {e}"))?;
    let data = 8 + size;
    if metadata.data_len() as u64 > length - data {
        return Err("tensors lie beyond the end of the file; is it cut?".into());
    }
    for (name, info) in metadata.tensors() {
        let TensorInfo {
            dtype,
            shape,
            data_offsets: (start, end),
        } = info;
        let place = Place {
            path: path.to_path_buf(),
            dtype: *dtype,
            shape: shape.clone(),
            start: data + *start as u64,
            length: end - start,
        };
        if tensors.insert(name.clone(), place).is_some() {
            return Err(format!("tensor {name}: stands there twice"));
        }
    }
    Ok(())
}

/// Writes tensors as F32, one at a time.
///
/// # Errors
/// [`Error::Artifact`] where the file cannot be written.
pub(crate) fn write(path: &Path, parts: Vec<(String, Part)>) -> Result<()> {
    struct Written(Part, Vec<usize>);
    impl View for Written {
        fn dtype(&self) -> Dtype {
            Dtype::F32
        }
        fn shape(&self) -> &[usize] {
            &self.1
        }
        fn data(&self) -> Cow<'_, [u8]> {
            let values = self.0.values();
            Cow::Owned(
                values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect(),
            )
        }
        fn data_len(&self) -> usize {
            self.1.iter().product::<usize>() * 4
        }
    }
    let views = parts.into_iter().map(|(name, part)| {
        let shape = part.shape();
        (name, Written(part, shape))
    });
    let format = [("format".to_owned(), "pt".to_owned())].into();
    safetensors::serialize_to_file(views, Some(format), path).map_err(|e| Error::artifact(path, e))
}
