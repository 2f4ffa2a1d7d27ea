//! Iterators.

use std::sync::{Mutex, PoisonError};

use slatedb::DbIterator;

use crate::boundary::{borrow, call, output, quietly, take};
use crate::bytes::slatedb_entry;
use crate::error::{slatedb_code, slatedb_error, Failure, Outcome};
use crate::read;
use crate::runtime::Limit;

/// Entries in ascending order of their keys, as they were when the scan began.
pub struct slatedb_iterator {
    state: Mutex<State>,
    limit: Limit,
}

enum State {
    Open(Box<DbIterator>),
    Ended,
    Failed(Failure),
}

impl slatedb_iterator {
    pub fn new(entries: Option<DbIterator>, limit: Limit) -> Self {
        let state = entries.map_or(State::Ended, |entries| State::Open(Box::new(entries)));
        Self { state: Mutex::new(state), limit }
    }

    fn next(&self) -> Outcome<slatedb_entry> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State::Open(entries) = &mut *state else {
            return Err(state.failure());
        };
        let next = self.limit.wait(read::next(entries));
        match next {
            Ok(Some(entry)) => return Ok(slatedb_entry::with_key(entry)),
            Ok(None) => *state = State::Ended,
            // A step that was given up half way may have lost entries, so that going on could skip some.
            Err(failure) => *state = State::Failed(failure),
        }
        Err(state.failure())
    }
}

impl State {
    fn failure(&self) -> Failure {
        match self {
            State::Failed(failure) => failure.clone(),
            _ => Failure::new(slatedb_code::SLATEDB_NOT_FOUND, "no more entries"),
        }
    }
}

/// Moves to the next entry and fills `*out`, which slatedb_entry_release gives back. After the last entry the
/// code is SLATEDB_NOT_FOUND, again and again. After any other failure an iterator is of no more use, and
/// says the same failure again: scan anew, from the last key.
#[no_mangle]
pub unsafe extern "C" fn slatedb_iterator_next(
    iterator: *mut slatedb_iterator,
    out: *mut slatedb_entry,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("next", err, || {
        let iterator = borrow(iterator, "iterator")?;
        let out = output(out, "out")?;
        out.write(iterator.next()?);
        Ok(())
    })
}

/// Destroys an iterator. NULL is fine. What it returned stays.
#[no_mangle]
pub unsafe extern "C" fn slatedb_iterator_destroy(iterator: *mut slatedb_iterator) {
    quietly(|| drop(take(iterator)));
}
