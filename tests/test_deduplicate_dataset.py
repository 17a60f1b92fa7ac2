"""The replaced `_deduplicate_dataset` against the real one, on the same datasets."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest
from axolotl.utils.data import utils
from datasets import ClassLabel, Dataset, Features, IterableDataset, Json, List, Value
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import fast_axolotl
import fast_axolotl_hash
from fast_axolotl.shim.protocol import NotCovered
from fast_axolotl.shim.replacements.hash import deduplicate, select

OURS = utils._deduplicate_dataset
STOCK = OURS.__wrapped__

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
# HF datasets cannot hold a name with a NUL in it.
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ODD_TEXT = st.sampled_from(
    ["it's", 'say "hi"', "'\"", "a\nb\tc\\", "🦎", "\u0301", "\u0378", "\U000e0001", "\x7f\x85", ""]
)
ODD_FLOATS = st.sampled_from([float("nan"), float("inf"), -0.0, 1e16, 1e-5, 0.1, 1e15, 123456.0])
# Arrow counts microseconds in 64 bits, which is less than Python's timedelta holds.
LONGEST = datetime.timedelta(microseconds=2**63 - 1)

SCALARS = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "uint8": st.integers(0, 255),
    "float64": st.floats() | ODD_FLOATS,
    "float32": st.floats(width=32),
    "bool": st.booleans(),
    "string": TEXT | ODD_TEXT,
    "large_string": TEXT,
    "binary": st.binary(),
    "null": st.none(),
    "date32": st.dates(),
    "timestamp[s]": st.datetimes().map(lambda moment: moment.replace(microsecond=0)),
    "timestamp[us]": st.datetimes(),
    "timestamp[ns]": st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2200, 1, 1)),
    "timestamp[us, tz=UTC]": st.datetimes(timezones=st.just(datetime.timezone.utc)),
    "duration[us]": st.timedeltas(-LONGEST, LONGEST),
    "time64[us]": st.times(),
    "decimal128(10, 2)": st.decimals(-1000, 1000, places=2),
    "float16": st.floats(width=16, allow_nan=False),
    "string_view": TEXT,
    "date64": st.dates(),
    "time32[s]": st.times().map(lambda time: time.replace(microsecond=0)),
    "decimal256(60, 20)": st.decimals(-1000, 1000, places=20),
}


def nested(inner):
    def lists(pair):
        feature, values = pair
        return List(feature), st.lists(values | st.none(), max_size=3)

    def structs(fields):
        return (
            {name: feature for name, (feature, _) in fields.items()},
            st.fixed_dictionaries({n: values | st.none() for n, (_, values) in fields.items()}),
        )

    return inner.map(lists) | st.dictionaries(NAMES, inner, min_size=1, max_size=3).map(structs)


LEAVES = st.sampled_from([(Value(name), values) for name, values in SCALARS.items()])


@st.composite
def datasets(draw):
    columns = draw(
        st.dictionaries(NAMES, st.recursive(LEAVES, nested, max_leaves=3), min_size=1, max_size=3)
    )
    length = draw(st.integers(1, 8))
    rows = st.lists(
        st.fixed_dictionaries({name: values | st.none() for name, (_, values) in columns.items()}),
        min_size=length,
        max_size=length,
    )
    few = draw(rows)
    # Rows that occur more than once, at random places.
    many = [few[at] for at in draw(st.lists(st.integers(0, length - 1), max_size=20))]
    features = Features({name: feature for name, (feature, _) in columns.items()})
    return Dataset(pa.Table.from_pylist(many, schema=features.arrow_schema))


def equal(dataset, seen=None):
    """Run both, compare everything, and return what they returned."""
    ours_seen, stock_seen = (None, None) if seen is None else (set(seen), set(seen))
    ours, our_hashes = OURS(dataset, ours_seen)
    stock, stock_hashes = STOCK(dataset, stock_seen)
    assert our_hashes == stock_hashes
    assert type(our_hashes) is set
    assert ours_seen is None or our_hashes is ours_seen
    assert ours.features == stock.features
    assert ours._fingerprint == stock._fingerprint
    assert repr(list(ours)) == repr(list(stock))
    return ours, our_hashes


def is_covered(dataset, seen=None):
    try:
        deduplicate.run(dataset, None if seen is None else set(seen))
    except NotCovered:
        return False
    return True


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(datasets(), st.integers(0, 3), st.data())
@example(Dataset.from_dict({"a": []}), 0, None)
def test_generated_datasets(dataset, change, data):
    if len(dataset):
        if change == 1:
            dataset = dataset.shuffle(seed=data.draw(st.integers(0, 9)))
        elif change == 2:
            rows = st.lists(st.integers(0, len(dataset) - 1))
            dataset = dataset.select(data.draw(rows))
        elif change == 3:
            start = data.draw(st.integers(0, len(dataset) - 1))
            dataset = dataset.select(range(start, len(dataset)))
    _, hashes = equal(dataset)
    equal(dataset, seen=sorted(hashes)[::2])


class Named(Dataset):
    """A class of datasets that adds something, as Axolotl's own for prompts does."""

    kind = "named"


class Doubled(Dataset):
    """A class of datasets whose rows are others than those of its table."""

    def __iter__(self):
        for row in super().__iter__():
            yield {name: value * 2 for name, value in row.items()}


@pytest.mark.parametrize(("kind", "covered"), [(Named, True), (Doubled, False)])
def test_a_class_is_covered_unless_it_overrides_something(kind, covered):
    plain = Dataset.from_dict({"a": ["x", "y", "x"], "b": [1, 2, 1]})
    dataset = object.__new__(kind)
    dataset.__dict__.update(plain.__dict__)
    assert is_covered(dataset) is covered
    kept, _ = equal(dataset)
    assert len(kept) == 2


def tokenized(rows):
    return Dataset.from_dict(
        {
            "input_ids": [list(range(number % 37)) for number in range(rows)],
            "attention_mask": [[1] * (number % 37) for number in range(rows)],
            "labels": [[-100] * (number % 37) for number in range(rows)],
        }
    )


def test_tokenized_datasets():
    dataset = tokenized(3000)
    assert is_covered(dataset)
    kept, _ = equal(dataset)
    assert len(kept) == 37
    equal(dataset.shuffle(seed=1).select(range(0, 3000, 7)))


def test_text_datasets():
    rows = [{"messages": [{"role": "user", "content": f"it's\n{n % 9} 🦎"}]} for n in range(100)]
    dataset = Dataset.from_list(rows)
    assert is_covered(dataset)
    assert len(equal(dataset)[0]) == 9


def test_across_datasets():
    first, second = tokenized(20), tokenized(30)
    ours = utils.deduplicate_and_log_datasets(first, second)
    assert [len(dataset) for dataset in ours] == [20, 10]
    _, seen = equal(first)
    equal(second, seen)


def test_data_on_disk_and_in_many_shards(tmp_path):
    tokenized(3000).save_to_disk(tmp_path / "data", num_shards=5)
    dataset = Dataset.load_from_disk(tmp_path / "data")
    assert is_covered(dataset)
    equal(dataset)
    equal(dataset.shuffle(seed=4))


@pytest.mark.parametrize(
    "dataset",
    [
        tokenized(40).with_format("numpy"),
        tokenized(40).with_format("torch", columns=["labels"]),
        tokenized(40).with_format(None, columns=["labels"]),
        Dataset.from_dict({"json": ['{"a": 1}', "[1]"]}, features=Features({"json": Json()})),
    ],
    ids=["numpy", "torch", "columns", "json"],
)
def test_what_is_not_covered_goes_to_upstream(dataset):
    assert not is_covered(dataset)
    equal(dataset)


@pytest.mark.parametrize("rows", [3000, 70_000])
def test_fingerprints_of_large_selections(rows):
    # A pickle has frames of 64 KiB and integers of one, two and four bytes.
    assert select._agree()
    dataset = Dataset.from_dict({"number": [number - number % 5 // 4 for number in range(rows)]})
    kept, _ = equal(dataset)
    assert kept._indices is not None
    assert len(kept) == rows - rows // 5
    equal(dataset.select(range(rows // 2, rows)))
    equal(dataset.shuffle(seed=2))
    equal(kept)


def test_fingerprints_of_another_datasets_are_left_to_it(monkeypatch):
    monkeypatch.setattr(select, "_agree", lambda: False)
    monkeypatch.setattr(select, "_fingerprint", lambda *_: pytest.fail("asked all the same"))
    equal(Dataset.from_dict({"number": [number // 2 for number in range(9000)]}))


def test_what_only_python_knows_the_text_of():
    moments = [
        datetime.datetime(2020, 1, 1) + datetime.timedelta(hours=n % 800) for n in range(3000)
    ]
    dataset = Dataset(
        pa.table(
            {
                "zoned": pa.array(moments, pa.timestamp("us", "Europe/Paris")),
                "ns": pa.array(moments, pa.timestamp("ns")),
                "half": pa.array(np.arange(3000, dtype=np.float16) % 7),
                "spans": [[datetime.timedelta(days=n % 800)] * 2 for n in range(3000)],
            }
        )
    )
    assert is_covered(dataset)
    equal(dataset)
    equal(dataset.shuffle(seed=3))


def test_class_labels():
    features = Features({"label": ClassLabel(names=["a", "b"])})
    dataset = Dataset.from_dict({"label": [0, 1, 0]}, features=features)
    assert is_covered(dataset)
    equal(dataset)


def test_seen_hashes_that_are_no_digests():
    dataset = tokenized(40)
    assert not is_covered(dataset, {"something else"})
    equal(dataset, {"something else"})


def test_an_iterable_dataset_fails_as_upstream_does():
    dataset = IterableDataset.from_generator(lambda: iter([{"a": 1}]))
    for function in (OURS, STOCK):
        with pytest.raises(AttributeError, match="select"):
            function(dataset)


def test_status_counts_the_calls():
    def detail():
        (row,) = [t for t in fast_axolotl.status().targets if "._deduplicate_" in t.target]
        assert row.state == "bound"
        return row.detail

    OURS(tokenized(5).with_format("numpy"))
    OURS(tokenized(5))
    assert "fast" in detail()
    assert "the dataset has a format" in detail()


def test_verify_passes_and_catches(monkeypatch):
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    dataset = tokenized(100)
    _, seen = equal(dataset)
    equal(dataset, seen)
    real = fast_axolotl_hash.deduplicate_indices
    for wrong in (
        lambda *a, **k: (real(*a, **k)[0][:-1], real(*a, **k)[1]),
        lambda *a, **k: (real(*a, **k)[0], real(*a, **k)[1][:-1]),
        lambda *a, **k: ([*real(*a, **k)[0][:-1], 99], real(*a, **k)[1]),
    ):
        monkeypatch.setattr(fast_axolotl_hash, "deduplicate_indices", wrong)
        with pytest.raises(fast_axolotl.ParityError, match="_deduplicate_dataset"):
            OURS(dataset)


def test_an_unexpected_error_is_left_to_upstream_and_raised_where_it_is_sought(monkeypatch):
    def broken(*arguments, **options):
        raise ImportError("datasets has changed")

    dataset = tokenized(40)
    monkeypatch.setattr(fast_axolotl_hash, "deduplicate_indices", broken)
    equal(dataset, STOCK(tokenized(5))[1])
    assert "datasets has changed" in str(fast_axolotl.status())
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    with pytest.raises(ImportError, match="datasets has changed"):
        OURS(dataset)


def test_wrong_arguments_fail_as_upstream_does():
    with pytest.raises(TypeError, match="_deduplicate_dataset"):
        OURS()


def test_floats_whose_shortest_digits_tie():
    dataset = Dataset.from_dict({"number": [1e15 + n / 8 for n in range(2000)]})
    narrow = dataset.cast_column("number", Value("float32"))
    for one in (dataset, narrow):
        assert is_covered(one)
        equal(one)
