//! From a URL to an object store and a path in it.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures::StreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

use crate::error::{chain, slatedb_code, Failure, Outcome};
use crate::settings::Settings;
use crate::watch::{Record, Watched};

const FILE: &str = "file://";
const MEMORY: &str = "memory://";

/// A database's place.
pub struct Location {
    pub store: Arc<dyn ObjectStore>,
    pub path: Path,
    pub record: Arc<Record>,
    /// The directory, when it is a local one.
    pub directory: Option<PathBuf>,
}

impl Location {
    /// The place of a database that may be about to be created. Makes a local directory that isn't there.
    pub fn to_create(url: &str, settings: &Settings) -> Outcome<Self> {
        Self::resolve(url, settings, true)
    }

    /// The place of a database that should be there. Nothing is created.
    pub fn to_use(url: &str, settings: &Settings) -> Outcome<Self> {
        Self::resolve(url, settings, false)
    }

    /// Whether it is on this machine, so that a failure isn't worth another try.
    pub fn is_local(url: &str) -> bool {
        url.starts_with(FILE) || url.starts_with(MEMORY)
    }

    fn resolve(url: &str, settings: &Settings, create: bool) -> Outcome<Self> {
        if let Some(rest) = url.strip_prefix(FILE) {
            return Self::file(url, rest, settings, create);
        }
        if let Some(name) = url.strip_prefix(MEMORY) {
            return Ok(Self::new(memory(name), Path::default(), None));
        }
        let (store, path) = remote(url, settings)?;
        Ok(Self::new(store, path, None))
    }

    fn new(store: Arc<dyn ObjectStore>, path: Path, directory: Option<PathBuf>) -> Self {
        let (store, record) = Watched::over(store);
        Self { store, path, record, directory }
    }

    fn file(url: &str, rest: &str, settings: &Settings, create: bool) -> Outcome<Self> {
        let directory = local_path(url, rest)?;
        if create {
            create_directories(&directory, settings.fsync())?;
        } else if matches!(directory.try_exists(), Ok(false)) {
            return Err(no_database(url));
        }
        let store = LocalFileSystem::new_with_prefix(&directory)
            .map_err(|error| Failure::new(slatedb_code::SLATEDB_UNAVAILABLE, chain(&error)))?
            .with_fsync(settings.fsync());
        Ok(Self::new(Arc::new(store), Path::default(), Some(directory)))
    }

    /// Whether a database is there: whether there is a manifest. One listing, which stops at the first.
    pub async fn has_database(&self) -> Outcome<bool> {
        let directory = self.path.clone().join("manifest");
        let mut files = self.store.list(Some(&directory));
        while let Some(file) = files.next().await {
            let file = file.map_err(|error| Failure::unavailable("list manifests", &error))?;
            if file.location.extension() == Some("manifest") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub async fn must_have_database(&self, url: &str) -> Outcome<()> {
        if self.has_database().await? {
            return Ok(());
        }
        Err(no_database(url))
    }
}

fn no_database(url: &str) -> Failure {
    Failure::new(slatedb_code::SLATEDB_NO_DATABASE, format!("there is no database at {url}"))
}

/// A file URL's path, percent-decoded. Not left to a URL parser: that one would resolve "..", turn a relative
/// path into an absolute one and take "?" and "#" away, all without a word.
fn local_path(url: &str, rest: &str) -> Outcome<PathBuf> {
    if !rest.starts_with('/') {
        return Err(Failure::invalid(format!("{url} is not file:// and an absolute path")));
    }
    if let Some(reserved) = rest.chars().find(|c| matches!(c, '?' | '#')) {
        return Err(Failure::invalid(format!("{url}: write %{:02X} for {reserved}", u32::from(reserved))));
    }
    let bytes = percent_decoded(rest.as_bytes()).ok_or_else(|| {
        Failure::invalid(format!("{url}: write %25 for % (or two hexadecimal digits after it)"))
    })?;
    if bytes.contains(&0) {
        return Err(Failure::invalid(format!("{url}: a path can't contain %00")));
    }
    Ok(PathBuf::from(OsString::from_vec(bytes)))
}

fn percent_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(*rest.next()?).to_digit(16)?;
        let low = char::from(*rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(bytes)
}

/// Creates a directory and its parents. The object store syncs the directories it makes itself, below this
/// one; the entry of each one made here is in its parent.
fn create_directories(directory: &FilePath, fsync: bool) -> Outcome<()> {
    let missing: Vec<_> = directory.ancestors().take_while(|path| !path.exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let describe = |path: &FilePath| format!("create directory {}", path.display());
    std::fs::create_dir_all(directory).map_err(|error| Failure::unavailable(describe(directory), &error))?;
    if !fsync {
        return Ok(());
    }
    for parent in missing.iter().filter_map(|path| path.parent()) {
        File::open(parent)
            .and_then(|parent| parent.sync_all())
            .map_err(|error| Failure::unavailable(describe(directory), &error))?;
    }
    Ok(())
}

/// Stores in memory live as long as the process, so that one can be opened again under its name.
fn memory(name: &str) -> Arc<dyn ObjectStore> {
    static STORES: OnceLock<Mutex<HashMap<String, Arc<InMemory>>>> = OnceLock::new();
    let mut stores = STORES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    stores.entry(name.to_string()).or_default().clone()
}

fn remote(url: &str, settings: &Settings) -> Outcome<(Arc<dyn ObjectStore>, Path)> {
    let invalid =
        |error: &(dyn std::error::Error + 'static)| Failure::invalid(format!("{url}: {}", chain(error)));
    let parsed = Url::parse(url).map_err(|error| invalid(&error))?;
    // Options are recognised by their lower-case names.
    let options = std::env::vars_os().filter_map(|(key, value)| {
        Some((key.into_string().ok()?.to_ascii_lowercase(), value.into_string().ok()?))
    });
    let (scheme, path) =
        ObjectStoreScheme::parse(&parsed).map_err(|error| invalid(&object_store::Error::from(error)))?;
    if scheme != ObjectStoreScheme::AmazonS3 {
        let (store, path) =
            object_store::parse_url_opts(&parsed, options).map_err(|error| invalid(&error))?;
        return Ok((Arc::from(store), path));
    }
    let builder =
        options.fold(AmazonS3Builder::new().with_url(url), |builder, (key, value)| match key.parse() {
            Ok(key) => builder.with_config(key, value),
            Err(_) => builder,
        });
    let store = builder.with_retry(client_retries(settings)).build().map_err(|error| invalid(&error))?;
    Ok((Arc::new(store), path))
}

/// The engine retries whatever the client gives up on, max_retries times. The client adds no more than one
/// try of its own, or the two would multiply.
fn client_retries(settings: &Settings) -> RetryConfig {
    let max_retries = settings.retries(false).min(1) as usize;
    RetryConfig { max_retries, ..RetryConfig::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(url: &str) -> Outcome<PathBuf> {
        local_path(url, url.strip_prefix(FILE).unwrap())
    }

    #[test]
    fn a_file_url_is_percent_decoded() {
        assert_eq!(path("file:///a%20b/%C3%A9").unwrap(), PathBuf::from("/a b/é"));
        assert_eq!(path("file:///a b/100%25/%23%3f").unwrap(), PathBuf::from("/a b/100%/#?"));
        assert_eq!(path("file:///a/../b").unwrap(), PathBuf::from("/a/../b"));
    }

    #[test]
    fn a_file_url_that_could_mean_another_path_is_refused() {
        for url in [
            "file://a",
            "file://",
            "file:///a#b",
            "file:///a?b",
            "file:///100%",
            "file:///%zz",
            "file:///%00",
        ] {
            assert_eq!(path(url).unwrap_err().code, slatedb_code::SLATEDB_INVALID, "{url}");
        }
    }

    #[test]
    fn a_memory_store_is_found_again_by_its_name() {
        let settings = Settings::parse(None).unwrap();
        let store = |url| Location::to_use(url, &settings).unwrap();
        let put = async {
            let (a, b) = (store("memory://one"), store("memory://two"));
            let file = Path::from("manifest/1.manifest");
            object_store::ObjectStoreExt::put(&a.store, &file, "x".into()).await.unwrap();
            (store("memory://one").has_database().await.unwrap(), b.has_database().await.unwrap())
        };
        assert_eq!(futures::executor::block_on(put), (true, false));
    }
}
