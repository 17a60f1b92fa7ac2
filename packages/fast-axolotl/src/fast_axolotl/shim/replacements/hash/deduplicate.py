"""Deduplication: `axolotl.utils.data.utils._deduplicate_dataset`.

Upstream hashes `str(row)` of each row in a loop. Here the rows are rendered from their Arrow
buffers and hashed on all cores; the hashes, the kept rows and the fingerprint of the resulting
dataset are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .select import select

if TYPE_CHECKING:
    from datasets import Dataset


def run(dataset: Dataset, seen_hashes: set[str] | None = None) -> Outcome:
    """Remove duplicate rows, and those whose hash is in `seen_hashes`, which gets the new ones."""
    from fast_axolotl_hash import deduplicate_indices

    _check(dataset)
    if seen_hashes is None:
        seen_hashes = set()
    elif type(seen_hashes) is not set:
        raise NotCovered(f"seen_hashes is {type(seen_hashes).__name__}, not set")
    try:
        indices, hashes = deduplicate_indices(dataset, seen_hashes)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise NotCovered(str(error)) from error
    kept = select(dataset, indices)
    seen_hashes.update(hashes)
    duplicates = len(dataset) - len(kept)
    summary = f"{len(dataset):,} rows, {duplicates:,} duplicates"
    return Outcome((kept, seen_hashes), summary)


def _check(dataset: Dataset) -> None:
    """See that the rows of the dataset are those of its table, as Python dictionaries.

    Raises:
        NotCovered: iterating the dataset gives something else.
    """
    from fast_axolotl.shim.replacements.plain import is_plain

    if not is_plain(dataset):
        raise NotCovered(f"the dataset is {type(dataset).__name__}")
    columns = dataset._format_columns
    if dataset._format_type is not None or not (
        columns is None or set(columns) == set(dataset.column_names)
    ):
        raise NotCovered("the dataset has a format")
    features = dataset._info.features
    if features is None:
        raise NotCovered("the dataset has no features")
    decoded = [name for name, feature in features.items() if _is_decoded(feature)]
    if decoded:
        raise NotCovered(f"column {decoded[0]!r} is decoded when it is read")
    if list(features) != dataset.data.table.column_names:
        raise NotCovered("the features do not match the columns")


def _is_decoded(feature: Any) -> bool:
    from datasets.features.features import require_decoding

    return bool(require_decoding(feature))


def snapshot(
    dataset: Dataset, seen_hashes: set[str] | None = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, with a copy of the set that the call adds to."""
    return (dataset, None if seen_hashes is None else set(seen_hashes)), {}


def difference(ours: tuple[Dataset, set[str]], theirs: tuple[Dataset, set[str]]) -> str | None:
    """Compare the datasets by their fingerprint and indices, and the sets of hashes."""
    (our_rows, our_hashes), (their_rows, their_hashes) = ours, theirs
    if our_hashes != their_hashes:
        return f"{len(our_hashes ^ their_hashes)} hashes differ"
    if len(our_rows) != len(their_rows):
        return f"{len(our_rows)} rows are kept, upstream keeps {len(their_rows)}"
    if our_rows._fingerprint != their_rows._fingerprint:
        return "the datasets have different fingerprints: other rows were selected"
    return None
