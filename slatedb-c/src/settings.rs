//! The settings object. Every key is known by name; one that isn't is refused, because a setting that is
//! misspelt and ignored is found out about too late.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use slatedb::config::{
    CompactorOptions, DbReaderOptions, GarbageCollectorOptions, SizeTieredCompactionSchedulerOptions,
};
use slatedb::{DbReaderMode, Settings as EngineSettings};

use crate::error::{Failure, Outcome};
use crate::runtime::Limit;

const MIB: usize = 1024 * 1024;

// What differs from the engine's defaults (1 GiB, 64 MiB): a process that embeds a store doesn't expect it to
// take 1 GiB.
const MAX_UNFLUSHED_BYTES: usize = 128 * MIB;
const L0_SST_SIZE_BYTES: usize = 16 * MIB;

// A local file system that fails will fail again: full, read-only, not permitted. A network may answer the
// next time.
const LOCAL_RETRIES: u32 = 0;
const REMOTE_RETRIES: u32 = 5;

// A compaction whose process was killed is given up when it hasn't been heard of for a while. The engine's 30
// s are as long as the default timeout of the call that waits for it.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(2);
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    engine: Map<String, Value>,
    create_if_missing: bool,
    error_if_exists: bool,
    fsync: bool,
    timeout_ms: u64,
    block_cache_bytes: u64,
    compactor: bool,
    gc: bool,
    reader_mode: ReaderMode,
    max_retries: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReaderMode {
    FollowLatest,
    ManagedCheckpoint,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            engine: Map::new(),
            create_if_missing: true,
            error_if_exists: false,
            fsync: true,
            timeout_ms: 30_000,
            block_cache_bytes: 64 * MIB as u64,
            compactor: false,
            gc: false,
            reader_mode: ReaderMode::FollowLatest,
            max_retries: None,
        }
    }
}

pub struct Settings {
    raw: Raw,
}

impl Settings {
    pub fn parse(json: Option<&str>) -> Outcome<Self> {
        let Some(json) = json else {
            return Ok(Self { raw: Raw::default() });
        };
        // Through a Map, so that an array isn't taken for the fields in their order.
        let fields: Map<String, Value> = serde_json::from_str(json).map_err(not_understood)?;
        let raw = Raw::deserialize(Value::Object(fields)).map_err(not_understood)?;
        Ok(Self { raw })
    }

    pub fn create_if_missing(&self) -> bool {
        self.raw.create_if_missing
    }

    pub fn error_if_exists(&self) -> bool {
        self.raw.error_if_exists
    }

    pub fn fsync(&self) -> bool {
        self.raw.fsync
    }

    pub fn limit(&self) -> Limit {
        Limit((self.raw.timeout_ms > 0).then(|| Duration::from_millis(self.raw.timeout_ms)))
    }

    pub fn block_cache_bytes(&self) -> u64 {
        self.raw.block_cache_bytes
    }

    pub fn retries(&self, local: bool) -> u32 {
        self.raw.max_retries.unwrap_or(if local { LOCAL_RETRIES } else { REMOTE_RETRIES })
    }

    pub fn reader_mode(&self) -> DbReaderMode {
        match self.raw.reader_mode {
            ReaderMode::FollowLatest => DbReaderMode::FollowLatest,
            ReaderMode::ManagedCheckpoint => DbReaderMode::ManagedCheckpoint,
        }
    }

    /// The engine's settings, with a compactor and a garbage collector only where they were asked for.
    pub fn engine(&self, local: bool) -> Outcome<EngineSettings> {
        let mut engine = self.merged(local)?;
        engine.compactor_options = engine.compactor_options.filter(|_| self.raw.compactor);
        engine.garbage_collector_options = engine.garbage_collector_options.filter(|_| self.raw.gc);
        engine.validate()?;
        Ok(engine)
    }

    pub fn compactor(&self, local: bool) -> Outcome<CompactorOptions> {
        Ok(self.merged(local)?.compactor_options.unwrap_or_default())
    }

    pub fn garbage_collector(&self, local: bool) -> Outcome<GarbageCollectorOptions> {
        Ok(self.merged(local)?.garbage_collector_options.unwrap_or_default())
    }

    pub fn reader(&self, local: bool) -> Outcome<DbReaderOptions> {
        let engine = self.merged(local)?;
        Ok(DbReaderOptions {
            manifest_poll_interval: engine.manifest_poll_interval,
            max_memtable_bytes: engine.l0_sst_size_bytes as u64,
            object_store_cache_options: engine.object_store_cache_options,
            object_store_max_retries: engine.object_store_max_retries,
            ..DbReaderOptions::default()
        })
    }

    fn merged(&self, local: bool) -> Outcome<EngineSettings> {
        let mut engine = serde_json::to_value(self.engine_defaults(local)).map_err(not_understood)?;
        merge(&mut engine, &self.raw.engine, "engine")?;
        EngineSettings::deserialize(engine)
            .map_err(|error| Failure::invalid(format!("settings: engine: {error}")))
    }

    fn engine_defaults(&self, local: bool) -> EngineSettings {
        let mut engine = EngineSettings {
            max_unflushed_bytes: MAX_UNFLUSHED_BYTES,
            l0_sst_size_bytes: L0_SST_SIZE_BYTES,
            ..EngineSettings::default()
        };
        let retries = Some(self.retries(local));
        engine.object_store_max_retries = retries;
        if let Some(compactor) = &mut engine.compactor_options {
            compactor.object_store_max_retries = retries;
            compactor.worker_heartbeat_timeout = HEARTBEAT_TIMEOUT;
            if let Some(worker) = &mut compactor.worker {
                worker.object_store_max_retries = retries;
                worker.heartbeat_interval = HEARTBEAT_INTERVAL;
            }
        }
        if let Some(collector) = &mut engine.garbage_collector_options {
            collector.object_store_max_retries = retries;
            // The local store can't replace a file on a condition, and the collector deletes nothing where it
            // would have to.
            collector.boundary_files_enabled = !local;
        }
        engine
    }
}

/// Lays the caller's fields over the defaults, which name every field there is.
fn merge(base: &mut Value, fields: &Map<String, Value>, path: &str) -> Outcome<()> {
    for (key, value) in fields {
        let path = format!("{path}.{key}");
        let slot =
            base.get_mut(key).ok_or_else(|| Failure::invalid(format!("settings: unknown field {path}")))?;
        match (&mut *slot, value) {
            (Value::Object(_), Value::Object(inner)) if key == "scheduler_options" => {
                only_known_scheduler_options(inner, &path)?;
                *slot = value.clone();
            }
            (Value::Object(_), Value::Object(inner)) => merge(slot, inner, &path)?,
            _ => *slot = value.clone(),
        }
    }
    Ok(())
}

/// The scheduler's options are an open map that the engine reads with no more than a warning for what it
/// doesn't know.
fn only_known_scheduler_options(options: &Map<String, Value>, path: &str) -> Outcome<()> {
    let known = std::collections::HashMap::from(SizeTieredCompactionSchedulerOptions::default());
    match options.keys().find(|key| !known.contains_key(*key)) {
        Some(key) => Err(Failure::invalid(format!("settings: unknown field {path}.{key}"))),
        None => Ok(()),
    }
}

fn not_understood(error: serde_json::Error) -> Failure {
    Failure::invalid(format!("settings: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        let refused = Settings::parse(Some(json)).and_then(|settings| settings.engine(true));
        refused.map(|_| ()).unwrap_err().message
    }

    #[test]
    fn nothing_and_an_empty_object_mean_the_defaults() {
        for json in [None, Some("{}")] {
            let settings = Settings::parse(json).unwrap();
            let engine = settings.engine(true).unwrap();
            assert_eq!(engine.max_unflushed_bytes, MAX_UNFLUSHED_BYTES);
            assert_eq!(engine.l0_sst_size_bytes, L0_SST_SIZE_BYTES);
            assert_eq!(engine.object_store_max_retries, Some(LOCAL_RETRIES));
            assert!(engine.compactor_options.is_none() && engine.garbage_collector_options.is_none());
            assert!(settings.fsync() && settings.create_if_missing() && !settings.error_if_exists());
        }
    }

    #[test]
    fn an_unknown_key_is_named_at_every_depth() {
        assert!(refusal(r#"{"tiemout_ms": 1}"#).contains("tiemout_ms"));
        assert!(refusal(r#"{"engine": {"l0_size": 1}}"#).contains("engine.l0_size"));
        assert!(
            refusal(r#"{"engine": {"compactor_options": {"x": 1}}}"#).contains("engine.compactor_options.x")
        );
        let scheduler = r#"{"engine": {"compactor_options": {"scheduler_options": {"y": "1"}}}}"#;
        assert!(refusal(scheduler).contains("engine.compactor_options.scheduler_options.y"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for json in ["", "[]", "1", "null", "{} {}", r#"{"engine": []}"#] {
            assert!(Settings::parse(Some(json)).is_err(), "{json}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_or_range_is_refused() {
        assert!(refusal(r#"{"fsync": 1}"#).contains("boolean"));
        assert!(refusal(r#"{"reader_mode": "x"}"#).contains("follow_latest"));
        assert!(refusal(r#"{"engine": {"flush_interval": "soon"}}"#).contains("engine"));
        assert!(refusal(r#"{"engine": {"max_unflushed_bytes": 1}}"#).contains("max_unflushed_bytes"));
    }

    #[test]
    fn engine_fields_are_laid_over_the_defaults() {
        let json = r#"{"compactor": true, "max_retries": 2,
                       "engine": {"flush_interval": "7ms", "compactor_options": {"poll_interval": "1s"}}}"#;
        let engine = Settings::parse(Some(json)).unwrap().engine(false).unwrap();
        assert_eq!(engine.flush_interval, Some(Duration::from_millis(7)));
        assert_eq!(engine.object_store_max_retries, Some(2));
        let compactor = engine.compactor_options.unwrap();
        assert_eq!(compactor.poll_interval, Duration::from_secs(1));
        assert_eq!(compactor.object_store_max_retries, Some(2));
        assert!(compactor.worker.is_some());
    }

    #[test]
    fn no_timeout_is_no_limit() {
        assert!(Settings::parse(Some(r#"{"timeout_ms": 0}"#)).unwrap().limit().0.is_none());
    }
}
