//! Sizes among the arguments of balancing.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::errors::value_error;
use pyo3::prelude::*;

/// Makes an argument that is a number of at least 1, and whose default is a value.
macro_rules! size {
    ($name:ident, $argument:literal) => {
        #[doc = concat!("The `", $argument, "` argument.")]
        #[derive(Clone, Copy)]
        pub struct $name(pub usize);

        impl<'py> FromPyObject<'_, 'py> for $name {
            type Error = PyErr;

            fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                count($argument, &value, 1).map(Self)
            }
        }
    };
}

size!(Window, "window");
size!(WindowSteps, "window_steps");
size!(BeamWidth, "beam_width");

/// The `padding_multiple` argument where rows are padded in any case.
#[derive(Clone, Copy)]
pub struct PaddingMultiple(pub i64);

impl<'py> FromPyObject<'_, 'py> for PaddingMultiple {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        tokens("padding_multiple", &value, 1).map(Self)
    }
}

/// Reads a number of tokens of at least `least`, so small that a few of them can be added.
pub fn tokens(name: &str, value: &Bound<'_, PyAny>, least: usize) -> PyResult<i64> {
    const MOST: i64 = 1 << 61;
    let number = count(name, value, least)?;
    i64::try_from(number)
        .ok()
        .filter(|&number| number <= MOST)
        .ok_or_else(|| value_error(format!("{name} must be at most 2**61, got {number}")))
}
