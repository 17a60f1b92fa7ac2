from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import (
    Any,
    Literal,
    Protocol,
    SupportsFloat,
    SupportsIndex,
    TypeAlias,
    TypedDict,
    TypeVar,
    final,
    overload,
)

__all__ = [
    "_READS_LISTS",
    "ArrowArray",
    "Bins",
    "PackedBatches",
    "__version__",
    "_restore_bins",
    "balance_flattened",
    "balance_labels",
    "balance_microbatches",
    "balance_padded",
    "concatenate_and_pack",
    "gather",
    "gather_batches",
    "order_batches_by_rank",
    "pack_lengths",
    "pack_sequences",
]

__version__: str
_READS_LISTS: bool

class _ArrowArray(Protocol):
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

# A numpy array or a torch tensor, neither of which need be installed.
class _Array(Protocol):
    def __array__(self, *args: Any, **kwargs: Any) -> Any: ...

_Sequences: TypeAlias = (
    Iterable[Sequence[int]]
    | _ArrowArray
    | _ArrowStream
    | _Array
    | Iterable[_Array]
    | tuple[_Array, _Array]
)
_Overflow: TypeAlias = Literal["error", "truncate", "split", "drop"]

_Item = TypeVar("_Item")

@final
class Bins:
    """Bins of sequences, made by `pack_lengths`: `bins[b]` are the indices of those in bin `b`.

    A sequence of numpy arrays; a slice of it is `Bins` again. The arrays are views that cannot be
    written to, so nothing is copied.
    """
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> Bins: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    @property
    def indices(self) -> Any:
        """The indices of the sequences, bin by bin: a numpy array of int64."""
    @property
    def offsets(self) -> Any:
        """Where each bin begins in `indices`, and where the last one ends: a numpy array of int64
        with one value more than there are bins.
        """
    @property
    def tokens(self) -> Any:
        """The tokens in each bin: a numpy array of int64."""
    @property
    def dropped(self) -> Any:
        """The sequences in no bin, by `overflow="drop"`, in order: a numpy array of int64."""
    @property
    def capacity(self) -> int:
        """The most tokens in a bin."""
    @property
    def efficiency(self) -> float:
        """The share of the places in all bins that tokens take; 0.0 if there is no bin."""
    @overload
    def to_lists(self, items: None = None) -> list[list[int]]:
        """The bins as lists of integers.

        Args:
            items: a list whose items stand in the place of their indices, for example the order in
                which the sequences were drawn.

        Returns:
            A list with a list for each bin.

        Raises:
            TypeError: items is not a list.
            ValueError: items has fewer items than there are sequences.
        """
    @overload
    def to_lists(self, items: list[_Item]) -> list[list[_Item]]: ...

def _restore_bins(
    indices: bytes, offsets: bytes, tokens: bytes, dropped: bytes, capacity: int
) -> Bins: ...
def pack_lengths(
    lengths: Any,
    capacity: SupportsIndex,
    *,
    strategy: Literal["sequential", "first_fit", "first_fit_decreasing", "best_fit_decreasing"],
    max_sequences_per_bin: SupportsIndex | None = None,
    group_size: SupportsIndex | None = None,
    overflow: Literal["error", "drop", "truncate", "own_bin"] = "error",
    seed: SupportsIndex | None = None,
    num_threads: SupportsIndex = 0,
) -> Bins:
    """Pack sequences into bins of a fixed capacity, by their lengths alone.

    No token is read and nothing is random without a seed: the same arguments give the same bins on
    every machine, with any number of threads. Takes O(n log n) time at most.

    Args:
        lengths: the length of each sequence in tokens: a list of integers, a numpy or Arrow array
            of integers in one dimension, or an Arrow array of lists (chunked or not), whose
            offsets tell the lengths. pyarrow, polars and every other producer of the Arrow
            PyCapsule interface will do.
        capacity: the most tokens in a bin, at least 1.
        strategy: "sequential": a sequence goes into the last bin if it fits, else into a new one,
            which keeps the order. "first_fit": into the first bin with room, in the order of the
            lengths: the bins of Axolotl's multipack sampler. "first_fit_decreasing": the same, the
            longest sequence first. "best_fit_decreasing": the longest first, each into the
            fullest bin with room: the bins of TRL's "bfd". Equally long sequences keep their order.
        max_sequences_per_bin: the most sequences in a bin, at least 1; None is no limit.
        group_size: the number of sequences that are packed together, at least 1; each group has
            bins of its own, and groups are packed in parallel. None is one group.
        overflow: what becomes of a sequence longer than a bin. "error": a ValueError. "drop": it
            is in no bin, but in `Bins.dropped`. "truncate": it counts as `capacity` tokens.
            "own_bin": it is alone in a bin that holds more than the capacity, as in Axolotl.
        seed: takes the sequences in a random order that this integer decides, from 0 up to
            2**64 - 1; None keeps their order.
        num_threads: threads for the groups; 0 is one per core.

    Returns:
        `Bins`: the indices of the sequences in each bin, in the order in which they went in.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: a length is negative or null, a sequence is longer than a bin (the message
            names its index and length), or an argument is out of range or unknown.
        OverflowError: an integer does not fit in 64 bits.
    """

# A list of integers or a numpy array of them, one for each sequence.
_Counts: TypeAlias = Iterable[SupportsIndex] | _Array

def balance_labels(
    batches: list[list[list[int]]],
    lengths: _Counts,
    label_counts: _Counts,
    leading_label_counts: _Counts | None = None,
    *,
    capacity: SupportsIndex,
    max_sequences_per_row: SupportsIndex | None = None,
    window: SupportsIndex = 64,
    padding_multiple: SupportsIndex | None = None,
    num_threads: SupportsIndex = 0,
) -> list[list[list[int]]]:
    """Give packed batches about as many labels each.

    Batches that were packed by length alone differ in how many tokens they train on, so that a loss
    averaged over a batch weighs tokens differently. Within each window, rows are dealt out anew to
    the batches, and then pairs of batches exchange sequences, or are packed anew together, in up to
    four passes. Batches keep their number of rows; a change that does not help is not made. The
    same arguments give the same batches on every machine, with any number of threads.

    Args:
        batches: a list of batches, each a list of rows, each a list of the indices of its
            sequences; no batch and no row is empty. It is not changed.
        lengths: the length of each sequence in tokens: a list of integers or a numpy array.
        label_counts: the number of tokens of each sequence that are trained on, likewise.
        leading_label_counts: how many of those do not count where the sequence is the first of its
            row, because nothing comes before the first token that could predict it: 0 or 1 for a
            causal loss. None is 0 for all.
        capacity: the most tokens in a row.
        max_sequences_per_row: the most sequences in a row that is packed anew; None is no limit.
        window: the number of batches that are balanced together, at least 1. Windows are balanced
            in parallel.
        padding_multiple: rows are padded to the longest of their batch, rounded up to this, and the
            sum of that over all batches does not become more. None allows it to.
        num_threads: threads for the windows; 0 is one per core.

    Returns:
        Lists like `batches`, in the same order, of the same integers.

    Raises:
        TypeError: an argument is of the wrong type, or an index is no `int`.
        ValueError: an argument is out of range, a batch or a row is empty, there is no sequence of
            an index, or there are more than 2**45 tokens, padding included.
        OverflowError: an integer does not fit in 64 bits.

    The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.label_balance`, Apache-2.0), which
    puts the batches of each window into random order afterwards.
    """

def balance_microbatches(
    batches: list[list[list[int]]],
    lengths: _Counts,
    label_counts: _Counts,
    leading_label_counts: _Counts | None = None,
    *,
    batches_per_step: SupportsIndex,
    window_steps: SupportsIndex = 1,
    padding_multiple: SupportsIndex = 1,
    capacity: SupportsIndex | None = None,
) -> list[list[list[int]]]:
    """Make the batches of an optimizer step cost about the same.

    A batch costs its number of rows times its longest row, rounded up to a multiple. Within each
    window of optimizer steps, pairs of batches exchange sequences, in up to four passes, until the
    costs and the tokens are more alike. The costs together do not become more, labels do not become
    less alike, and rows keep their number of sequences.

    Args:
        batches: a list of batches, each a list of rows, each a list of the indices of its
            sequences; no batch and no row is empty. It is not changed. A batch that is laid end to
            end is one row, and of padded sequences each is a row.
        lengths: the length of each sequence in tokens: a list of integers or a numpy array.
        label_counts: the number of tokens of each sequence that are trained on, likewise.
        leading_label_counts: how many of those do not count where the sequence is the first of its
            row, because nothing comes before the first token that could predict it: 0 or 1 for a
            causal loss. None is 0 for all.
        batches_per_step: the number of batches of an optimizer step on all ranks, at least 1.
        window_steps: the number of steps that are balanced together, at least 1. Batches after the
            last whole window stay as they are.
        padding_multiple: what the length of rows is rounded up to, at least 1.
        capacity: the most tokens in a row; None is no limit.

    Returns:
        Lists like `batches`, in the same order, of the same integers.

    Raises:
        TypeError: an argument is of the wrong type, or an index is no `int`.
        ValueError: an argument is out of range, a batch or a row is empty, there is no sequence of
            an index, or there are more than 2**45 tokens, padding included.
        OverflowError: an integer does not fit in 64 bits.

    The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.microbatch_balance`, Apache-2.0).
    """

def order_batches_by_rank(
    costs: _Counts,
    *,
    ranks: SupportsIndex,
    accumulation_steps: SupportsIndex,
    window_steps: SupportsIndex = 32,
    beam_width: SupportsIndex = 8,
) -> list[int]:
    """Deal out the batches of each optimizer step to ranks that wait for each other.

    In data parallel training the slowest rank decides how long a micro-step takes. A beam search
    arranges the batches of each step so that the ranks have about the same to do, in each micro-step
    and over time, and the cost of a rank changes little from one micro-step to the next. Every batch
    stays in its step.

    Args:
        costs: what each batch costs, such as its tokens with padding, by step, micro-step and rank:
            a list of integers or a numpy array. A whole number of steps.
        ranks: the number of ranks, a power of two up to 512.
        accumulation_steps: the micro-steps of an optimizer step, at least 1.
        window_steps: the number of steps that are searched together, at least 1.
        beam_width: the number of arrangements that are kept from step to step, at least 1.

    Returns:
        A list of the indices of the batches, by step, micro-step and rank.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of range, the costs are not whole steps, or the squares of
            costs are so large that float64 does not hold them exactly.
        OverflowError: an integer does not fit in 64 bits.

    The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.rank_balance`, Apache-2.0).
    """

def balance_padded(
    lengths: _Counts,
    label_counts: _Counts,
    *,
    batch_size: SupportsIndex,
    padding_multiple: SupportsIndex = 1,
    capacity: SupportsIndex,
    label_unit: SupportsFloat,
    variance_unit: SupportsFloat,
    cost_unit: SupportsFloat,
) -> list[int]:
    """Make padded batches of a fixed number of sequences alike in labels and in cost.

    A batch costs its number of sequences times the longest, rounded up to a multiple. Pairs of
    batches exchange sequences, in four passes, as long as an exchange gains something: it must make
    neither the labels nor the costs less alike, nor the costs together more.

    Args:
        lengths: the length of each sequence in tokens, batch by batch: a list of integers or a numpy
            array.
        label_counts: the number of tokens of each sequence that are trained on, likewise.
        batch_size: the number of sequences in a batch, at least 1; all batches are full.
        padding_multiple: what the longest of a batch is rounded up to, at least 1.
        capacity: the most that a batch may cost after an exchange.
        label_unit: how much what the sum of squares of the batches' labels falls by counts for one.
        variance_unit: the same of the variance of the costs, times the square of the number of
            batches.
        cost_unit: the same of the sum of the costs.

    Returns:
        A list of the positions of the sequences, batch by batch.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of range, the batches are not full, or there are more than
            2**45 tokens, padding included.
        OverflowError: an integer does not fit in 64 bits.

    The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.label_balanced`, Apache-2.0).
    """

def balance_flattened(
    lengths: _Counts,
    label_counts: _Counts,
    weights: Iterable[SupportsFloat] | _Array,
    *,
    batch_size: SupportsIndex,
    label_unit: SupportsFloat,
    token_unit: SupportsFloat,
) -> list[int]:
    """Make batches of a fixed number of sequences, laid end to end, alike in labels and tokens.

    The sequences are dealt out anew, the heaviest first, each to the lightest batch with room, if
    that makes neither labels nor tokens less alike. Then pairs of batches exchange sequences, in four
    passes, as long as an exchange gains something. No batch gets more tokens than the longest had.

    Args:
        lengths: the length of each sequence in tokens, batch by batch: a list of integers or a numpy
            array.
        label_counts: the number of tokens of each sequence that are trained on, likewise.
        weights: how heavy each sequence is where they are dealt out: a list of floats or a numpy
            array.
        batch_size: the number of sequences in a batch, at least 1; all batches are full.
        label_unit: how much what the sum of squares of the batches' labels falls by counts for one.
        token_unit: the same of the batches' tokens.

    Returns:
        A list of the positions of the sequences, batch by batch.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of range, the batches are not full, or there are more than
            2**45 tokens.
        OverflowError: an integer does not fit in 64 bits.

    The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.label_balanced`, Apache-2.0).
    """

class _Lists(TypedDict):
    input_ids: list[list[int]]
    labels: list[list[int]]
    attention_mask: list[list[int]]

# Of numpy arrays or torch tensors.
class _Arrays(TypedDict):
    input_ids: Any
    labels: Any
    attention_mask: Any

class _ArrowArrays(TypedDict):
    input_ids: ArrowArray
    labels: ArrowArray
    attention_mask: ArrowArray

@overload
def pack_sequences(
    sequences: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    eos_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["list"] = "list",
) -> _Lists:
    """Pack sequences in order into rows of exactly `max_length`, each closed by an end token.

    Every sequence becomes `sequence + [eos, pad]`, its labels `sequence + [eos, label_pad]`, its
    mask ones and a final 0. A sequence goes into the current row if it fits there; otherwise the
    row is filled up and the next one begins. This is what Axolotl's `encode_streaming` does once
    the texts are tokens.

    Args:
        sequences: the tokens of each sequence, in one of these forms.
            Lists: a list (or other iterable) of lists, tuples or other sequences of integers. A
            value is an integer if it is an int or has `__index__`.
            Arrow: an array or chunked array of lists (of any kind) of integers of any type, from any
            library that speaks the PyCapsule interface, without nulls.
            numpy: an array of shape (sequences, length) and any integer dtype; a list of arrays of
            one dimension each; or a tuple `(values, offsets)` of two such arrays, where sequence i
            is `values[offsets[i]:offsets[i + 1]]`. Tensors of torch in main memory likewise.
            Arrays are read where they are, without a copy.
        max_length: the length of every row, at least 2.
        pad_token_id: fills the rows up, and closes every sequence.
        eos_token_id: comes after every sequence.
        label_pad_id: what the labels have instead of padding.
        overflow: what becomes of a sequence of more than `max_length - 2` tokens. "error": a
            ValueError. "truncate": its first `max_length - 2` tokens are kept, and end and pad
            token follow. "split": `sequence + [eos, pad]` is cut into pieces of `max_length`, the
            last one being the rest (which may be no more than `[pad]`); no token is lost, and only
            the end of the sequence has an end token. "drop": it is left out, its values unseen.
        output: "list" for lists of Python's integers, "numpy" for arrays, "arrow" for `ArrowArray`s
            of fixed-size lists without nulls, "torch" for tensors.

    Returns:
        A dict of `input_ids`, `labels` and `attention_mask`, each of shape (rows, max_length) and of
        dtype int64; with output="list", new lists, to which the integers of lists are passed on as
        they are. No rows for no sequences.

    Raises:
        TypeError: an argument, a sequence or a value is of the wrong type (the message names its
            place).
        ValueError: a sequence does not fit (the message names its index and length), a sequence or
            a value is null, offsets point outside of the values, max_length is less than 2, or
            overflow or output is unknown.
        OverflowError: an integer does not fit in int64, or max_length not in Arrow.
        MemoryError: the rows are more than memory can hold.
        RuntimeError: a list changed its length during the call.
        ImportError: output is "numpy" or "torch", and that is not installed.
    """

@overload
def pack_sequences(
    sequences: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    eos_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["numpy", "torch"],
) -> _Arrays: ...
@overload
def pack_sequences(
    sequences: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    eos_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["arrow"],
) -> _ArrowArrays: ...
@overload
def concatenate_and_pack(
    input_ids: _Sequences,
    labels: _Sequences,
    attention_masks: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["list"] = "list",
) -> _Lists:
    """Pack ready-made columns in order into rows of exactly `max_length`.

    Fills rows as `pack_sequences` does, but appends nothing to a sequence. Empty sequences leave
    no trace.

    Args:
        input_ids: the tokens of each sequence, in any of the forms that `pack_sequences` takes:
            lists, Arrow lists or numpy arrays, which are read where they are.
        labels: the same for the labels, alike in the number of sequences and in each one's length;
            the form may be another.
        attention_masks: the same for the masks.
        max_length: the length of every row, at least 1.
        pad_token_id: fills up rows of `input_ids`.
        label_pad_id: fills up rows of `labels`; `attention_mask` is filled up with 0.
        overflow: what becomes of a sequence of more than `max_length` tokens. "error": a
            ValueError. "truncate": its first `max_length` tokens are kept. "split": it is cut into
            pieces of `max_length`, the last one being the rest. "drop": it is left out, its values
            unseen.
        output: "list" for lists of Python's integers, "numpy" for arrays, "arrow" for `ArrowArray`s
            of fixed-size lists without nulls, "torch" for tensors.

    Returns:
        A dict of `input_ids`, `labels` and `attention_mask`, each of shape (rows, max_length) and of
        dtype int64; with output="list", new lists, to which the integers are passed on as they are
        if all columns are lists. No rows for no tokens.

    Raises:
        TypeError: an argument, a sequence or a value is of the wrong type (the message names its
            place).
        ValueError: the columns are not alike (the message names the row), a sequence does not fit
            (the message names its index and length), a sequence or a value is null, offsets point
            outside of the values, max_length is less than 1, or overflow or output is unknown.
        OverflowError: an integer does not fit in int64, or max_length not in Arrow.
        MemoryError: the rows are more than memory can hold.
        RuntimeError: a list changed its length during the call.
        ImportError: output is "numpy" or "torch", and that is not installed.
    """

@overload
def concatenate_and_pack(
    input_ids: _Sequences,
    labels: _Sequences,
    attention_masks: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["numpy", "torch"],
) -> _Arrays: ...
@overload
def concatenate_and_pack(
    input_ids: _Sequences,
    labels: _Sequences,
    attention_masks: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["arrow"],
) -> _ArrowArrays: ...

@final
class ArrowArray:
    """An Arrow array, for any library that reads them: `pyarrow.array(array)`,
    `polars.Series(array)`.

    Nothing is copied.
    """
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...
    def __len__(self) -> int: ...

@final
class PackedBatches:
    """An iterator of batches of packed rows, made by `gather_batches`.

    An error of the data ends the iteration; what a signal handler raises does not, and the batch that
    was under way comes next.
    """
    def __iter__(self) -> PackedBatches: ...
    def __next__(self) -> dict[str, Any]: ...
    def __len__(self) -> int: ...

def gather(
    data: Any,
    bins: Bins,
    *,
    columns: Iterable[str] | None = None,
    padding: Mapping[str, int] | None = None,
    attention_mask: Literal["binary", "sequence_ids"] | None = "binary",
    position_ids: bool = True,
    cu_seqlens: bool = False,
    flatten: bool = False,
    output: Literal["list", "numpy", "arrow", "torch"] = "numpy",
    num_threads: SupportsIndex = 0,
) -> dict[str, Any]:
    """Build the rows of packed sequences from bins and the data whose lengths were packed.

    The tokens of the sequences of a bin are copied one after the other into a row of
    `bins.capacity`, which is then filled up. Rows are written in parallel, each value once; Arrow
    data is read in place, memory-mapped or not.

    Args:
        data: columns of integer lists: an Arrow table (of pyarrow, polars, or any producer of the
            Arrow PyCapsule interface) or a `datasets.Dataset`. Each row is a sequence.
        bins: the `Bins` that `pack_lengths` made of the lengths of these rows, or a slice of them.
        columns: the names of the columns to gather; None is every column of integer lists.
        padding: what fills rows up, by column. Others have -100 for `labels` and 0 elsewhere.
        attention_mask: "binary": make a column `attention_mask` of 1 for tokens and 0 for padding.
            "sequence_ids": the same with 1 for the first sequence of its row, 2 for the second and
            so on, as Axolotl's multipack has it. Both take the place of such a column of the data.
            None: no column is made, and one of the data is gathered as the others are.
        position_ids: make a column `position_ids`, which counts from 0 in each sequence, and again
            in what fills a row up, as in Axolotl. It takes the place of such a column of the data.
        cu_seqlens: add `cu_seqlens`, where each sequence begins in the values of all rows, one row
            after the other, and where the last one ends, as int32, and `max_seqlen`, the length of
            the longest, an int: what the kernels of flash attention take. What fills a row up
            counts as a sequence; an empty sequence does not.
        flatten: no padding: all sequences in one row, one after the other.
        output: "numpy", "torch", "arrow" (fixed-size lists) or "list".
        num_threads: threads for the rows; 0 is one per core.

    Returns:
        A dict of each gathered column and then each made one, of dtype int64 and of the shape
        `(len(bins), bins.capacity)`, or `(1, tokens)` with `flatten`.

    Raises:
        TypeError: an argument or a column is of the wrong type.
        ValueError: a column is missing, has a null (the message names row and place) or another
            length in a row than the first one; the data is not that whose lengths were packed; or
            a bin is longer than its capacity, and flatten is not set.
        OverflowError: a value does not fit in int64, or cu_seqlens not in int32.
        MemoryError: the rows do not fit in memory: use `gather_batches`.
        ImportError: output is "numpy" or "torch", and that is not installed.
    """

def gather_batches(
    data: Any,
    bins: Bins,
    batch_size: SupportsIndex,
    *,
    columns: Iterable[str] | None = None,
    padding: Mapping[str, int] | None = None,
    attention_mask: Literal["binary", "sequence_ids"] | None = "binary",
    position_ids: bool = True,
    cu_seqlens: bool = False,
    flatten: bool = False,
    output: Literal["list", "numpy", "arrow", "torch"] = "numpy",
    num_threads: SupportsIndex = 0,
) -> PackedBatches:
    """Build the rows of packed sequences batch by batch, for more data than fits in memory.

    The data is opened once, and each batch is made when it is asked for, so that no more than one
    is in memory, unless the caller keeps them.

    Args:
        data: as of `gather`.
        bins: as of `gather`.
        batch_size: the number of bins in a batch, at least 1; the last one may have fewer.
        columns: as of `gather`, like all that follow.
        padding: what fills rows up, by column.
        attention_mask: "binary", "sequence_ids" or None.
        position_ids: make a column `position_ids`.
        cu_seqlens: add `cu_seqlens` and `max_seqlen`, of each batch on its own.
        flatten: no padding: each batch is one row.
        output: "numpy", "torch", "arrow" or "list".
        num_threads: threads for the rows; 0 is one per core.

    Returns:
        `PackedBatches`, an iterator of what `gather` returns for each batch; its length is the
        number of batches that are left.

    Raises:
        What `gather` raises: now for the arguments, the columns and nulls, later for the rest.
    """
