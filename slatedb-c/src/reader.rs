//! Readers: a database opened without becoming its writer.

use slatedb::{DbReader, DbReaderMode};

use crate::boundary::{borrow, call, give, optional_text, output, quietly, take, text};
use crate::bytes::{slatedb_entry, slatedb_slice};
use crate::db::block_cache;
use crate::error::{slatedb_code, slatedb_error, Outcome};
use crate::iterator::slatedb_iterator;
use crate::location::Location;
use crate::read;
use crate::runtime::Limit;
use crate::settings::Settings;

/// A database opened for reading. Any number of readers may be open beside a writer, and none disturbs it.
pub struct slatedb_reader {
    reader: DbReader,
    limit: Limit,
}

impl slatedb_reader {
    fn open(url: &str, settings: &Settings) -> Outcome<Self> {
        let location = Location::to_use(url, settings)?;
        let mode: DbReaderMode = settings.reader_mode();
        let options = settings.reader(Location::is_local(url))?;
        let limit = settings.limit();
        let opening = async {
            location.must_have_database(url).await?;
            let builder = DbReader::builder(location.path.clone(), location.store.clone())
                .with_reader_mode(mode)
                .with_options(options);
            let builder = match block_cache(settings) {
                Some(cache) => builder.with_db_cache(cache, 0),
                None => builder.with_db_cache_disabled(),
            };
            Ok(builder.build().await?)
        };
        let reader = limit.wait_while(opening, || location.record.reads_and_writes())?;
        Ok(Self { reader, limit })
    }
}

/// Opens a database for reading. It doesn't shut out a writer, and it sees what the writer has flushed, to
/// the WAL or further, within engine.manifest_poll_interval (1 second).
///
/// With "reader_mode": "follow_latest" nothing is written, so that a read-only directory will do. A garbage
/// collection elsewhere may then delete a file that is being read; a get or a scan that meets this fails with
/// SLATEDB_DATA, and opening again helps. With "managed_checkpoint" the reader keeps a checkpoint in the
/// manifest, which keeps the files.
#[no_mangle]
pub unsafe extern "C" fn slatedb_reader_open(
    url: *const std::os::raw::c_char,
    settings_json: *const std::os::raw::c_char,
    out: *mut *mut slatedb_reader,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("open a reader", err, || {
        let url = text(url, "url")?;
        let out = output(out, "out")?;
        let settings = Settings::parse(optional_text(settings_json, "settings_json")?)?;
        give(out, slatedb_reader::open(url, &settings)?);
        Ok(())
    })
}

/// Reads a key as slatedb_get does.
#[no_mangle]
pub unsafe extern "C" fn slatedb_reader_get(
    reader: *const slatedb_reader,
    key: slatedb_slice,
    out: *mut slatedb_entry,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("get", err, || {
        let reader = borrow(reader, "reader")?;
        let out = output(out, "out")?;
        let key = key.key()?;
        let entry = reader.limit.wait(read::get(&reader.reader, key))?;
        out.write(slatedb_entry::without_key(entry));
        Ok(())
    })
}

/// Scans as slatedb_scan does.
#[no_mangle]
pub unsafe extern "C" fn slatedb_reader_scan(
    reader: *const slatedb_reader,
    from: slatedb_slice,
    prefix: slatedb_slice,
    out: *mut *mut slatedb_iterator,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("scan", err, || {
        let reader = borrow(reader, "reader")?;
        let out = output(out, "out")?;
        let (from, prefix) = (from.bytes("from")?, prefix.bytes("prefix")?);
        let entries = reader.limit.wait(read::scan(&reader.reader, from, prefix))?;
        give(out, slatedb_iterator::new(entries, reader.limit));
        Ok(())
    })
}

/// Destroys a reader. NULL is fine.
#[no_mangle]
pub unsafe extern "C" fn slatedb_reader_destroy(reader: *mut slatedb_reader) {
    quietly(|| {
        if let Some(handle) = take(reader) {
            // Best effort: what is left of it polls the manifest and holds nothing.
            let _ = handle.limit.wait(async { Ok(handle.reader.close().await?) });
        }
    });
}
