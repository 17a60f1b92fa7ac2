//! One way for panics out of every exported function.
//!
//! PyO3 raises `PanicException`, which is no `Exception`: whoever catches what may go wrong, to do
//! the work some other way, does not catch it, and the program ends.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

pub use fast_axolotl_guarded::guarded;
use pyo3::exceptions::{PyMemoryError, PyRuntimeError};
use pyo3::prelude::*;

/// What PyO3 panics with where Python has no memory for an object.
const NO_OBJECT: &str = "PyObject pointer is null";

/// Runs the body of an exported function; its panic becomes an exception.
///
/// Raises `MemoryError` where there was no memory for a Python object, and `RuntimeError` for every
/// other panic.
pub fn guarded<T>(name: &str, body: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    print_other_panics();
    // What the body has touched is not used afterwards, or is poisoned, or gone: see `Turns`.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        let text = text(payload.as_ref());
        if text == NO_OBJECT {
            return Err(PyMemoryError::new_err(format!("{name}: no memory for a Python object")));
        }
        Err(PyRuntimeError::new_err(format!(
            "{name} failed inside ({text}); this is a bug of fast-axolotl, please report it"
        )))
    })
}

/// Prints nothing of a panic where there is no memory for a Python object: the exception says the
/// same, and to print takes memory.
///
/// The hook is not the process's: an extension module links a Rust standard library of its own, so
/// it acts on panics of this module alone.
fn print_other_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if text(panic.payload()) != NO_OBJECT {
                print(panic);
            }
        }));
    });
}

/// What a panic says.
pub fn text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}
