//! Does the object store keep its word?

use std::os::raw::c_char;
use std::time::{SystemTime, UNIX_EPOCH};

use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use crate::boundary::{call, optional_text, text};
use crate::db::naming;
use crate::error::{slatedb_code, slatedb_error, Failure, Outcome};
use crate::location::Location;
use crate::settings::Settings;

/// Checks that the object store refuses to create an object that exists. All that keeps two writers apart
/// rests on it, and some stores accept the condition and ignore it. An object is created beside the database,
/// once more, and removed. SLATEDB_UNAVAILABLE: the store can't be used, and why. Run it once for a new
/// place; it creates a local directory as slatedb_open does.
#[no_mangle]
pub unsafe extern "C" fn slatedb_probe(
    url: *const c_char,
    settings_json: *const c_char,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("probe", err, || {
        let url = text(url, "url")?;
        let settings = Settings::parse(optional_text(settings_json, "settings_json")?)?;
        probe(url, &settings).map_err(|failure| naming(url, failure))
    })
}

fn probe(url: &str, settings: &Settings) -> Outcome<()> {
    let location = match settings.create_if_missing() {
        true => Location::to_create(url, settings)?,
        false => Location::to_use(url, settings)?,
    };
    settings.limit().wait(async {
        let object = location.path.clone().join(unique_name());
        let outcome = create_twice(location.store.as_ref(), &object).await;
        let removed = location.store.delete(&object).await;
        outcome?;
        removed.map_err(|error| Failure::unavailable("remove the probe's object", &error))
    })
}

/// Of this process and this moment: a probe that was killed leaves its object behind, and must not fail the
/// next one.
fn unique_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("probe-{}-{}", std::process::id(), now.as_nanos())
}

async fn create_twice(store: &dyn ObjectStore, object: &Path) -> Outcome<()> {
    let create =
        || store.put_opts(object, PutPayload::from_static(b"probe"), PutOptions::from(PutMode::Create));
    create().await.map_err(|error| Failure::unavailable("create an object", &error))?;
    match create().await {
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(()),
        Err(error) => Err(Failure::unavailable("create the object once more", &error)),
        Ok(_) => Err(Failure::new(
            slatedb_code::SLATEDB_UNAVAILABLE,
            "the object store created an object that existed, so it can't keep two writers apart",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use object_store::memory::InMemory;

    #[test]
    fn a_store_that_refuses_the_second_create_is_fine() {
        block_on(create_twice(&InMemory::new(), &Path::from("probe"))).unwrap();
    }
}
