//! SlateDB for C. The header `include/slatedb.h`, generated from this crate, is the manual.
//!
//! `boundary` is where C comes in: it stops panics, checks pointers and fills the caller's error struct.
//! `runtime` blocks on the engine's futures. The other modules are one concept of the interface each.

// The names are C's.
#![allow(non_camel_case_types)]
// What a pointer must be is said once, in the header's introduction, and not again for every function.
#![allow(clippy::missing_safety_doc)]

mod boundary;
mod location;
mod read;
mod runtime;
mod settings;
mod watch;

// The interface, in the order in which the header presents it.

mod error;

mod bytes;

mod db;

mod batch;

mod iterator;

mod snapshot;

mod transaction;

mod reader;

mod compaction;

mod gc;

mod probe;

/// The version of this interface. It grows when something that a compiled program relies on changes.
pub const SLATEDB_ABI_VERSION: u32 = 1;

/// The version of the interface that the library was built with. A program that is linked dynamically
/// compares it with SLATEDB_ABI_VERSION before its first other call.
#[no_mangle]
pub extern "C" fn slatedb_abi_version() -> u32 {
    SLATEDB_ABI_VERSION
}
