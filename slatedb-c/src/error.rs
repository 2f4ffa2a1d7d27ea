//! What went wrong, as a code and one line of text.

use std::error::Error as StdError;
use std::fmt::Display;
use std::os::raw::c_char;

use slatedb::{CloseReason, ErrorKind};

/// The size of slatedb_error's message, its terminating NUL included.
pub const SLATEDB_ERROR_MESSAGE_BYTES: usize = 512;

/// What a call came to. The numbers never change.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum slatedb_code {
    /// Done.
    SLATEDB_OK = 0,
    /// The key is not there, or the iterator is at its end.
    SLATEDB_NOT_FOUND = 1,
    /// An argument or a setting is wrong. Nothing was done.
    SLATEDB_INVALID = 2,
    /// The transaction lost: someone else wrote what it read or writes. Nothing of it was written.
    SLATEDB_CONFLICT = 3,
    /// A newer writer has opened the database. This handle can't write again; close it and open another.
    SLATEDB_FENCED = 4,
    /// The handle, or the database behind it, has been closed.
    SLATEDB_CLOSED = 5,
    /// The object store or the file system failed or can't be reached: full, read-only, refused, absent.
    SLATEDB_UNAVAILABLE = 6,
    /// No answer within timeout_ms. The outcome of a write is unknown: it may still happen, or have happened.
    SLATEDB_TIMEOUT = 7,
    /// Stored data is damaged or missing, or is of a version that this library doesn't know.
    SLATEDB_DATA = 8,
    /// There is no database at this URL. Nothing was created.
    SLATEDB_NO_DATABASE = 9,
    /// There is a database at this URL, and error_if_exists was set.
    SLATEDB_DATABASE_EXISTS = 10,
    /// A bug in the library or the engine was stopped at the boundary. Close the handle and open another.
    SLATEDB_PANIC = 11,
    /// The engine reports an error of its own that is none of the above.
    SLATEDB_INTERNAL = 12,
}

/// A call's outcome. It belongs to the caller and nothing in it needs to be freed. Every call that takes one
/// fills it: after success the code is SLATEDB_OK and the message is empty. The message is a single line of
/// UTF-8 that says what was being done, what was found, and the cause, and ends in a NUL; what doesn't fit is
/// cut off between two characters.
#[repr(C)]
pub struct slatedb_error {
    pub code: slatedb_code,
    pub message: [c_char; SLATEDB_ERROR_MESSAGE_BYTES],
}

/// A code that isn't SLATEDB_OK, and what to say about it.
#[derive(Clone, Debug)]
pub struct Failure {
    pub code: slatedb_code,
    pub message: String,
}

pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub fn new(code: slatedb_code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(slatedb_code::SLATEDB_INVALID, message)
    }

    /// Something outside the engine failed: a directory, an object store.
    pub fn unavailable(what: impl Display, cause: &(dyn StdError + 'static)) -> Self {
        Self::new(slatedb_code::SLATEDB_UNAVAILABLE, format!("{what}: {}", chain(cause)))
    }

    /// Puts in front what was being done, or to what.
    pub fn within(mut self, context: impl Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }
}

impl From<slatedb::Error> for Failure {
    fn from(error: slatedb::Error) -> Self {
        use slatedb_code::*;
        let code = match error.kind() {
            ErrorKind::Transaction => SLATEDB_CONFLICT,
            ErrorKind::Closed(CloseReason::Fenced) => SLATEDB_FENCED,
            ErrorKind::Closed(CloseReason::Panic) => SLATEDB_PANIC,
            ErrorKind::Closed(_) => SLATEDB_CLOSED,
            ErrorKind::Unavailable => SLATEDB_UNAVAILABLE,
            ErrorKind::Invalid => SLATEDB_INVALID,
            ErrorKind::Data => SLATEDB_DATA,
            // A manifest or a compactor's state that its decoder refuses: the engine has no kind for it.
            ErrorKind::Internal if error.to_string().contains("CallbackError(") => SLATEDB_DATA,
            _ => SLATEDB_INTERNAL,
        };
        Self::new(code, engine_message(&error))
    }
}

/// The engine's text without what the code says already (the kind, in front) and without the source in
/// parentheses, which the chain repeats.
fn engine_message(error: &slatedb::Error) -> String {
    let whole = error.to_string();
    let kind = format!("{}: ", error.kind());
    let mut own = whole.strip_prefix(&kind).unwrap_or(&whole);
    let Some(source) = error.source() else {
        return own.to_string();
    };
    own = own.strip_suffix(&format!(" ({source})")).unwrap_or(own);
    format!("{own}: {}", chain(source))
}

/// An error and its sources, "found what: cause". Many errors quote their source; it isn't repeated then.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let cause = source.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        next = source.source();
    }
    text
}

/// Writes a code and a line of text into the caller's struct, which may be absent.
///
/// # Safety
/// `out` is NULL or points to a slatedb_error that can be written.
pub unsafe fn fill(out: *mut slatedb_error, code: slatedb_code, text: &str) {
    if out.is_null() {
        return;
    }
    // Field by field: the caller's struct need not have been initialised.
    std::ptr::addr_of_mut!((*out).code).write(code);
    let message = std::ptr::addr_of_mut!((*out).message).cast::<u8>();
    let mut len = 0;
    for character in text.chars() {
        let shown = if character.is_control() { ' ' } else { character };
        let mut buffer = [0u8; 4];
        let encoded = shown.encode_utf8(&mut buffer).as_bytes();
        if len + encoded.len() >= SLATEDB_ERROR_MESSAGE_BYTES {
            break;
        }
        std::ptr::copy_nonoverlapping(encoded.as_ptr(), message.add(len), encoded.len());
        len += encoded.len();
    }
    message.add(len).write(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Vec<u8> {
        let mut error = std::mem::MaybeUninit::<slatedb_error>::uninit();
        unsafe {
            fill(error.as_mut_ptr(), slatedb_code::SLATEDB_DATA, text);
            let message = std::ptr::addr_of!((*error.as_ptr()).message).cast::<c_char>();
            std::ffi::CStr::from_ptr(message).to_bytes().to_vec()
        }
    }

    #[test]
    fn a_long_message_is_cut_between_two_characters() {
        let message = filled(&"π".repeat(400));
        assert_eq!(message.len(), SLATEDB_ERROR_MESSAGE_BYTES - 2);
        assert!(std::str::from_utf8(&message).is_ok());
    }

    #[test]
    fn a_message_of_exactly_the_size_is_kept_whole() {
        let text = "x".repeat(SLATEDB_ERROR_MESSAGE_BYTES - 1);
        assert_eq!(filled(&text), text.as_bytes());
    }

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(filled("a\nb\0c\td"), b"a b c d");
    }

    #[test]
    fn a_source_that_is_quoted_already_is_not_repeated() {
        let full = std::io::Error::from_raw_os_error(28);
        let error = object_store::Error::Generic { store: "S", source: Box::new(full) };
        assert_eq!(chain(&error), "Generic S error: No space left on device (os error 28)");
    }

    #[test]
    fn an_engine_error_loses_its_kind_and_keeps_its_cause() {
        let cause = std::io::Error::from_raw_os_error(28);
        let error = slatedb::Error::unavailable("io error".into()).with_source(Box::new(cause));
        let failure = Failure::from(error);
        assert_eq!(failure.code, slatedb_code::SLATEDB_UNAVAILABLE);
        assert_eq!(failure.message, "io error: No space left on device (os error 28)");
    }

    #[test]
    fn the_reason_of_a_close_is_told_apart() {
        let code = |reason| Failure::from(slatedb::Error::closed("closed".into(), reason)).code;
        assert_eq!(code(CloseReason::Fenced), slatedb_code::SLATEDB_FENCED);
        assert_eq!(code(CloseReason::Clean), slatedb_code::SLATEDB_CLOSED);
        assert_eq!(code(CloseReason::Panic), slatedb_code::SLATEDB_PANIC);
    }
}
