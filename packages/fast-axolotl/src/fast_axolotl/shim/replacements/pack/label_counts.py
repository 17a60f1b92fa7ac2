"""Labels of rows: `axolotl.utils.samplers.utils.get_dataset_label_counts`.

Upstream makes a Python integer of every label to count those that are trained on. Here they are
counted in the Arrow column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .lengths import difference as difference_of_lengths

if TYPE_CHECKING:
    from datasets import Dataset

_IGNORED = -100


def run(dataset: Dataset, shift_labels: bool = True) -> Outcome:
    """How many labels of each row count, and whether the first is among them."""
    from fast_axolotl.shim.replacements.plain import is_plain

    if not is_plain(dataset):
        raise NotCovered(f"the dataset is {type(dataset).__name__}")
    import numpy as np

    from .columns import Columns

    columns = Columns(dataset)
    names = columns.table.column_names
    name = "shift_labels" if "shift_labels" in names else "labels"
    counts, firsts = columns.count_other(name, _IGNORED)
    if not shift_labels or name != "labels":
        firsts = np.zeros_like(counts)
    return Outcome((counts, firsts), f"{len(counts):,} rows")


def snapshot(dataset: Dataset, shift_labels: bool = True) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, which no call changes."""
    return (dataset, shift_labels), {}


def difference(ours: tuple[Any, Any], theirs: tuple[Any, Any]) -> str | None:
    """Compare the counts and the first labels, and their types."""
    for name, our, their in zip(("counts", "starts"), ours, theirs, strict=True):
        if difference_of_lengths(our, their) is not None:
            return f"the {name} differ, or their types"
    return None
