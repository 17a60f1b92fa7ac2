"""Which datasets are plain: the one answer for every replaced function."""

from __future__ import annotations

from datasets import Dataset


def is_plain(dataset: object) -> bool:
    """Whether an object is a `datasets.Dataset` and behaves as one.

    A subclass is plain if it overrides nothing that `Dataset` has, as Axolotl's
    `TokenizedPromptDataset`, or if it says `is_plain = True` of itself.
    """
    return isinstance(dataset, Dataset) and (
        vars(type(dataset)).get("is_plain") is True or _overrides_nothing(type(dataset))
    )


# What every class has of itself, how its instances are made, and what `copy` leaves on it.
_OWN_NAMES = frozenset(vars(type("Empty", (Dataset,), {}))) | {
    "__annotations__",
    "__init__",
    "__slotnames__",
}


def _overrides_nothing(kind: type[Dataset]) -> bool:
    """Whether a class has the methods of `Dataset` as they are, and perhaps others."""
    derived = kind.__mro__[: kind.__mro__.index(Dataset)]
    names = {name for one in derived for name in vars(one)}
    return not any(hasattr(Dataset, name) for name in names - _OWN_NAMES)
