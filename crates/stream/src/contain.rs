//! Panics of decoders as errors: some assert what damaged files break.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;

use crate::error::{Error, Place, Result};

thread_local! {
    static IS_CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, whose panic becomes an error that names the file.
pub(crate) fn contain<T>(path: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    silence_contained();
    let before = IS_CONTAINED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    IS_CONTAINED.set(before);
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

/// The error says all that the panic would print.
fn silence_contained() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_CONTAINED.get() {
                print(panic);
            }
        }));
    });
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
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_names_the_file() {
        let damaged =
            contain(Path::new("pond.arrow"), || -> Result<()> { panic!("no {}", "gills") });
        let text = damaged.unwrap_err().to_string();
        assert!(text.starts_with("pond.arrow: ") && text.ends_with("no gills"), "{text}");
        assert!(contain(Path::new("x"), || Ok(())).is_ok());
        assert!(!IS_CONTAINED.get());
    }
}
