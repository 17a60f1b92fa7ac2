//! `hash_rows`.

use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::output::OutputOf;
use fast_axolotl_boundary::pool::Threads;
use fast_axolotl_hash::{Algorithm, Encoding};
use pyo3::prelude::*;

use crate::arguments::{
    AlgorithmName, DigestForm, EncodingName, OutputName, columns as names, kind,
};
use crate::output;
use crate::source::Hashing;

/// Hash each row, on several threads.
///
/// Args:
///     data: a table, record batch, stream of them or array from any Arrow library (pyarrow,
///         polars, ...), a Hugging Face Dataset (in the order of its indices mapping, and never
///         loaded as a whole), or a list (or other iterable) of str or bytes.
///     columns: the names of the columns of a table that count; all if None.
///     algorithm: "sha256", "blake3" or "xxh3_128". The first two are cryptographic; the last is
///         as fast as memory, for data that nobody crafts to collide.
///     encoding: how a row becomes bytes. "values" takes the typed values, whatever their layout:
///         1 is not "1", null is not "", and the order of columns does not matter (the bytes are
///         specified in the documentation of the Rust crate). "bytes" takes the bytes of one column
///         of strings or binary, or of each str or bytes of a list, as `hashlib` would. "text" takes
///         Python's `str` of the row's dictionary, as Axolotl does.
///     output: "list" for lower-case hexadecimal digits, "numpy" for an array of uint8 of shape
///         (rows, digest size), "arrow" for an ArrowArray of fixed-size binary.
///     num_threads: how many threads to use; 0 is one per core.
///
/// Returns:
///     The digests, in order: of 32 bytes, 16 for "xxh3_128" (most significant byte first).
///
/// Raises:
///     TypeError: data of a kind that is not hashed, a column of unions, or columns for a list.
///     ValueError: an unknown option or column, a null where bytes are asked for, num_threads is
///         negative, or Arrow data that contradicts itself.
///     NotImplementedError: encoding="text" of a type whose text is not covered.
///     UnicodeEncodeError: a str holds a lone surrogate, which has no UTF-8 form.
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        data, columns = None, *, algorithm = AlgorithmName(Algorithm::Sha256),
        encoding = EncodingName(Encoding::Values), output = OutputOf(DigestForm::List),
        num_threads = Threads(0)
    ),
    text_signature = "(data, columns=None, *, algorithm='sha256', encoding='values', \
                      output='list', num_threads=0)"
)]
pub fn hash_rows<'py>(
    data: &Bound<'py, PyAny>,
    columns: Option<&Bound<'py, PyAny>>,
    algorithm: AlgorithmName,
    encoding: EncodingName,
    output: OutputName,
    num_threads: Threads,
) -> PyResult<Bound<'py, PyAny>> {
    let kind = kind(algorithm, encoding);
    let columns = names("columns", columns)?;
    let hashing = Hashing { kind, as_axolotl: false, columns, threads: num_threads };
    let digests = hashing.digests("data", data)?;
    output::digests(data.py(), digests, kind.algorithm.digest_size(), output.0)
}
