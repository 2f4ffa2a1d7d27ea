//! An object store that watches another: what was read and written, and what failed. The engine tells neither
//! the progress of a long operation nor, in the background, its failures.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

use crate::error::chain;

#[derive(Debug)]
pub struct Watched {
    inner: Arc<dyn ObjectStore>,
    record: Arc<Record>,
}

/// What was seen. Manifests and the compactor's state don't count: the background polls and renews them even
/// when nothing moves.
#[derive(Debug, Default)]
pub struct Record {
    reads: AtomicU64,
    writes: AtomicU64,
    last_wal_fence: AtomicU64,
    // By object; a later success takes its failure back, so that what the engine retried successfully is no
    // failure.
    failures: Mutex<BTreeMap<Path, String>>,
}

impl Record {
    pub fn reads_and_writes(&self) -> u64 {
        self.reads.load(Ordering::Relaxed) + self.writes()
    }

    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// The number of the empty WAL file that an opening writes to shut out older writers. 0: none yet.
    pub fn last_wal_fence(&self) -> u64 {
        self.last_wal_fence.load(Ordering::Relaxed)
    }

    /// One of the failures that were left.
    pub fn failure(&self) -> Option<String> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).values().next().cloned()
    }

    fn read<T>(&self, location: &Path, result: Result<T>) -> Result<T> {
        self.count(&self.reads, location, result)
    }

    fn written<T>(&self, location: &Path, result: Result<T>) -> Result<T> {
        self.count(&self.writes, location, result)
    }

    fn count<T>(&self, counter: &AtomicU64, location: &Path, result: Result<T>) -> Result<T> {
        if result.is_ok() && is_data(location) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.noted(location, result)
    }

    /// Notes a failure, unless it is an answer: conditions that don't hold and objects that aren't there are
    /// both ordinary here.
    fn noted<T>(&self, location: &Path, result: Result<T>) -> Result<T> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match &result {
            Ok(_)
            | Err(Error::NotFound { .. })
            | Err(Error::AlreadyExists { .. })
            | Err(Error::Precondition { .. })
            | Err(Error::NotModified { .. })
            | Err(Error::NotImplemented { .. }) => failures.remove(location),
            Err(error) => failures.insert(location.clone(), chain(error)),
        };
        result
    }
}

fn is_data(location: &Path) -> bool {
    matches!(directory(location).as_deref(), Some("wal" | "compacted"))
}

fn directory(location: &Path) -> Option<String> {
    let parts: Vec<_> = location.parts().collect();
    let parent = parts.len().checked_sub(2)?;
    Some(parts[parent].as_ref().to_string())
}

fn wal_number(location: &Path) -> Option<u64> {
    if directory(location)? != "wal" {
        return None;
    }
    location.filename()?.strip_suffix(".sst")?.parse().ok()
}

impl Watched {
    pub fn over(inner: Arc<dyn ObjectStore>) -> (Arc<dyn ObjectStore>, Arc<Record>) {
        let record = Arc::new(Record::default());
        (Arc::new(Self { inner, record: record.clone() }), record)
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Watched {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let is_empty = payload.content_length() == 0;
        let result = self.record.written(location, self.inner.put_opts(location, payload, opts).await)?;
        if let (true, Some(number)) = (is_empty, wal_number(location)) {
            self.record.last_wal_fence.store(number, Ordering::Relaxed);
        }
        Ok(result)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inner = self.record.noted(location, self.inner.put_multipart_opts(location, opts).await)?;
        Ok(Box::new(WatchedUpload { inner, location: location.clone(), record: self.record.clone() }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.record.read(location, self.inner.get_opts(location, options).await)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.record.read(location, self.inner.get_ranges(location, ranges).await)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let record = self.record.clone();
        self.inner
            .delete_stream(locations)
            .map(move |result| match result {
                Ok(location) => record.written(&location.clone(), Ok(location)),
                // Which object it was isn't told.
                Err(error) => record.noted(&Path::default(), Err(error)),
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (record, place) = (self.record.clone(), prefix.cloned().unwrap_or_default());
        self.inner.list(prefix).map(move |result| record.noted(&place, result)).boxed()
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let (record, place) = (self.record.clone(), prefix.cloned().unwrap_or_default());
        self.inner.list_with_offset(prefix, offset).map(move |result| record.noted(&place, result)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.record.noted(prefix.unwrap_or(&Path::default()), self.inner.list_with_delimiter(prefix).await)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.record.written(to, self.inner.copy_opts(from, to, options).await)
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.record.written(to, self.inner.rename_opts(from, to, options).await)
    }
}

#[derive(Debug)]
struct WatchedUpload {
    inner: Box<dyn MultipartUpload>,
    location: Path,
    record: Arc<Record>,
}

#[async_trait]
impl MultipartUpload for WatchedUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let part: BoxFuture<'static, Result<()>> = self.inner.put_part(data);
        let (location, record) = (self.location.clone(), self.record.clone());
        part.map(move |result| record.written(&location, result)).boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.record.written(&self.location, self.inner.complete().await)
    }

    async fn abort(&mut self) -> Result<()> {
        self.record.noted(&self.location, self.inner.abort().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use object_store::memory::InMemory;
    use object_store::ObjectStoreExt;

    #[test]
    fn data_counts_and_manifests_do_not() {
        let (store, record) = Watched::over(Arc::new(InMemory::new()));
        block_on(async {
            store.put(&Path::from("db/manifest/1.manifest"), "m".into()).await.unwrap();
            store.put(&Path::from("wal/00000000000000000007.sst"), "w".into()).await.unwrap();
            store.get(&Path::from("wal/00000000000000000007.sst")).await.unwrap();
        });
        assert_eq!((record.writes(), record.reads_and_writes()), (1, 2));
        assert_eq!(record.last_wal_fence(), 0);
    }

    #[test]
    fn an_empty_wal_file_is_a_fence() {
        let (store, record) = Watched::over(Arc::new(InMemory::new()));
        block_on(store.put(&Path::from("db/wal/00000000000000000012.sst"), PutPayload::new())).unwrap();
        assert_eq!(record.last_wal_fence(), 12);
    }

    #[test]
    fn an_absent_object_is_no_failure() {
        let (store, record) = Watched::over(Arc::new(InMemory::new()));
        block_on(store.get(&Path::from("compacted/x"))).unwrap_err();
        assert_eq!(record.failure(), None);
        assert_eq!(record.reads_and_writes(), 0);
    }
}
