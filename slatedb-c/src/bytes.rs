//! Bytes in and bytes out.

use std::os::raw::c_void;

use bytes::Bytes;
use slatedb::KeyValue;

use crate::boundary::quietly;
use crate::error::{Failure, Outcome};

/// Bytes that the caller lends for the duration of a call. data may be NULL when len is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct slatedb_slice {
    pub data: *const u8,
    pub len: usize,
}

/// Bytes that the library lends until slatedb_bytes_release. They aren't copied: they are a part of a block
/// of the database, of which 4 KiB or more stay in memory until then. They outlive the handle they came from.
/// The struct may be moved, but copies of it must not both be released. data is never NULL when owner isn't.
#[repr(C)]
pub struct slatedb_bytes {
    pub data: *const u8,
    pub len: usize,
    pub owner: *mut c_void,
}

/// A key, its value and what is stored beside them. Released by slatedb_entry_release.
#[repr(C)]
pub struct slatedb_entry {
    /// Filled by an iterator. Empty after a get, whose caller knows the key.
    pub key: slatedb_bytes,
    pub value: slatedb_bytes,
    /// The number of the write that the entry comes from; a later write has a higher one. What a transaction
    /// hasn't committed yet has UINT64_MAX.
    pub seq: u64,
    /// When it was written, in milliseconds since 1970.
    pub created_ms: i64,
    /// When it expires, in milliseconds since 1970. 0: never.
    pub expires_ms: i64,
}

/// Gives bytes back and zeroes the struct. NULL, and a struct that is zeroed, are fine.
#[no_mangle]
pub unsafe extern "C" fn slatedb_bytes_release(bytes: *mut slatedb_bytes) {
    quietly(|| {
        if let Some(bytes) = bytes.as_mut() {
            bytes.release();
        }
    });
}

/// Gives an entry's key and value back and zeroes the struct. NULL, and a struct that is zeroed, are fine.
#[no_mangle]
pub unsafe extern "C" fn slatedb_entry_release(entry: *mut slatedb_entry) {
    quietly(|| {
        if let Some(entry) = entry.as_mut() {
            entry.key.release();
            entry.value.release();
            (entry.seq, entry.created_ms, entry.expires_ms) = (0, 0, 0);
        }
    });
}

impl slatedb_bytes {
    const NONE: Self = Self { data: std::ptr::null(), len: 0, owner: std::ptr::null_mut() };

    fn new(bytes: Bytes) -> Self {
        let (data, len) = (bytes.as_ptr(), bytes.len());
        Self { data, len, owner: Box::into_raw(Box::new(bytes)).cast() }
    }

    unsafe fn release(&mut self) {
        let taken = std::mem::replace(self, Self::NONE);
        if !taken.owner.is_null() {
            drop(Box::from_raw(taken.owner.cast::<Bytes>()));
        }
    }
}

impl slatedb_entry {
    pub fn with_key(entry: KeyValue) -> Self {
        let key = slatedb_bytes::new(entry.key.clone());
        Self { key, ..Self::without_key(entry) }
    }

    pub fn without_key(entry: KeyValue) -> Self {
        Self {
            key: slatedb_bytes::NONE,
            value: slatedb_bytes::new(entry.value),
            seq: entry.seq,
            created_ms: entry.create_ts,
            expires_ms: entry.expire_ts.unwrap_or(0),
        }
    }
}

impl slatedb_slice {
    /// # Safety
    /// The caller vouches for data and len.
    pub unsafe fn bytes<'a>(&self, name: &str) -> Outcome<&'a [u8]> {
        if self.len == 0 {
            return Ok(&[]);
        }
        if self.data.is_null() {
            return Err(Failure::invalid(format!("{name}.data is NULL and {name}.len is {}", self.len)));
        }
        if self.len > isize::MAX as usize {
            return Err(Failure::invalid(format!("{name}.len is {}", self.len)));
        }
        Ok(std::slice::from_raw_parts(self.data, self.len))
    }

    /// A key. The engine asserts its length, with a panic, so it is looked at first.
    pub unsafe fn key<'a>(&self) -> Outcome<&'a [u8]> {
        if self.len == 0 || self.len > usize::from(u16::MAX) {
            return Err(Failure::invalid(format!("the key has {} bytes, not 1 to {}", self.len, u16::MAX)));
        }
        self.bytes("key")
    }

    /// A value. The engine stores its length in 32 bits.
    pub unsafe fn value<'a>(&self) -> Outcome<&'a [u8]> {
        if u32::try_from(self.len).is_err() {
            return Err(Failure::invalid(format!(
                "the value has {} bytes, more than {}",
                self.len,
                u32::MAX
            )));
        }
        self.bytes("value")
    }
}
