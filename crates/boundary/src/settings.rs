//! Settings from the environment, read once, when a piece is imported.

use std::env;
use std::ffi::CString;
use std::sync::OnceLock;

use pyo3::exceptions::PyRuntimeWarning;
use pyo3::prelude::*;

const LIST_LAYOUT: &str = "FAST_AXOLOTL_LIST_LAYOUT";
#[cfg(feature = "arrow")]
const KEPT_MEMORY: &str = "FAST_AXOLOTL_KEPT_MEMORY";

/// The bytes of freed outputs that are kept if nobody says otherwise.
#[cfg(feature = "arrow")]
const MOST_KEPT: usize = 128 << 20;

/// What the environment says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Whether the memory of Python lists may be read.
    pub list_layout: bool,
    /// The most bytes of freed outputs that are kept for the next ones.
    #[cfg(feature = "arrow")]
    pub kept_memory: usize,
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// Reads the settings when a module is imported.
///
/// A value that is not understood is a `RuntimeWarning` that says what holds instead; raises it
/// where warnings are errors.
pub fn read(py: Python<'_>) -> PyResult<()> {
    let mut warnings = Vec::new();
    SETTINGS.get_or_init(|| from_environment(&mut warnings));
    for warning in warnings {
        let category = py.get_type::<PyRuntimeWarning>();
        PyErr::warn(py, &category, &CString::new(warning)?, 1)?;
    }
    Ok(())
}

/// The settings of this process.
pub(crate) fn get() -> Settings {
    *SETTINGS.get_or_init(|| from_environment(&mut Vec::new()))
}

fn from_environment(warnings: &mut Vec<String>) -> Settings {
    Settings {
        list_layout: variable(LIST_LAYOUT, true, switch, warnings, "expected 0 or 1; it is on"),
        #[cfg(feature = "arrow")]
        kept_memory: variable(
            KEPT_MEMORY,
            MOST_KEPT,
            bytes,
            warnings,
            "expected a number of bytes such as 64MiB, or 0 for none; 128MiB are kept",
        ),
    }
}

/// The value of a variable, or the usual one where it is not set or not understood.
fn variable<T>(
    name: &str,
    usual: T,
    parse: impl Fn(&str) -> Option<T>,
    warnings: &mut Vec<String>,
    expected: &str,
) -> T {
    let Some(text) = env::var_os(name) else { return usual };
    let text = text.to_string_lossy();
    match text.trim() {
        "" => usual,
        trimmed => parse(trimmed).unwrap_or_else(|| {
            warnings.push(format!("{name}={trimmed:?} is not understood: {expected}"));
            usual
        }),
    }
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

/// A number of bytes: digits, and a unit after them such as `MB` or `MiB`, in letters of either case.
#[cfg(feature = "arrow")]
fn bytes(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let without_b = lower.strip_suffix('b').unwrap_or(&lower);
    let (prefix, base) = match without_b.strip_suffix('i') {
        Some(prefix) => (prefix, 1024),
        None => (without_b, 1000_usize),
    };
    let (number, exponent) = "kmgt"
        .chars()
        .zip(1..)
        .find_map(|(unit, exponent)| Some((prefix.strip_suffix(unit)?, exponent)))
        .unwrap_or((prefix, 0));
    let number = number.trim_end();
    // A sign would be read too.
    let is_digits = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<usize>().ok().filter(|_| is_digits)?.checked_mul(base.checked_pow(exponent)?)
}
