"""A dataset whose filters and maps run on columns where they are steps that are known.

Upstream's own code runs on it and passes its own functions, so what it logs and raises is its own.
The real `Dataset.filter` and `Dataset.map` say under which fingerprint a result is known, and the
real `Dataset.map` writes it, or finds it written, where it would be.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from datasets import Dataset, Features, Value
from datasets.arrow_dataset import transmit_format

from fast_axolotl.shim.protocol import NotCovered
from fast_axolotl.switches import LOG, verifying

from .columns import Columns
from .steps import Keep, TooLong, known

_OPTIONS = frozenset({"batched", "desc", "load_from_cache_file", "num_proc"})
_INDICES = Features({"indices": Value("uint64")})


class Record:
    """What became of the steps on the views of one call."""

    def __init__(self) -> None:
        self.fast = 0
        self._reasons: list[str] = []
        self.error: Exception | None = None

    @property
    def left(self) -> str:
        """Why steps were left to `datasets`, if some were."""
        return "; ".join(self._reasons)

    def leave(self, reason: str) -> None:
        """Note why a step is left to `datasets`."""
        if reason not in self._reasons:
            self._reasons.append(reason)

    def __deepcopy__(self, _: object) -> Record:
        return self


class Columnar(Dataset):  # type: ignore[misc]
    """A view of a dataset, with the same state."""

    is_plain = True  # for `plain.is_plain`: what it overrides gives the same results
    _of: tuple[Dataset]
    _record: Record

    @classmethod
    def view(cls, dataset: Dataset, record: Record) -> Columnar:
        """A view of a plain dataset."""
        view = cls.__new__(cls)
        view.__dict__.update(dataset.__dict__, _of=(dataset,), _record=record)
        return view

    def plain(self) -> Dataset:
        """The dataset of this view: the very same where nothing was done to the view."""
        state = {k: v for k, v in self.__dict__.items() if k not in ("_of", "_record")}
        (dataset,) = self._of
        if all(dataset.__dict__.get(name, self) is value for name, value in state.items()):
            return dataset
        like_it: Dataset = object.__new__(type(dataset))
        like_it.__dict__.update(state)
        return like_it

    def filter(self, function: Any = None, **options: Any) -> Columnar:
        """Do `Dataset.filter`."""
        return self._step("filter", function, options)

    def map(self, function: Any = None, **options: Any) -> Columnar:
        """Do `Dataset.map`."""
        return self._step("map", function, options)

    def _step(self, method: str, function: Any, options: dict[str, Any]) -> Columnar:
        dataset = self.plain()
        try:
            done = _do(dataset, method, function, options)
        except TooLong as refused:
            self._record.fast += 1
            getattr(function, "func", function).__call__(
                {"input_ids": [range(refused.length)]}, **getattr(function, "keywords", {})
            )
            raise  # which is for the tests to see: the function has not raised
        except NotCovered as reason:
            self._record.leave(str(reason))
        except Exception as error:
            if verifying():
                self._record.error = error
                raise
            LOG.exception("a step on columns failed in fast-axolotl; please report")
            self._record.leave(f"{type(error).__name__}: {error}")
        else:
            self._record.fast += 1
            return Columnar.view(done, self._record)
        return Columnar.view(getattr(dataset, method)(function, **options), self._record)


def _do(dataset: Dataset, method: str, function: Any, options: dict[str, Any]) -> Dataset:
    step, keywords = known(function)
    if not options.keys() <= _OPTIONS or isinstance(step, Keep) != (method == "filter"):
        raise NotCovered(f"the options of {method} are others than known")
    if not len(dataset):
        return getattr(dataset, method)(function, **options)
    columns = Columns(dataset)
    fingerprint = _fingerprint(dataset, method, function, options)
    batched = bool(options.get("batched", False))
    write = {
        "desc": options.get("desc") or method.title(),
        "load_from_cache_file": options.get("load_from_cache_file"),
        "new_fingerprint": fingerprint,
    }
    # Which columns the dataset shows, the result does, as with the real methods.
    if isinstance(step, Keep):
        mask = functools.partial(step.mask, columns, batched, **keywords)
        return transmit_format(_keep)(dataset, columns, mask, write)
    types = step.types(columns, batched, **keywords)
    change = functools.partial(step.change, **keywords)
    changed = transmit_format(_change)(dataset, columns, types, change, write)
    processes = min(options.get("num_proc") or 1, len(dataset))
    if processes > 1 and changed._format_columns is not None:
        # Of several processes, the real method puts the results together, which orders the names.
        shown = set(changed._format_columns)
        changed._format_columns = [name for name in changed.column_names if name in shown]
    return changed


def _keep(
    dataset: Dataset, columns: Columns, mask: Callable[[], Any], write: dict[str, Any]
) -> Dataset:
    """What `Dataset.filter` returns: the same table, with a mapping to the rows that stay."""

    def make(_: object, __: object) -> pa.Table:
        kept = mask().nonzero()[0]
        rows = kept if columns.rows is None else columns.rows[kept]
        return pa.table({"indices": pa.array(rows, pa.uint64())})

    indices = _write(dataset, make, features=_INDICES, batch_size=None, **write)
    kept = copy.deepcopy(dataset)
    kept._indices = indices.data
    kept._fingerprint = write["new_fingerprint"]
    return kept


def _change(
    dataset: Dataset,
    columns: Columns,
    types: dict[str, pa.DataType],
    change: Callable[[pa.Table], dict[str, pa.Array]],
    write: dict[str, Any],
) -> Dataset:
    """What `Dataset.map` returns: a table of its own."""
    features = Features(columns.features)
    for name, kind in types.items():
        if name not in features:
            features.update(Features.from_arrow_schema(pa.schema([(name, kind)])))

    def make(_: object, indices: list[int]) -> pa.Table:
        rows = columns.take(indices[0], indices[-1] + 1)
        for name, column in change(rows).items():
            typed = column.cast(types[name])
            if name in rows.column_names:
                rows = rows.set_column(rows.column_names.index(name), name, typed)
            else:
                rows = rows.append_column(name, typed)
        return rows

    made = _write(dataset, make, features=features, batch_size=columns.batch_size(), **write)
    info = dataset.info.copy()
    info.features = made.features
    return Dataset(made.data, info=info, split=dataset.split, fingerprint=write["new_fingerprint"])


def _write(dataset: Dataset, make: Callable[[Any, Any], pa.Table], **options: Any) -> Dataset:
    """Write a result where the real `Dataset.map` writes that of a dataset, or find it there."""
    path = None
    if dataset.cache_files:
        path = dataset._get_cache_file_path(options["new_fingerprint"])
    # As many rows with nothing in them: what is to be read of the dataset, `make` reads.
    rows = Dataset(pa.table({"nothing": pa.nulls(len(dataset))}), fingerprint="nothing")
    return rows.map(
        make,
        with_indices=True,
        batched=True,
        remove_columns=["nothing"],
        cache_file_name=path,
        **options,
    )


class _Fingerprint(Exception):
    """The fingerprint, on its way out of the method that has computed it."""


class _Probe(Dataset):  # type: ignore[misc]
    """A dataset that tells under which fingerprint it would cache a result."""

    @property
    def cache_files(self) -> list[dict[str, str]]:
        """Some, without which nothing is cached."""
        return [{"filename": "none"}]

    def _get_cache_file_path(self, fingerprint: str) -> str:
        raise _Fingerprint(fingerprint)


def _fingerprint(dataset: Dataset, method: str, function: Any, options: dict[str, Any]) -> str:
    """The fingerprint of the result of a method, as the installed `datasets` computes it."""
    probe = _Probe.__new__(_Probe)
    probe.__dict__.update(dataset.__dict__)
    try:
        getattr(probe, method)(function, **options)
    except _Fingerprint as found:
        return str(found)
    except Exception as error:
        raise NotCovered(f"{type(error).__name__}: {error}") from error
    raise NotCovered(f"this version of datasets gives {method} no fingerprint")
