"""Filters, truncation and packing columns against the real ones, on the same datasets."""

from __future__ import annotations

import logging

import datasets
import numpy as np
import pyarrow as pa
import pytest
from axolotl.utils import trainer
from axolotl.utils.data import utils
from axolotl.utils.dict import DictDefault
from datasets import Dataset, Features, IterableDataset, LargeList, List, Value, load_from_disk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Axolotl 0.21 cannot import this module first: it and `axolotl.utils.data` import each other.
from axolotl.datasets import TokenizedPromptDataset  # isort: skip

import fast_axolotl
from fast_axolotl.shim.replacements.pack import columnar, columns, steps

OURS = {
    "handle_long_seq_in_dataset": utils.handle_long_seq_in_dataset,
    "process_datasets_for_packing": trainer.process_datasets_for_packing,
    "process_pretraining_datasets_for_packing": trainer.process_pretraining_datasets_for_packing,
}
STOCK = {name: function.__wrapped__ for name, function in OURS.items()}
HANDLE, PROCESS, PRETRAINING = OURS
PACKING = DictDefault({"sample_packing": True, "eval_sample_packing": True})


def detail(name):
    (row,) = [
        t
        for t in fast_axolotl.status().targets
        if t.kind == "replaced function" and t.target.endswith(f".{name}")
    ]
    assert row.state == "bound"
    return row.detail


def counts(name):
    """How many calls were fast, and how many upstream did."""
    fast, _, rest = detail(name).partition(" fast")
    return np.array([int(fast or 0), int(rest.removeprefix(", ").partition(" ")[0] or 0)])


class Words(logging.Handler):
    """What Axolotl logs meanwhile."""

    def __init__(self):
        super().__init__()
        self.words = []

    def emit(self, record):
        self.words.append((record.name, record.levelno, record.getMessage()))

    def __enter__(self):
        for module in (utils, trainer):
            module.LOG.logger.addHandler(self)
        return self.words

    def __exit__(self, *_):
        for module in (utils, trainer):
            module.LOG.logger.removeHandler(self)


def outcome(function, arguments):
    """What a call returns or raises, and what Axolotl logs."""
    with Words() as words:
        try:
            result = function(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other must raise it too
            result = repr(error)
    return (result if isinstance(result, tuple) else (result,)), words


@pytest.fixture
def uncached():
    """Nothing that one call writes is found by the next."""
    datasets.disable_caching()
    yield
    datasets.enable_caching()


def assert_same(ours, stock):
    assert type(ours) is type(stock)
    if not isinstance(ours, Dataset):
        assert ours == stock
        return
    assert ours.features == stock.features
    assert list(ours.features) == list(stock.features)
    assert ours._fingerprint == stock._fingerprint
    assert ours.format == stock.format
    assert ours.split == stock.split
    assert len(ours) == len(stock)
    assert ours.with_format("arrow")[:] == stock.with_format("arrow")[:]


def equal(name, *arguments, fast=True):
    """Run both, compare all, and return what they returned."""
    before = counts(name)
    ours, our_words = outcome(OURS[name], arguments)
    if fast is not None:
        assert (counts(name) - before).tolist() == [fast, not fast], detail(name)
    stock, words = outcome(STOCK[name], arguments)
    assert len(ours) == len(stock)
    for one, other in zip(ours, stock, strict=True):
        assert_same(one, other)
    assert our_words == words
    return ours


def rows_of(lengths, *, trained=lambda number: number % 3 != 1):
    """Rows of these lengths; all labels of some are masked."""
    return {
        "input_ids": [list(range(number, number + n)) for number, n in enumerate(lengths)],
        "attention_mask": [[1] * n for n in lengths],
        "labels": [
            [-100] * (n - n // 2) + [7 if trained(number) else -100] * (n // 2)
            for number, n in enumerate(lengths)
        ],
    }


LISTS = {
    "int64": List(Value("int64")),
    "int32": List(Value("int32")),
    "int16": List(Value("int16")),
    "large": LargeList(Value("int64")),
}


@st.composite
def generated(draw):
    lengths = draw(st.lists(st.integers(0, 30), min_size=1, max_size=40))
    rows = rows_of(lengths, trained=draw(st.sampled_from([lambda n: n % 3, bool, lambda n: False])))
    if draw(st.booleans()):
        # Labels anywhere, also beyond what is looked at first.
        rows["labels"] = [
            draw(st.lists(st.sampled_from([-100, -100, -100, 5]), min_size=n, max_size=n))
            for n in lengths
        ]
    features = {"input_ids": LISTS[draw(st.sampled_from(sorted(LISTS)))]}
    for name in ("attention_mask", "labels"):
        if name == "labels" or draw(st.booleans()):
            features[name] = LISTS[draw(st.sampled_from(["int64", "int16", "large"]))]
    if draw(st.booleans()):
        rows["position_ids"] = [list(range(n)) for n in lengths]
        features["position_ids"] = LISTS[draw(st.sampled_from(["int64", "int32", "large"]))]
    if draw(st.booleans()):
        rows["length"] = lengths
        features["length"] = Value(draw(st.sampled_from(["int64", "int32"])))
    if draw(st.booleans()):
        rows["text"] = [f"row {n} 🦎" if n % 5 else None for n in range(len(lengths))]
        features["text"] = Value("string")
    names = draw(st.permutations(sorted(features)))
    features = Features({name: features[name] for name in names})
    dataset = Dataset.from_dict({name: rows[name] for name in names}, features=features)
    pieces = draw(st.integers(1, 4))
    if pieces <= len(dataset):
        shards = [dataset.shard(pieces, index, contiguous=True) for index in range(pieces)]
        dataset = datasets.concatenate_datasets([shard.flatten_indices() for shard in shards])
    change = draw(st.sampled_from(["", "shuffle", "select", "range", "split"]))
    if change == "shuffle":
        return dataset.shuffle(seed=draw(st.integers(0, 9)))
    if change == "select":
        return dataset.select(draw(st.lists(st.integers(0, len(dataset) - 1))))
    if change == "range":
        return dataset.select(range(draw(st.integers(0, len(dataset) - 1)), len(dataset)))
    if change == "split" and len(dataset) > 2:
        return dataset.train_test_split(test_size=0.3, seed=3)["train"]
    return dataset


GENERATED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=60,
)


@pytest.mark.usefixtures("uncached")
@GENERATED
@given(
    generated(),
    st.integers(0, 40),
    st.sampled_from([None, 0, 1, 5, -3]),
    st.sampled_from([None, "drop", "truncate", "RAISE"]),
)
def test_generated_lengths(dataset, longest, shortest, strategy):
    cfg = DictDefault({"excess_length_strategy": strategy, "min_sample_len": shortest})
    equal(HANDLE, dataset, longest, cfg)


@pytest.mark.usefixtures("uncached")
@GENERATED
@given(generated(), st.none() | generated(), st.booleans(), st.booleans(), st.booleans())
def test_generated_packing(train, evaluated, packing, eval_packing, by_length):
    cfg = {
        "sample_packing": packing,
        "eval_sample_packing": eval_packing,
        "group_by_length": by_length,
    }
    # Rows without tokens leave types open, and upstream's own errors.
    covered = all(
        min(map(len, one["input_ids"]), default=1) > 0 for one in (train, evaluated) if one
    )
    equal(PROCESS, DictDefault(cfg), train, evaluated, fast=True if covered else None)


@pytest.mark.usefixtures("uncached")
@GENERATED
@given(generated(), st.integers(0, 40), st.booleans(), st.booleans())
def test_generated_pretraining(dataset, longest, without_positions, without_mask):
    if "attention_mask" not in dataset.column_names:
        without_mask = False
    equal(PRETRAINING, dataset, longest, without_positions, without_mask)


@pytest.fixture
def on_disk(tmp_path):
    """Save a dataset in shards, and load it from there."""

    def save(dataset, shards=3, name="data"):
        dataset.save_to_disk(tmp_path / name, num_shards=shards)
        return load_from_disk(tmp_path / name)

    return save


LENGTHS = [number * 7 % 60 for number in range(3000)]


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize("strategy", ["drop", "truncate", "raise"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_data_on_disk(on_disk, strategy, shuffled):
    dataset = on_disk(Dataset.from_dict(rows_of(LENGTHS)))
    if shuffled:
        dataset = dataset.shuffle(seed=2)
    cfg = DictDefault({"excess_length_strategy": strategy}) | PACKING
    (result,) = equal(HANDLE, dataset, 59 if strategy == "raise" else 50, cfg)
    train, _ = equal(PROCESS, DictDefault(cfg), result, None)
    assert train.column_names == [*dataset.column_names, "position_ids", "length"]
    assert len(train.cache_files) == 1, "it is mapped from a file"


def test_the_cache_is_found_by_both(on_disk, monkeypatch):
    dataset = on_disk(Dataset.from_dict(rows_of(LENGTHS)))
    cfg = DictDefault({"excess_length_strategy": "truncate"}) | PACKING

    def prepare(functions):
        (result,), _ = outcome(functions[HANDLE], (dataset, 50, DictDefault(cfg)))
        return outcome(functions[PROCESS], (DictDefault(cfg), result, None))[0][0]

    def fail(*arguments, **options):
        raise AssertionError("done again")

    ours = prepare(OURS)
    files = sorted((path.name, path.stat().st_mtime_ns) for path in on_disk_files(dataset))
    # Neither upstream nor this does anything again.
    for functions in (STOCK, OURS):
        again = prepare(functions)
        assert_same(again, ours)
        assert again.cache_files == ours.cache_files
        assert files == sorted((p.name, p.stat().st_mtime_ns) for p in on_disk_files(dataset))
    monkeypatch.setattr(columns.Columns, "take", fail)
    assert_same(prepare(OURS), ours)
    # As Axolotl does when it preprocesses.
    cfg["is_preprocess"] = True
    before = counts(PROCESS)
    monkeypatch.undo()
    assert_same(prepare(OURS), ours)
    assert (counts(PROCESS) - before).tolist() == [1, 0]
    assert files != sorted((p.name, p.stat().st_mtime_ns) for p in on_disk_files(dataset))


def on_disk_files(dataset):
    from pathlib import Path

    return list(Path(dataset.cache_files[0]["filename"]).parent.glob("cache-*"))


@pytest.mark.newest
def test_the_cache_of_upstream_is_found(on_disk, monkeypatch):
    dataset = on_disk(Dataset.from_dict(rows_of(LENGTHS)))
    cfg = DictDefault({"dataset_num_proc": 2}) | PACKING
    stock, _ = STOCK[PROCESS](DictDefault(cfg), dataset, None)
    assert len(stock.cache_files) == 2
    monkeypatch.setattr(columns.Columns, "some_other", None)
    monkeypatch.setattr(columns.Columns, "take", None)
    before = counts(PROCESS)
    ours, _ = OURS[PROCESS](DictDefault(cfg), dataset, None)
    assert (counts(PROCESS) - before).tolist() == [1, 0]
    assert_same(ours, stock)


def test_several_processes_are_not_needed(on_disk):
    dataset = on_disk(Dataset.from_dict(rows_of(LENGTHS)))
    cfg = DictDefault({"dataset_num_proc": 2, "is_preprocess": True}) | PACKING
    (ours,) = equal(HANDLE, dataset, 50, DictDefault(cfg))
    equal(PROCESS, DictDefault(cfg), ours, ours.select(range(40, 60)), fast=None)


def with_column(name, values, lengths=(5, 9, 3, 12)):
    table = Dataset.from_dict(rows_of(lengths)).data.table
    if name in table.column_names:
        table = table.drop_columns(name)
    return Dataset(table.replace_schema_metadata().append_column(name, pa.array(values)))


PLAIN = Dataset.from_dict(rows_of([5, 9, 3, 12]))
NULL_ROW = [[1, 2], None, [3, 4, 5], [6]]
NULL_TOKEN = [[1, 2], [None, 3], [3, 4, 5], [None]]
FIXED = List(Value("int64"), length=3)


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize(
    ("dataset", "why"),
    [
        (PLAIN.with_format("numpy"), "has a format"),
        (PLAIN.with_format("torch", columns=["input_ids"]), "has a format"),
        (with_column("input_ids", NULL_ROW), ""),  # for which upstream has an error
        (with_column("input_ids", ["abc", "de", "f", "ghij"]), "not lists"),
        (PLAIN.remove_columns("input_ids"), ""),
    ],
    ids=["numpy", "torch", "null", "text", "none"],
)
@pytest.mark.parametrize("strategy", ["drop", "truncate", "raise"])
def test_what_is_not_covered_goes_to_upstream(dataset, why, strategy):
    cfg = DictDefault({"excess_length_strategy": strategy})
    equal(HANDLE, dataset, 6, cfg, fast=not why)
    assert why in detail(HANDLE)


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize(
    ("dataset", "why"),
    [
        (PLAIN.with_format("numpy"), "has a format"),
        (with_column("labels", NULL_ROW), "has nulls"),
        (with_column("labels", NULL_TOKEN), "has nulls in its lists"),
        (PLAIN.remove_columns("labels"), "no column 'labels'"),
        (with_column("labels", [[0.5], [-100.0], [2.0], []]), "not lists of integers"),
        (with_column("position_ids", ["a", "b", "c", "d"]), "not lists"),
        (with_column("length", ["a", "b", "c", "d"]), "column 'length'"),
        (Dataset.from_dict({"input_ids": [[]] * 3, "labels": [[1]] * 3}), "leaves types open"),
    ],
    ids=["numpy", "null", "null token", "none", "float", "positions", "lengths", "empty"],
)
def test_columns_that_are_not_covered_go_to_upstream(dataset, why):
    equal(PROCESS, PACKING, dataset, None, fast=False)
    assert why in detail(PROCESS)


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize("tokens", [NULL_ROW, NULL_TOKEN, [[[1]], [[2]], [], []]])
def test_rows_that_are_not_covered_go_to_upstream(tokens):
    equal(PRETRAINING, Dataset(pa.table({"input_ids": tokens})), 2, False, fast=False)


@pytest.mark.newest
@pytest.mark.usefixtures("uncached")
def test_lists_of_a_fixed_size():
    features = Features({"input_ids": FIXED, "labels": FIXED})
    rows = [[n, n + 1, n + 2] for n in range(50)]
    dataset = Dataset.from_dict({"input_ids": rows, "labels": rows}, features=features)
    cfg = DictDefault({"excess_length_strategy": "drop"})
    for one in (dataset, dataset.shuffle(seed=1), dataset.select(range(7, 30))):
        equal(HANDLE, one, 5, cfg)
        equal(HANDLE, one, 2, cfg)
        equal(PROCESS, PACKING, one, one)
        equal(HANDLE, one, 5, DictDefault({"excess_length_strategy": "truncate"}), fast=False)


@pytest.mark.newest
@pytest.mark.usefixtures("uncached")
def test_configurations():
    dataset = Dataset.from_dict(rows_of(range(1, 40)) | {"token_type_ids": [[0]] * 39})
    # Since 0.21 DeepSpeed's context parallelism needs positions without packing too.
    ulysses = {"deepspeed": "zero3.json", "context_parallel_size": 2}
    unpacked = {"sample_packing": None, "eval_sample_packing": None}
    types = [{"model_config_type": name} for name in ("gemma3", "mamba", "mistral")]
    for more in (*types, {}, ulysses | unpacked, unpacked):
        cfg = DictDefault(PACKING | more)
        equal(PROCESS, cfg, dataset, None)
        equal(PROCESS, cfg, dataset, dataset.select(range(9)))
    # What has no rows, or keeps none.
    empty = dataset.select([])
    equal(PROCESS, PACKING, empty, None)
    equal(HANDLE, empty, 5, PACKING)
    equal(HANDLE, dataset, 0, PACKING)
    masked = Dataset.from_dict(rows_of([2, 3], trained=lambda number: False))
    (error,) = equal(PROCESS, PACKING, masked, None)
    assert "no samples left" in error


@pytest.mark.newest
@pytest.mark.usefixtures("uncached")
def test_raising_names_the_first_row_that_is_too_long():
    dataset = Dataset.from_dict(rows_of([5, 20, 3, 30])).select([0, 3, 1])
    (error,) = equal(HANDLE, dataset, 10, DictDefault({"excess_length_strategy": "raise"}))
    assert "30 tokens, which exceeds the maximum 10" in error


@pytest.mark.newest
@pytest.mark.usefixtures("uncached")
def test_an_iterable_dataset_goes_to_upstream():
    for name, arguments in ((HANDLE, (5, DictDefault({}))), (PRETRAINING, (50,))):
        source = IterableDataset.from_generator(lambda: iter([{"input_ids": [1, 2, 3]}]))
        before = counts(name)
        if name == HANDLE:
            OURS[name](source, *arguments)
        else:
            with pytest.raises(TypeError, match="desc"):
                OURS[name](source, *arguments)
        assert (counts(name) - before).tolist() == [0, 1]
    assert "IterableDataset" in detail(HANDLE)


@pytest.mark.usefixtures("uncached")
@pytest.mark.filterwarnings("ignore:Specifying null_placement:FutureWarning")
def test_positions_at_random_are_left_to_upstream():
    dataset = Dataset.from_dict(rows_of(range(8, 40)))
    cfg = DictDefault({"use_pose": True, "pose_max_context_len": 64})
    results = []
    for functions in (OURS, STOCK):
        trainer.random.seed(4)
        results.append(functions[PROCESS](cfg, dataset, None)[0][:])
    assert results[0] == results[1]
    assert "PoSE" in detail(PROCESS)


@pytest.mark.newest
@pytest.mark.usefixtures("uncached")
def test_another_function_in_the_place_of_a_step_is_called(monkeypatch):
    def keep_all(sample, **options):
        return [True] * len(sample["input_ids"])

    monkeypatch.setattr(utils, "filter_sequences_by_length", keep_all)
    dataset = Dataset.from_dict(rows_of([5, 20]))
    (result,) = equal(HANDLE, dataset, 10, DictDefault({}), fast=False)
    assert len(result) == 2
    assert "keep_all is not one of the steps" in detail(HANDLE)


@pytest.mark.usefixtures("uncached")
def test_an_unexpected_error_is_left_to_upstream_and_raised_where_it_is_sought(monkeypatch):
    def broken(*arguments):
        raise pa.ArrowInvalid("arrow has changed")

    monkeypatch.setattr(columns.Columns, "lengths", broken)
    dataset = Dataset.from_dict(rows_of([5, 20]))
    equal(HANDLE, dataset, 10, DictDefault({}), fast=False)
    assert "arrow has changed" in detail(HANDLE)
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    with pytest.raises(pa.ArrowInvalid, match="arrow has changed"):
        OURS[HANDLE](dataset, 10, DictDefault({}))


@pytest.mark.newest
def test_verify_passes_and_catches(on_disk, monkeypatch):
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    dataset = on_disk(Dataset.from_dict(rows_of(LENGTHS)))
    for strategy in ("drop", "truncate", "raise"):
        cfg = DictDefault({"excess_length_strategy": strategy}) | PACKING
        before = counts(HANDLE)
        if strategy == "raise":
            with pytest.raises(ValueError, match="Sequence encountered with 5"):
                OURS[HANDLE](dataset, 50, cfg)
        else:
            result = OURS[HANDLE](dataset, 50, cfg)
            OURS[PROCESS](DictDefault(cfg), result, result)
        assert (counts(HANDLE) - before).tolist() == [1, 0]
    assert datasets.is_caching_enabled()
    real, fingerprint = columns.Columns.some_other, columnar._fingerprint
    wrong = [
        (columns.Columns, "some_other", lambda *a: ~real(*a)),
        (steps, "_lists", lambda kind, lengths, values: pa.array([[1] * n for n in lengths], kind)),
        (columnar, "_fingerprint", lambda *a: fingerprint(*a)[::-1]),
    ]
    for number, (holder, name, what) in enumerate(wrong):
        fresh = on_disk(Dataset.from_dict(rows_of(LENGTHS)), name=f"wrong {number}")
        with monkeypatch.context() as context:
            context.setattr(holder, name, what)
            with pytest.raises(fast_axolotl.ParityError, match="process_datasets_for_packing"):
                OURS[PROCESS](PACKING, fresh, None)
        if number == 1:
            # What is wrong in the cache is found as well, although upstream would believe it.
            with pytest.raises(fast_axolotl.ParityError, match="rows 0 to 999 differ"):
                OURS[PROCESS](PACKING, fresh, None)


@pytest.mark.newest
def test_verify_compares_errors(monkeypatch):
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    monkeypatch.setattr(columns.Columns, "lengths", lambda *_: np.array([99, 99]))
    dataset = Dataset.from_dict(rows_of([5, 5]))
    with pytest.raises(fast_axolotl.ParityError, match="99 tokens.*upstream raises no error"):
        OURS[HANDLE](dataset, 10, DictDefault({"excess_length_strategy": "raise"}))


@pytest.mark.newest
@pytest.mark.usefixtures("uncached")
def test_labels_beyond_one_go(monkeypatch):
    monkeypatch.setattr(columns, "_TOKENS", 50)
    monkeypatch.setattr(columns, "_BYTES", 4000)
    rows = rows_of([0, 30, *range(1, 60)])
    rows["labels"] = [
        [1, *[-100] * (n - 1)] if n % 2 else [-100] * n for n in [0, 30, *range(1, 60)]
    ]
    dataset = Dataset.from_dict(rows)
    (result, _) = equal(PROCESS, PACKING, dataset.shuffle(seed=5), None)
    assert len(result) == 30


def test_memory_does_not_grow_with_the_data(on_disk):
    lengths = [300] * 40_000
    ids = pa.ListArray.from_arrays(
        pa.array(np.arange(40_001) * 300, pa.int32()), pa.array(np.zeros(12_000_000, np.int64))
    )
    labels = pa.ListArray.from_arrays(ids.offsets, pa.array(np.ones(12_000_000, np.int64)))
    dataset = on_disk(Dataset(pa.table({"input_ids": ids, "labels": labels})))
    del ids, labels
    pa.default_memory_pool().release_unused()
    start = pa.total_allocated_bytes()
    result, _ = OURS[PROCESS](PACKING, dataset.shuffle(seed=1), None)
    assert len(result) == len(lengths)
    assert pa.total_allocated_bytes() - start < 10_000_000
    assert len(result.cache_files) == 1


class Tokenized:
    """A strategy of prompts that finds everything tokenized."""

    supports_batched = False
    filter_rows = None

    @staticmethod
    def tokenize_prompt(row):
        return {name: list(values) for name, values in row.items()}


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize("strategy", ["drop", "truncate"])
def test_axolotls_own_class_of_datasets(strategy):
    """It is what a single data set that is not shuffled arrives as."""
    plain = Dataset.from_dict(rows_of([1, 5, 30, 8, 3]))
    dataset = TokenizedPromptDataset(Tokenized(), plain)
    cfg = DictDefault({"excess_length_strategy": strategy, "min_sample_len": 3})
    (handled,) = equal(HANDLE, dataset, 20, cfg)
    equal(PROCESS, PACKING, handled, None)
    equal(PROCESS, PACKING, dataset, dataset)


class Counting(Dataset):
    """A dataset that does more than it should when it is filtered."""

    def filter(self, *arguments, **options):
        return super().filter(*arguments, **options)


@pytest.mark.usefixtures("uncached")
def test_a_class_that_filters_in_its_own_way_is_left_to_upstream():
    dataset = Counting(Dataset.from_dict(rows_of([1, 5, 30])).data)
    equal(HANDLE, dataset, 20, DictDefault({}), fast=False)


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize("num_proc", [None, 1, 2, 3])
@pytest.mark.parametrize("strategy", ["drop", "truncate"])
def test_datasets_in_one_that_name_their_columns(strategy, num_proc):
    """Concatenation shows all columns by name, in an order that the number of processes changes."""
    parts = [Dataset.from_dict(rows_of(lengths)) for lengths in ([1, 5, 30], [8, 3, 12])]
    dataset = datasets.concatenate_datasets(parts)
    cfg = DictDefault({"excess_length_strategy": strategy, "dataset_num_proc": num_proc})
    (handled,) = equal(HANDLE, dataset, 20, cfg)
    equal(PROCESS, DictDefault(dict(PACKING) | {"dataset_num_proc": num_proc}), handled, dataset)
