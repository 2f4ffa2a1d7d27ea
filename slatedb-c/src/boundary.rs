//! Where C calls in. Nothing unwinds past this module, and no pointer is used before it was looked at.

use std::any::Any;
use std::cell::Cell;
use std::ffi::CStr;
use std::os::raw::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Once;

use crate::error::{fill, slatedb_code, slatedb_error, Failure, Outcome};

/// Runs the body of an exported function. The body writes its outputs last, when nothing can fail any more,
/// so that they are untouched whenever the code isn't SLATEDB_OK.
///
/// # Safety
/// `err` is NULL or points to a slatedb_error that can be written.
pub unsafe fn call(doing: &str, err: *mut slatedb_error, body: impl FnOnce() -> Outcome<()>) -> slatedb_code {
    let failure = match silently(body) {
        Ok(Ok(())) => {
            fill(err, slatedb_code::SLATEDB_OK, "");
            return slatedb_code::SLATEDB_OK;
        }
        Ok(Err(failure)) => failure,
        Err(payload) => Failure::new(slatedb_code::SLATEDB_PANIC, panic_text(payload.as_ref())),
    };
    fill(err, failure.code, &format!("{doing}: {}", failure.message));
    failure.code
}

/// Runs the body of a function that can't report: a destructor.
pub fn quietly(body: impl FnOnce()) {
    // A panic in a destructor has no one to be told to; what it was destroying is gone either way.
    let _ = silently(body);
}

/// The names of this library's threads begin so (see runtime).
const THREAD_PREFIX: &str = "slatedb-";

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs the body and stops a panic, of which nothing is printed: the engine panics at some kinds of damaged files, and
/// the caller is told by a code.
fn silently<T>(body: impl FnOnce() -> T) -> std::thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let ours = std::thread::current().name().is_some_and(|name| name.starts_with(THREAD_PREFIX));
            if !ours && !INSIDE.get() {
                others(info);
            }
        }));
    });
    let outer = INSIDE.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(outer);
    outcome
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!("panic: {text}")
}

/// A handle or another struct that the caller lends.
pub unsafe fn borrow<'a, T>(pointer: *const T, name: &str) -> Outcome<&'a T> {
    pointer.as_ref().ok_or_else(|| is_null(name))
}

/// A place for a result. It is checked before anything is done, and written by `give` at the very end.
pub fn output<T>(pointer: *mut T, name: &str) -> Outcome<*mut T> {
    if pointer.is_null() {
        return Err(is_null(name));
    }
    Ok(pointer)
}

/// Hands an object over to the caller, who gives it back to the destructor.
pub unsafe fn give<T>(out: *mut *mut T, object: T) {
    out.write(Box::into_raw(Box::new(object)));
}

/// Takes an object back from the caller, for the last time.
pub unsafe fn take<T>(pointer: *mut T) -> Option<Box<T>> {
    (!pointer.is_null()).then(|| Box::from_raw(pointer))
}

pub unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Outcome<&'a str> {
    if pointer.is_null() {
        return Err(is_null(name));
    }
    CStr::from_ptr(pointer).to_str().map_err(|_| Failure::invalid(format!("{name} is not UTF-8")))
}

pub unsafe fn optional_text<'a>(pointer: *const c_char, name: &str) -> Outcome<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    text(pointer, name).map(Some)
}

fn is_null(name: &str) -> Failure {
    Failure::invalid(format!("{name} is NULL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_and_message(body: impl FnOnce() -> Outcome<()>) -> (slatedb_code, String) {
        let mut error = slatedb_error { code: slatedb_code::SLATEDB_INTERNAL, message: [1; 512] };
        let code = unsafe { call("test", &mut error, body) };
        assert_eq!(code, error.code);
        let message = unsafe { CStr::from_ptr(error.message.as_ptr()) };
        (code, message.to_str().unwrap().to_string())
    }

    #[test]
    fn a_panic_becomes_a_code_and_a_message() {
        let outcome = code_and_message(|| panic!("lost {}", "it"));
        assert_eq!(outcome, (slatedb_code::SLATEDB_PANIC, "test: panic: lost it".into()));
    }

    #[test]
    fn a_panic_without_text_becomes_one_too() {
        let outcome = code_and_message(|| std::panic::panic_any(7));
        assert_eq!(outcome, (slatedb_code::SLATEDB_PANIC, "test: panic: no message".into()));
    }

    #[test]
    fn a_panic_in_a_destructor_stops_here() {
        quietly(|| panic!("lost"));
    }

    #[test]
    fn success_clears_the_error() {
        assert_eq!(code_and_message(|| Ok(())), (slatedb_code::SLATEDB_OK, String::new()));
    }

    #[test]
    fn no_error_struct_is_needed() {
        let code = unsafe { call("test", std::ptr::null_mut(), || Err(Failure::invalid("x"))) };
        assert_eq!(code, slatedb_code::SLATEDB_INVALID);
    }
}
