//! GGUF files (llama.cpp's container, versions 2 and 3, little endian): metadata and tensors by
//! name. Nothing in a file is believed: every count and length is held against the bytes that are
//! left, so that a hostile or cut file costs an error and no memory.

use super::dequantise::Quantisation;
use crate::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// An open file whose header was read.
#[derive(Debug)]
pub struct Gguf {
    path: PathBuf,
    file: File,
    metadata: BTreeMap<String, Value>,
    tensors: BTreeMap<String, Info>,
    data: u64,
    length: u64,
}

#[derive(Clone, Debug)]
struct Info {
    /// Slowest dimension first: the reverse of the file's order.
    shape: Vec<usize>,
    kind: u32,
    offset: u64,
}

impl Gguf {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error::Artifact`] for a file that is none, is cut, or promises what it cannot hold.
    pub fn open(path: &Path) -> Result<Self> {
        let fail = |reason: String| Error::artifact(path, reason);
        let file = File::open(path).map_err(|e| fail(e.to_string()))?;
        let length = file.metadata().map_err(|e| fail(e.to_string()))?.len();
        let mut header = Header {
            file: BufReader::new(&file),
            left: length,
        };
        let (metadata, tensors) = header.read().map_err(fail)?;
        let alignment = match metadata.get("general.alignment") {
            None => 32,
            Some(value) => value
                .as_u64()
                .filter(|alignment| alignment.is_power_of_two() && *alignment <= 1 << 20)
                .ok_or_else(|| fail(format!("general.alignment is {value}")))?,
        };
        let data = (length - header.left).next_multiple_of(alignment);
        Ok(Self {
            path: path.to_path_buf(),
            file,
            metadata,
            tensors,
            data,
            length,
        })
    }

    /// The value of a key; numbers, strings, flags and arrays as JSON.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.metadata.get(key)
    }

    /// The names of its tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// A tensor's shape, slowest dimension first.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|info| info.shape.as_slice())
    }

    /// A tensor's values, dequantised, slowest dimension first.
    ///
    /// # Errors
    /// [`Error::Artifact`] naming the tensor: absent, of an unknown type, or beyond the file's end.
    pub fn tensor(&self, name: &str) -> Result<Vec<f32>> {
        let fail = |reason: String| Error::artifact(&self.path, format!("tensor {name}: {reason}"));
        let info = self
            .tensors
            .get(name)
            .ok_or_else(|| fail("absent".into()))?;
        let kind = Quantisation::from_id(info.kind).map_err(&fail)?;
        let values = info
            .shape
            .iter()
            .try_fold(1_usize, |product, side| product.checked_mul(*side))
            .ok_or_else(|| fail(format!("impossible shape {:?}", info.shape)))?;
        let bytes = kind.bytes(values).map_err(&fail)?;
        let start = self.data.checked_add(info.offset);
        let end = start.and_then(|start| start.checked_add(bytes as u64));
        let (Some(start), Some(_)) = (start, end.filter(|end| *end <= self.length)) else {
            return Err(fail("lies beyond the end of the file; is it cut?".into()));
        };
        let mut raw = vec![0; bytes];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(start))
            .and_then(|_| file.read_exact(&mut raw))
            .map_err(|e| fail(e.to_string()))?;
        Ok(kind.dequantise(&raw))
    }
}

/// The header as far as it was read.
struct Header<'a> {
    file: BufReader<&'a File>,
    left: u64,
}

type Parsed<T> = std::result::Result<T, String>;

impl Header<'_> {
    fn read(&mut self) -> Parsed<(BTreeMap<String, Value>, BTreeMap<String, Info>)> {
        if &self.bytes::<4>()? != b"GGUF" {
            return Err("is no GGUF file".into());
        }
        let version = self.u32()?;
        if !(2..=3).contains(&version) {
            return Err(format!("GGUF version {version}; 2 and 3 are read"));
        }
        let (tensor_count, key_count) = (self.u64()?, self.u64()?);
        // The shortest key takes 13 bytes, the shortest tensor 24.
        if key_count > self.left / 13 || tensor_count > self.left / 24 {
            return Err(format!(
                "promises {key_count} keys and {tensor_count} tensors in {} bytes",
                self.left
            ));
        }
        let mut metadata = BTreeMap::new();
        for _ in 0..key_count {
            let key = self.string()?;
            let kind = self.u32()?;
            let value = self.value(kind).map_err(|e| format!("key {key}: {e}"))?;
            metadata.insert(key, value);
        }
        let mut tensors = BTreeMap::new();
        for _ in 0..tensor_count {
            let name = self.string()?;
            let sides = self.u32()?;
            if sides > 4 {
                return Err(format!("tensor {name}: {sides} dimensions"));
            }
            let mut shape = (0..sides)
                .map(|_| usize::try_from(self.u64()?).map_err(|e| format!("tensor {name}: {e}")))
                .collect::<Parsed<Vec<_>>>()?;
            shape.reverse();
            let (kind, offset) = (self.u32()?, self.u64()?);
            let info = Info {
                shape,
                kind,
                offset,
            };
            if tensors.insert(name.clone(), info).is_some() {
                return Err(format!("tensor {name}: stands there twice"));
            }
        }
        Ok((metadata, tensors))
    }

    fn bytes<const N: usize>(&mut self) -> Parsed<[u8; N]> {
        let mut bytes = [0; N];
        self.take(N as u64)?;
        self.file
            .read_exact(&mut bytes)
            .map_err(|e| e.to_string())?;
        Ok(bytes)
    }

    fn take(&mut self, bytes: u64) -> Parsed<()> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or("ends in the middle of its header; is it cut?")?;
        Ok(())
    }

    fn u32(&mut self) -> Parsed<u32> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Parsed<u64> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn string(&mut self) -> Parsed<String> {
        let length = self.u64()?;
        self.take(length)?;
        let mut bytes = vec![0; usize::try_from(length).map_err(|e| e.to_string())?];
        self.file
            .read_exact(&mut bytes)
            .map_err(|e| e.to_string())?;
        String::from_utf8(bytes).map_err(|e| e.to_string())
    }

    fn value(&mut self, kind: u32) -> Parsed<Value> {
        if kind != 9 {
            return self.scalar(kind);
        }
        let (kind, length) = (self.u32()?, self.u64()?);
        let size = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 | 10..=12 => 8,
            _ => return Err(format!("array of type {kind}")),
        };
        if length > self.left / size {
            return Err(format!("array of {length} values in {} bytes", self.left));
        }
        (0..length).map(|_| self.scalar(kind)).collect()
    }

    fn scalar(&mut self, kind: u32) -> Parsed<Value> {
        Ok(match kind {
            0 => u8::from_le_bytes(self.bytes()?).into(),
            1 => i8::from_le_bytes(self.bytes()?).into(),
            2 => u16::from_le_bytes(self.bytes()?).into(),
            3 => i16::from_le_bytes(self.bytes()?).into(),
            4 => self.u32()?.into(),
            5 => i32::from_le_bytes(self.bytes()?).into(),
            6 => f32::from_le_bytes(self.bytes()?).into(),
            7 => (self.bytes::<1>()?[0] != 0).into(),
            8 => self.string()?.into(),
            10 => self.u64()?.into(),
            11 => i64::from_le_bytes(self.bytes()?).into(),
            12 => f64::from_le_bytes(self.bytes()?).into(),
            _ => return Err(format!("value of type {kind}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One key, one F32 tensor of 2 × 3 and one of type 99.
    fn small() -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        let mut put = |value: u64| bytes.extend(value.to_le_bytes());
        put(2);
        put(1);
        let string = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        };
        string(&mut bytes, "general.name");
        bytes.extend(8_u32.to_le_bytes());
        string(&mut bytes, "small");
        for (name, kind) in [("good", 0_u32), ("odd", 99)] {
            string(&mut bytes, name);
            bytes.extend(2_u32.to_le_bytes());
            bytes.extend(3_u64.to_le_bytes());
            bytes.extend(2_u64.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(0_u64.to_le_bytes());
        }
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(
            [1_f32, 2.0, 3.0, 4.0, 5.0, 6.0]
                .iter()
                .flat_map(|x| x.to_le_bytes()),
        );
        bytes
    }

    fn open(bytes: &[u8]) -> Result<Gguf> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Gguf::open(file.path())
    }

    #[test]
    fn a_small_file_is_read() {
        let gguf = open(&small()).unwrap();
        assert_eq!(gguf.get("general.name").unwrap(), "small");
        assert_eq!(gguf.shape("good").unwrap(), [2, 3]);
        assert_eq!(gguf.tensor("good").unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let error = gguf.tensor("odd").unwrap_err().to_string();
        assert!(error.contains("tensor odd: type 99"), "{error}");
        assert!(
            gguf.tensor("none")
                .unwrap_err()
                .to_string()
                .contains("absent")
        );
    }

    #[test]
    fn every_cut_is_an_error() {
        let whole = small();
        for length in 0..whole.len() {
            let read = open(&whole[..length]).and_then(|gguf| gguf.tensor("good"));
            assert!(read.is_err(), "{length} of {} bytes", whole.len());
        }
    }

    #[test]
    fn no_changed_byte_makes_it_panic_or_ask_for_much() {
        let whole = small();
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                if let Ok(gguf) = open(&bytes) {
                    let names = gguf.names().map(str::to_owned).collect::<Vec<_>>();
                    for name in names {
                        let _ = gguf.tensor(&name).map(|values| assert!(values.len() <= 64));
                    }
                }
            }
        }
    }
}
