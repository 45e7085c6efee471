//! The artifact store: models and checkpoints as folders of files, in a folder of this machine or in S3.
//! **A folder is there when its list of files is**, which is written last: what was cut off in the middle
//! was never there.

use anyhow::{Context, bail};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The list of a folder's files.
const LIST: &str = "files.json";
/// Bytes read at a time.
const PIECE: usize = 4 << 20;

/// Where models and checkpoints are kept.
#[derive(Clone, Debug)]
pub struct Artifacts {
    kept: Kept,
}

#[derive(Clone, Debug)]
enum Kept {
    /// In this folder.
    Here(PathBuf),
    /// In a bucket below a prefix; copies of what is used are in a folder.
    Away {
        store: Arc<dyn ObjectStore>,
        prefix: Key,
        cache: PathBuf,
    },
}

/// The files of a folder with their sizes.
#[derive(Debug, Default, Serialize, Deserialize)]
struct List(BTreeMap<String, u64>);

impl Artifacts {
    /// Opens the store at a folder's path or `s3://bucket/prefix`, whose keys are in the usual environment
    /// variables (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` …). Copies of what is far away are kept in `cache`.
    ///
    /// # Errors
    /// When the folder cannot be made or the address cannot be used.
    pub fn open(address: &str, cache: &Path) -> anyhow::Result<Self> {
        Self::open_with(address, cache, std::env::vars())
    }

    /// As [`Self::open`], with these variables instead of the environment's.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(
        address: &str,
        cache: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let kept = if let Some(rest) = address.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let known = variables
                .into_iter()
                .filter_map(|(name, value)| Some((s3_setting(&name)?, value)));
            let settings = known.fold(AmazonS3Builder::new(), |all, (key, value)| {
                all.with_config(key, value)
            });
            let store = settings
                .with_bucket_name(bucket)
                .build()
                .with_context(|| format!("the artifact store {address} cannot be used"))?;
            let name = format!("{bucket}-{prefix}").replace('/', "-");
            Kept::Away {
                store: Arc::new(store),
                prefix: Key::from(prefix),
                cache: cache.join(name),
            }
        } else {
            let folder = PathBuf::from(address.strip_prefix("file://").unwrap_or(address));
            std::fs::create_dir_all(&folder).with_context(|| {
                format!("the artifact store {} cannot be made", folder.display())
            })?;
            Kept::Here(std::path::absolute(&folder)?)
        };
        Ok(Self { kept })
    }

    #[cfg(test)]
    fn away(store: Arc<dyn ObjectStore>, cache: &Path) -> Self {
        Self {
            kept: Kept::Away {
                store,
                prefix: Key::from("some/prefix"),
                cache: cache.to_owned(),
            },
        }
    }

    /// A folder of this machine in which `name` may be written before it is [kept](Self::keep).
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn workplace(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.at(name);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(folder)
    }

    fn at(&self, name: &str) -> PathBuf {
        match &self.kept {
            Kept::Here(folder) => folder.join(name),
            Kept::Away { cache, .. } => cache.join(name),
        }
    }

    /// Keeps what stands in the workplace of `name`, its list last; how many bytes it has.
    ///
    /// # Errors
    /// When a file cannot be read, or the store does not take it.
    pub async fn keep(&self, name: &str) -> anyhow::Result<u64> {
        let folder = self.at(name);
        let _ = tokio::fs::remove_file(folder.join(LIST)).await;
        let list = list(&folder)?;
        if let Kept::Away { store, prefix, .. } = &self.kept {
            for file in list.0.keys() {
                let to = key(prefix, &format!("{name}/{file}"));
                upload(store.as_ref(), &folder.join(file), &to)
                    .await
                    .with_context(|| format!("{name}/{file} cannot be kept"))?;
            }
            let text = serde_json::to_vec(&list)?;
            let to = key(prefix, &format!("{name}/{LIST}"));
            store.put(&to, text.into()).await?;
        }
        let unfinished = folder.join(format!(".{LIST}"));
        tokio::fs::write(&unfinished, serde_json::to_vec(&list)?).await?;
        tokio::fs::rename(&unfinished, folder.join(LIST)).await?;
        Ok(list.0.values().sum())
    }

    /// The folder on this machine that holds all of `name`, fetched if need be.
    ///
    /// # Errors
    /// When it is not there, or not whole.
    pub async fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.at(name);
        if let Kept::Away { store, prefix, .. } = &self.kept
            && !folder.join(LIST).exists()
        {
            let from = key(prefix, &format!("{name}/{LIST}"));
            let text = store
                .get(&from)
                .await
                .with_context(|| format!("{name} is not in the artifact store"))?
                .bytes()
                .await?;
            let list: List = serde_json::from_slice(&text)?;
            for (file, size) in &list.0 {
                let from = key(prefix, &format!("{name}/{file}"));
                download(store.as_ref(), &from, &folder.join(file), *size)
                    .await
                    .with_context(|| format!("{name}/{file} cannot be fetched"))?;
            }
            tokio::fs::write(folder.join(LIST), &text).await?;
        }
        let text = tokio::fs::read(folder.join(LIST))
            .await
            .with_context(|| format!("{name} is not in the artifact store"))?;
        let wanted: List = serde_json::from_slice(&text)?;
        for (file, size) in &wanted.0 {
            let found = tokio::fs::metadata(folder.join(file))
                .await
                .map(|it| it.len());
            if found.as_ref().ok() != Some(size) {
                bail!("{name}/{file} is damaged: {size} bytes were kept, found {found:?}");
            }
        }
        Ok(folder)
    }

    /// Forgets everything below `name`.
    ///
    /// # Errors
    /// When the store does not let it.
    pub async fn forget(&self, name: &str) -> anyhow::Result<()> {
        if let Kept::Away { store, prefix, .. } = &self.kept {
            use futures_util::TryStreamExt;
            let below = key(prefix, name);
            let found: Vec<_> = store.list(Some(&below)).try_collect().await?;
            for object in found {
                store.delete(&object.location).await?;
            }
        }
        match tokio::fs::remove_dir_all(self.at(name)).await {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(cause.into()),
            _ => Ok(()),
        }
    }
}

/// What an environment variable sets of S3, if it does.
fn s3_setting(name: &str) -> Option<AmazonS3ConfigKey> {
    let name = name.strip_prefix("AWS_").map(|_| name.to_ascii_lowercase());
    name?.parse().ok()
}

fn key(prefix: &Key, name: &str) -> Key {
    Key::from(format!("{prefix}/{name}"))
}

/// All files below a folder, by their paths in it.
fn list(folder: &Path) -> anyhow::Result<List> {
    let mut list = List::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if let Some(name) = path.strip_prefix(folder)?.to_str()
                && name != LIST
            {
                list.0.insert(name.to_owned(), entry.metadata()?.len());
            }
        }
    }
    Ok(list)
}

async fn upload(store: &dyn ObjectStore, from: &Path, to: &Key) -> anyhow::Result<()> {
    let mut file = tokio::fs::File::open(from).await?;
    let mut upload = WriteMultipart::new(store.put_multipart(to).await?);
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece).await?;
        if read == 0 {
            break;
        }
        // bounded memory, however slow the store is
        upload.wait_for_capacity(2).await?;
        upload.write(&piece[..read]);
    }
    upload.finish().await?;
    Ok(())
}

async fn download(store: &dyn ObjectStore, from: &Key, to: &Path, size: u64) -> anyhow::Result<()> {
    use futures_util::TryStreamExt;
    if tokio::fs::metadata(to)
        .await
        .is_ok_and(|it| it.len() == size)
    {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let unfinished = to.with_extension("part");
    let mut file = tokio::fs::File::create(&unfinished).await?;
    let mut pieces = store.get(from).await?.into_stream();
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    tokio::fs::rename(&unfinished, to).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    async fn story(one: Artifacts, other: Artifacts) {
        let place = one.workplace("models/a").unwrap();
        std::fs::create_dir_all(place.join("deep")).unwrap();
        std::fs::write(place.join("weights"), vec![7_u8; 9_000_000]).unwrap();
        std::fs::write(place.join("deep/config.json"), "{}").unwrap();
        assert!(
            other.folder("models/a").await.is_err(),
            "it was not kept yet"
        );
        assert_eq!(one.keep("models/a").await.unwrap(), 9_000_002);
        let found = other.folder("models/a").await.unwrap();
        assert_eq!(
            std::fs::read(found.join("weights")).unwrap().len(),
            9_000_000
        );
        assert_eq!(
            std::fs::read(found.join("deep/config.json")).unwrap(),
            b"{}"
        );
        std::fs::write(found.join("weights"), "cut").unwrap();
        let problem = other.folder("models/a").await.unwrap_err().to_string();
        assert!(problem.contains("damaged"), "{problem}");
        one.forget("models").await.unwrap();
        assert!(one.folder("models/a").await.is_err());
    }

    #[tokio::test]
    async fn a_folder_is_there_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("kept");
        let open = || Artifacts::open(address.to_str().unwrap(), folder.path()).unwrap();
        story(open(), open()).await;
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let one = Artifacts::away(store.clone(), &folder.path().join("one"));
        let other = Artifacts::away(store, &folder.path().join("other"));
        story(one, other).await;
    }
}
