//! Panics of decoders as errors: some assert what damaged files break.
//!
//! A library leaves the panic hook to the program: whoever wants nothing printed of a panic that is
//! returned as an error asks [`is_catching_panics`] in a hook of their own.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::error::{Error, Place, Result};

thread_local! {
    static IS_CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of the calling thread would be returned as an error of this crate, which says all
/// that the panic would print.
///
/// For a program's own panic hook; this crate sets none.
///
/// ```
/// use std::panic;
///
/// let print = panic::take_hook();
/// panic::set_hook(Box::new(move |info| {
///     if !fast_axolotl_stream::is_catching_panics() {
///         print(info);
///     }
/// }));
/// ```
pub fn is_catching_panics() -> bool {
    IS_CATCHING.get()
}

/// Runs `work`, whose panic becomes an error that names the file.
pub(crate) fn catch_panic<T>(path: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let before = IS_CATCHING.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    IS_CATCHING.set(before);
    outcome.unwrap_or_else(|payload| {
        Err(Error::malformed(
            path,
            Place::File,
            format!(
                "the file is damaged, or uses a feature that is not supported: {}",
                message(payload.as_ref())
            ),
        ))
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("a decoder gave up")
}

#[cfg(test)]
mod tests {
    use std::panic::{set_hook, take_hook};
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_panic_is_an_error_that_names_the_file_and_the_hook_is_the_programs() {
        static WAS_CATCHING: AtomicBool = AtomicBool::new(false);
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if is_catching_panics() {
                WAS_CATCHING.store(true, Ordering::Relaxed);
            } else {
                print(panic);
            }
        }));
        let damaged =
            catch_panic(Path::new("pond.arrow"), || -> Result<()> { panic!("no {}", "gills") });
        let text = damaged.unwrap_err().to_string();
        assert!(text.starts_with("pond.arrow: ") && text.ends_with("no gills"), "{text}");
        assert!(WAS_CATCHING.load(Ordering::Relaxed), "the program's hook was replaced");
        assert!(catch_panic(Path::new("x"), || Ok(())).is_ok());
        assert!(!is_catching_panics());
    }
}
