//! `pack_lengths`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::errors::{check_room, value_error};
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_pack::{Packing, Strategy, TooLong};
use pyo3::prelude::*;

use crate::arguments::{capacity, seed, strategy, too_long};
use crate::bins::Bins;
use crate::lengths;

/// So few lengths take no time that anybody would want to interrupt.
const FEW: usize = 1 << 18;

/// What packing takes at the most: the sequences in order, the bins they go to, and the result.
const BYTES_PER_SEQUENCE: usize = 96;

/// Pack sequences into bins of a fixed capacity, by their lengths alone.
///
/// No token is read and nothing is random without a seed: the same arguments give the same bins on
/// every machine, with any number of threads. Takes O(n log n) time at most.
///
/// Args:
///     lengths: the length of each sequence in tokens: a list of integers, a numpy or Arrow array
///         of integers in one dimension, or an Arrow array of lists (chunked or not), whose
///         offsets tell the lengths. pyarrow, polars and every other producer of the Arrow
///         PyCapsule interface will do.
///     capacity: the most tokens in a bin, at least 1.
///     strategy: "sequential": a sequence goes into the last bin if it fits, else into a new one,
///         which keeps the order. "first_fit": into the first bin with room, in the order of the
///         lengths: the bins of Axolotl's multipack sampler. "first_fit_decreasing": the same, the
///         longest sequence first. "best_fit_decreasing": the longest first, each into the
///         fullest bin with room: the bins of TRL's "bfd". Equally long sequences keep their order.
///     max_sequences_per_bin: the most sequences in a bin, at least 1; None is no limit.
///     group_size: the number of sequences that are packed together, at least 1; each group has
///         bins of its own, and groups are packed in parallel. None is one group.
///     overflow: what becomes of a sequence longer than a bin. "error": a ValueError. "drop": it
///         is in no bin, but in `Bins.dropped`. "truncate": it counts as `capacity` tokens.
///         "own_bin": it is alone in a bin that holds more than the capacity, as in Axolotl.
///     seed: takes the sequences in a random order that this integer decides, from 0 up to
///         2**64 - 1; None keeps their order.
///     num_threads: threads for the groups; 0 is one per core.
///
/// Returns:
///     `Bins`: the indices of the sequences in each bin, in the order in which they went in.
///
/// Raises:
///     TypeError: an argument is of the wrong type.
///     ValueError: a length is negative or null, a sequence is longer than a bin (the message
///         names its index and length), or an argument is out of range or unknown.
///     OverflowError: an integer does not fit in 64 bits.
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        lengths,
        capacity,
        *,
        strategy,
        max_sequences_per_bin = None,
        group_size = None,
        overflow = TooLong::Error,
        seed = None,
        num_threads = Threads(0),
    ),
    text_signature = "(lengths, capacity, *, strategy, max_sequences_per_bin=None, \
                      group_size=None, overflow=\"error\", seed=None, num_threads=0)"
)]
#[expect(clippy::too_many_arguments, reason = "they are the arguments of the Python function")]
pub fn pack_lengths(
    lengths: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = capacity)] capacity: usize,
    #[pyo3(from_py_with = strategy)] strategy: Strategy,
    max_sequences_per_bin: Option<&Bound<'_, PyAny>>,
    group_size: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = too_long)] overflow: TooLong,
    seed: Option<&Bound<'_, PyAny>>,
    num_threads: Threads,
) -> PyResult<Bins> {
    let py = lengths.py();
    let packing = Packing {
        strategy,
        capacity,
        max_sequences: max_sequences_per_bin
            .map(|most| count("max_sequences_per_bin", most, 1))
            .transpose()?,
        group_size: group_size.map(|size| count("group_size", size, 1)).transpose()?,
        too_long: overflow,
        seed: seed.map(self::seed).transpose()?,
    };
    let lengths = lengths::read(lengths)?;
    check_room("lengths", lengths.len(), BYTES_PER_SEQUENCE)?;
    let pool = Pool::new(num_threads)?;
    let bins = if lengths.len() < FEW {
        py.detach(|| pool.run(|| packing.pack(&lengths)))
    } else {
        pool.run_unless_interrupted(py, |stop| packing.pack_unless(&lengths, stop))?
    };
    let bins = bins.map_err(value_error)?;
    Ok(Bins::new(bins, packing.capacity))
}
