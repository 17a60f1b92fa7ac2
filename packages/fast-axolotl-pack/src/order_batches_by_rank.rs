//! `order_batches_by_rank`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_pack::RankOrder;
use pyo3::prelude::*;

use crate::balance_arguments::{beam_width, window_steps};
use crate::numbers::counts;

/// Deal out the batches of each optimizer step to ranks that wait for each other.
///
/// In data parallel training the slowest rank decides how long a micro-step takes. A beam search
/// arranges the batches of each step so that the ranks have about the same to do, in each micro-step
/// and over time, and the cost of a rank changes little from one micro-step to the next. Every batch
/// stays in its step.
///
/// Args:
///     costs: what each batch costs, such as its tokens with padding, by step, micro-step and rank:
///         a list of integers or a numpy array. A whole number of steps.
///     ranks: the number of ranks, a power of two up to 512.
///     accumulation_steps: the micro-steps of an optimizer step, at least 1.
///     window_steps: the number of steps that are searched together, at least 1.
///     beam_width: the number of arrangements that are kept from step to step, at least 1.
///
/// Returns:
///     A list of the indices of the batches, by step, micro-step and rank.
///
/// Raises:
///     TypeError: an argument is of the wrong type.
///     ValueError: an argument is out of range, the costs are not whole steps, or the squares of
///         costs are so large that float64 does not hold them exactly.
///     OverflowError: an integer does not fit in 64 bits.
///
/// The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.rank_balance`, Apache-2.0).
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        costs,
        *,
        ranks,
        accumulation_steps,
        window_steps = 32,
        beam_width = 8,
    ),
    text_signature = "(costs, *, ranks, accumulation_steps, window_steps=32, beam_width=8)"
)]
pub fn order_batches_by_rank(
    costs: &Bound<'_, PyAny>,
    ranks: &Bound<'_, PyAny>,
    accumulation_steps: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = window_steps)] window_steps: usize,
    #[pyo3(from_py_with = beam_width)] beam_width: usize,
) -> PyResult<Vec<u32>> {
    let order = RankOrder {
        ranks: count("ranks", ranks, 1)?,
        accumulation_steps: count("accumulation_steps", accumulation_steps, 1)?,
        window_steps,
        beam_width,
    };
    let py = costs.py();
    let costs = counts("costs", costs)?;
    Pool::new(Threads(0))?
        .run_unless_interrupted(py, |stop| order.order_unless(&costs, stop))?
        .map_err(value_error)
}
