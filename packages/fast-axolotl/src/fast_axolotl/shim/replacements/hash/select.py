"""`Dataset.select` of many rows, with the fingerprint that it gives.

The fingerprint of a selection is a hash of the pickled list of indices, and `datasets` pickles in
Python code: for tens of thousands of rows that takes longer than the selection itself. The pickler
of the standard library writes the same bytes for a list of integers.
"""

from __future__ import annotations

import functools
import pickle
from typing import TYPE_CHECKING

from fast_axolotl.switches import LOG

if TYPE_CHECKING:
    from datasets import Dataset

_MANY = 2000
"""Selections below this many rows are quick anyway."""


def select(dataset: Dataset, indices: list[int]) -> Dataset:
    """Do `dataset.select(indices)`."""
    if len(indices) < _MANY or not _agree():
        return dataset.select(indices)
    return dataset.select(indices, new_fingerprint=_fingerprint(dataset, indices))


def _fingerprint(dataset: Dataset, indices: list[int]) -> str:
    """The fingerprint of a selection."""
    from datasets.fingerprint import Hasher

    hasher = Hasher()
    for part in (
        dataset._fingerprint,
        "datasets.arrow_dataset.Dataset.select",
        "fingerprint_name",
        "new_fingerprint",
        "indices",
    ):
        hasher.update(part)
    hasher.m.update(f"=={list}==".encode())
    hasher.m.update(Hasher.hash_bytes(pickle.dumps(indices)).encode())
    return str(hasher.hexdigest())


@functools.cache
def _agree() -> bool:
    """Whether the installed `datasets` makes fingerprints in this way, found out by an example."""
    import pyarrow
    from datasets import Dataset

    dataset = Dataset(pyarrow.table({"row": pyarrow.nulls(70_000)}))
    # Integers of one, two and four bytes, in more than one batch of a thousand.
    indices = [*range(0, 600, 2), *range(10_000, 11_000), 65_535, 65_536, 69_999]
    try:
        equal = dataset.select(indices)._fingerprint == _fingerprint(dataset, indices)
    except (AttributeError, ImportError, TypeError) as error:
        LOG.debug("fingerprints are left to datasets: %s", error)
        return False
    return bool(equal)
