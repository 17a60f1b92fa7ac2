"""The replaced functions of Axolotl's label balancing against the real ones."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from importlib.metadata import version

import datasets
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import SequentialSampler

import fast_axolotl
from fast_axolotl.shim.replace import ReliedOn

if tuple(map(int, version("axolotl").split(".")[:2])) < (0, 21):
    pytest.skip("Axolotl balances labels from 0.21 on", allow_module_level=True)

from axolotl.utils.samplers import (
    label_balance,
    label_balanced,
    microbatch_balance,
    multipack,
    rank_balance,
    utils,
)


def load_stock(module):
    """A second copy of a module, in which nothing is replaced."""
    leaf = module.__name__.rpartition(".")[2]
    spec = importlib.util.spec_from_file_location(f"stock_{leaf}", module.__file__)
    stock = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = stock
    spec.loader.exec_module(stock)
    return stock


STOCK_LABELS = load_stock(label_balance)
STOCK_MICROBATCHES = load_stock(microbatch_balance)
STOCK_RANKS = load_stock(rank_balance)
STOCK_UTILS = load_stock(utils)
STOCK_MULTIPACK = load_stock(multipack)
STOCK_FIXED = load_stock(label_balanced)
for stock in (STOCK_MULTIPACK, STOCK_FIXED):
    stock.balance_labels = STOCK_LABELS.balance_labels
    stock.balance_microbatches = STOCK_MICROBATCHES.balance_microbatches
    stock.order_batches_by_rank = STOCK_RANKS.order_batches_by_rank

NAMES = {
    "label_balance.balance_labels",
    "multipack.balance_labels",
    "microbatch_balance.balance_microbatches",
    "multipack.balance_microbatches",
    "label_balanced.balance_microbatches",
    "rank_balance.order_batches_by_rank",
    "multipack.order_batches_by_rank",
    "label_balanced.order_batches_by_rank",
    "multipack.MultipackBatchSampler._get_label_metrics",
    "label_balanced.LabelBalancedRandomSampler._metrics",
    "label_balanced.LabelBalancedRandomSampler._balance_padded_window",
    "label_balanced.LabelBalancedRandomSampler._balance_flattened_window",
    "utils.get_dataset_label_counts",
}


def calls():
    """What became of the calls of each target, if it is bound."""
    prefix = "axolotl.utils.samplers."
    found = {t.target.removeprefix(prefix): t for t in fast_axolotl.status().targets}
    assert {name for name in NAMES if found[name].state != "bound"} == set()
    return {name: found[name].detail for name in NAMES}


def left_to_upstream():
    """What became of the calls that were not fast, by target."""
    return {name: detail.partition(" fast")[2] for name, detail in calls().items()}


@pytest.fixture
def fast():
    """A test is of the fast path: no call in it goes to upstream."""
    before = left_to_upstream()
    yield
    assert left_to_upstream() == before


def test_every_target_is_bound():
    assert set(calls()) == NAMES


@contextlib.contextmanager
def verifying(is_on):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAST_AXOLOTL_VERIFY", "1" if is_on else "0")
        yield


def outcome(function, *args, **kwargs):
    """What a call returns, or its error."""
    try:
        return repr(function(*args, **kwargs))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
        return repr(error)


MULTIPLES = st.sampled_from([None, 1, 7, 64])


@st.composite
def packed(draw, *, rows_per_batch=None, most_sequences=6):
    """Batches of rows of sequences, and the arrays that describe these."""
    rows = draw(st.integers(1, 4)) if rows_per_batch is None else rows_per_batch
    count = draw(st.integers(1, 24) | st.integers(60, 140))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    most_length = draw(st.sampled_from([1, 3, 20, 400]))
    sizes = chance.integers(1, most_sequences + 1, count * rows)
    total = int(sizes.sum())
    lengths = chance.integers(1, most_length + 1, total)
    share = draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))
    counts = np.minimum((lengths * chance.random(total) * 2 * share).astype(np.int64), lengths)
    starts = ((chance.random(total) < draw(st.sampled_from([0, 0.2, 1]))) & (counts > 0)).astype(
        np.int64
    )
    indices = chance.permutation(total).tolist()
    ends = np.cumsum(sizes).tolist()
    bins = [indices[end - size : end] for end, size in zip(ends, sizes.tolist(), strict=True)]
    batches = [bins[start : start + rows] for start in range(0, len(bins), rows)]
    if rows > 1 and draw(st.booleans()):
        batches[-1] = batches[-1][: draw(st.integers(1, rows - 1))]
    longest = max(sum(lengths[index] for index in one) for one in bins)
    capacity = int(longest) + draw(st.sampled_from([0, 0, 5, 200]))
    lengths = lengths.astype(draw(st.sampled_from([np.int32, np.int64])))
    return batches, lengths, counts, starts, capacity


def copies(batches):
    return [[list(row) for row in batch] for batch in batches]


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=400)
@given(
    case=packed(),
    bin_size=st.integers(1, 8) | st.just(10_000),
    seed=st.integers(0, 2**40),
    window=st.sampled_from([1, 2, 7, 64]),
    multiple=MULTIPLES,
    step=st.integers(1, 6),
    verify=st.booleans(),
)
def test_balance_labels(case, bin_size, seed, window, multiple, step, verify):
    batches, *described, capacity = case
    arguments = *described, capacity, bin_size, seed, window, multiple, step
    before = copies(batches)
    with verifying(verify):
        ours = multipack.balance_labels(batches, *arguments)
    assert batches == before
    assert repr(ours) == repr(STOCK_LABELS.balance_labels(batches, *arguments))
    flat = {id(index) for batch in batches for row in batch for index in row}
    assert {id(index) for batch in ours for row in batch for index in row} <= flat


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=400)
@given(
    case=packed() | packed(rows_per_batch=1, most_sequences=40) | packed(most_sequences=1),
    step=st.integers(1, 9),
    multiple=st.sampled_from([1, 7, 64]),
    has_capacity=st.booleans(),
    window=st.integers(1, 4),
    verify=st.booleans(),
)
def test_balance_microbatches(case, step, multiple, has_capacity, window, verify):
    batches, *described, capacity = case
    arguments = *described, step, multiple, capacity if has_capacity else None, window
    before = copies(batches)
    with verifying(verify):
        ours = multipack.balance_microbatches(batches, *arguments)
    assert batches == before
    assert repr(ours) == repr(STOCK_MICROBATCHES.balance_microbatches(batches, *arguments))


COSTS = st.one_of(
    st.integers(0, 3),
    st.integers(0, 5000),
    st.integers(0, 60).map(lambda number: 64 * number),
    st.integers(0, 1_000_000),
)


# With no more than 400 batches of costs below this, every sum is exact in float64, and the call is
# fast. Larger costs may be left to upstream.
SURELY_EXACT = 20_000


@settings(deadline=None, max_examples=250)
@given(
    dp=st.sampled_from([1, 2, 4, 8, 16, 32]),
    gas=st.integers(1, 9),
    steps=st.integers(0, 40),
    window=st.sampled_from([1, 3, 32]),
    beam=st.sampled_from([1, 2, 8]),
    verify=st.booleans(),
    data=st.data(),
)
def test_order_batches_by_rank(dp, gas, steps, window, beam, verify, data):
    chance = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    steps = min(steps, 400 // (dp * gas))
    few = np.array(data.draw(st.lists(COSTS, min_size=1, max_size=8)))
    costs = chance.choice(few, dp * gas * steps)
    if data.draw(st.booleans()):
        costs = costs + chance.integers(0, 5000, len(costs))
    is_surely_fast = not len(costs) or costs.max() < SURELY_EXACT
    costs = costs.tolist() if data.draw(st.booleans()) and len(costs) else costs
    before = left_to_upstream()
    with verifying(verify):
        ours = multipack.order_batches_by_rank(costs, dp, gas, window, beam)
    assert not is_surely_fast or left_to_upstream() == before
    theirs = STOCK_RANKS.order_batches_by_rank(costs, dp, gas, window, beam)
    assert ours.dtype == theirs.dtype
    assert ours.tolist() == theirs.tolist()


@st.composite
def samplers(draw):
    """How to make a sampler of packed batches with labels, whichever module it is of."""
    count = draw(st.integers(1, 300))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    capacity = draw(st.sampled_from([20, 64, 400]))
    lengths = chance.integers(1, capacity + 1, count)
    if draw(st.booleans()):
        lengths = np.maximum(1, lengths // 8)
    counts = (lengths * chance.random(count)).astype(np.int64)
    starts = (chance.random(count) < 0.2) & (counts > 0)
    dp = draw(st.sampled_from([1, 2, 4]))
    options = {
        "batch_size": draw(st.integers(1, 4)),
        "batch_max_len": capacity,
        "lengths": lengths,
        "bin_size": draw(st.sampled_from([None, 4, 64])),
        "drop_last": draw(st.booleans()),
        "label_counts": counts,
        "label_start_counts": starts.astype(np.int64),
        "padding_multiple": draw(MULTIPLES),
        "batches_per_optimizer_step": dp * draw(st.integers(1, 4)),
        "dp_count": dp,
        "label_balance_window_optim_steps": draw(st.integers(1, 3)),
        "seed": draw(st.integers(0, 100)),
    }
    return lambda module: module.MultipackBatchSampler(SequentialSampler(lengths), **options)


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=60)
@given(make=samplers(), verify=st.booleans())
def test_label_metrics(make, verify):
    ours, theirs = make(multipack), make(STOCK_MULTIPACK)
    batches = theirs.generate_batches()
    for some in (batches, batches[:-1], batches[:1], []):
        with verifying(verify):
            found = ours._get_label_metrics(some)
        assert repr(found) == repr(theirs._get_label_metrics(some))


@st.composite
def fixed_samplers(draw):
    """How to make a sampler of batches of a fixed size, whichever module it is of."""
    count = draw(st.integers(1, 40) | st.integers(200, 700))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    lengths = chance.integers(1, draw(st.sampled_from([2, 40, 1000])) + 1, count)
    counts = (lengths * chance.random(count)).astype(np.int64)
    if draw(st.booleans()):
        counts = np.zeros_like(counts) if draw(st.booleans()) else lengths.copy()
    dp = draw(st.sampled_from([1, 2, 4]))
    options = {
        "batch_size": draw(st.integers(1, 5) | st.just(40)),
        "seed": draw(st.integers(0, 100)),
        "batches_per_optimizer_step": dp * draw(st.integers(1, 3)),
        "length_mode": draw(st.sampled_from(["padded", "flattened"])),
        "padding_multiple": draw(st.sampled_from([1, 7, 64])),
        "dp_count": dp,
        "label_balance_window_optim_steps": draw(st.integers(1, 3)),
    }
    return lambda module: module.LabelBalancedRandomSampler(lengths, counts, **options)


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=300)
@given(make=fixed_samplers(), verify=st.booleans())
def test_sampler_of_fixed_batches(make, verify):
    ours, theirs = make(label_balanced), make(STOCK_FIXED)
    for epoch in range(2):
        for sampler in (ours, theirs):
            sampler.set_epoch(epoch)
        with verifying(verify):
            found = list(ours)
        assert repr(found) == repr(list(theirs))
        assert repr(ours.label_metrics) == repr(theirs.label_metrics)


LABELS = st.lists(
    st.lists(st.integers(-101, -99) | st.integers(0, 5), max_size=9), min_size=1, max_size=30
)
TYPES = [pa.list_(pa.int32()), pa.list_(pa.int64()), pa.large_list(pa.int16())]


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=200)
@given(
    labels=LABELS,
    kind=st.sampled_from(TYPES),
    name=st.sampled_from(["labels", "shift_labels"]),
    shift=st.booleans(),
    chunks=st.integers(1, 3),
    order=st.sampled_from(["as it is", "part", "shuffled", "few"]),
    verify=st.booleans(),
)
def test_label_counts(labels, kind, name, shift, chunks, order, verify):
    size = -(-len(labels) // chunks)
    pieces = [pa.array(labels[at : at + size], kind) for at in range(0, len(labels), size)]
    column = pa.chunked_array(pieces)
    both = {name: column, "labels": column}
    dataset = datasets.Dataset(pa.table(both))
    if order == "part":
        dataset = dataset.select(range(len(labels) // 2, len(labels)))
    elif order == "shuffled":
        dataset = dataset.shuffle(seed=3)
    elif order == "few":
        dataset = dataset.select([len(labels) - 1, 0, 0])
    with verifying(verify):
        ours = utils.get_dataset_label_counts(dataset, shift)
    theirs = STOCK_UTILS.get_dataset_label_counts(dataset, shift)
    for our, their in zip(ours, theirs, strict=True):
        assert our.dtype == their.dtype
        assert our.tolist() == their.tolist()


def some(**changes):
    """Arguments of `balance_labels`."""
    arguments = {
        "batches": [[[0], [1]], [[2], [3]], [[4, 5], [6]]],
        "lengths": np.array([5, 4, 3, 2, 1, 1, 1]),
        "counts": np.array([5, 4, 0, 0, 1, 1, 1]),
        "starts": np.zeros(7, np.int64),
        "capacity": 8,
        "bin_size": 4,
        "seed": 0,
    }
    return {**arguments, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"batches": []},
        {"batches": ([[0], [1]], [[2], [3]])},
        {"batches": [[[0], []], [[2], [3]]]},
        {"batches": [[], []]},
        {"batches": [[[0], [-1]], [[2], [3]]]},
        {"batches": [[[0], [99]], [[2], [3]]]},
        {"batches": [[[np.int64(0)], [1]], [[2], [3]]]},
        {"batches": [[[True], [1]], [[2], [3]]]},
        {"batches": [[(0,), [1]], [[2], [3]]]},
        {"lengths": [5, 4, 3, 2, 1, 1, 1]},
        {"lengths": np.array([5.0, 4, 3, 2, 1, 1, 1])},
        {"lengths": np.array([-5, 4, 3, 2, 1, 1, 1])},
        {"lengths": np.array([2**50, 4, 3, 2, 1, 1, 1]), "capacity": 2**51},
        {"counts": np.array([5, 4])},
        {"padding_multiple": 0},
        {"padding_multiple": 2**60},
        {"window_size": 0},
        {"window_size": 1.0},
        {"batches_per_optimizer_step": 0},
        {"bin_size": 0},
        {"capacity": 8.5},
        {"seed": -1},
        {"seed": [1, 2]},
    ],
    ids=repr,
)
def test_what_is_not_covered_is_upstreams(changes):
    before = calls()["label_balance.balance_labels"]
    arguments = some(**changes)
    ours = outcome(label_balance.balance_labels, **arguments)
    assert ours == outcome(STOCK_LABELS.balance_labels, **arguments)
    after = calls()["label_balance.balance_labels"]
    assert after != before
    assert after.partition(" fast")[0] == (before or "0").partition(" fast")[0]


@pytest.mark.parametrize(
    ("arguments", "is_fast"),
    [
        (([3, 1, 2, 2], 2, 2), True),
        (([3, 1, 2], 3, 1), False),
        (([3.0, 1.0], 2, 1), False),
        (([3, 1, 2], 2, 2), False),
        (([3, -1], 2, 1), False),
        (([2**52, 1], 2, 1), False),
        (([[3, 1]], 2, 1), False),
        (([3, 1], True, 1), False),
        (([3, 1], 0, 1), False),
        (([3, 1], 1024, 1), False),
    ],
    ids=repr,
)
def test_costs_of_other_kinds_are_upstreams(arguments, is_fast):
    def fast_calls():
        detail = calls()["rank_balance.order_batches_by_rank"]
        return int(detail.partition(" fast")[0] or 0)

    before = fast_calls()
    ours = outcome(rank_balance.order_batches_by_rank, *arguments)
    assert ours == outcome(STOCK_RANKS.order_batches_by_rank, *arguments)
    assert fast_calls() == before + is_fast


@pytest.mark.parametrize(
    "labels",
    [
        pa.array([[1, None], [-100]]),
        pa.array([[1], None]),
        pa.array([[[1]], [[2]]]),
        pa.array([1, 2]),
        pa.array([[1.5], [2.0]]),
    ],
    ids=lambda labels: str(labels.type),
)
def test_other_labels_are_upstreams(labels):
    dataset = datasets.Dataset(pa.table({"labels": labels}))
    ours = outcome(utils.get_dataset_label_counts, dataset)
    assert ours == outcome(STOCK_UTILS.get_dataset_label_counts, dataset)


def test_a_dataset_without_labels_is_refused():
    dataset = datasets.Dataset(pa.table({"input_ids": [[1]]}))
    with pytest.raises(ValueError, match="requires tokenized labels"):
        utils.get_dataset_label_counts(dataset)


def test_a_sampler_of_another_class_is_upstreams():
    class Heavier(label_balanced.LabelBalancedRandomSampler):
        def _padded_length(self, length):
            return super()._padded_length(length) ** 2

    class StockHeavier(STOCK_FIXED.LabelBalancedRandomSampler):
        def _padded_length(self, length):
            return super()._padded_length(length) ** 2

    chance = np.random.default_rng(5)
    lengths = chance.integers(1, 50, 100)
    ours, theirs = (one(lengths, lengths // 2, 4) for one in (Heavier, StockHeavier))
    assert list(ours) == list(theirs)
    assert repr(ours.label_metrics) == repr(theirs.label_metrics)


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(("multiple", "dp", "gas", "window"), [(None, 1, 4, 1), (64, 4, 8, 2)])
def test_batches_of_a_real_size(multiple, dp, gas, window):
    chance = np.random.default_rng(7)
    count = 30_000
    lengths = np.clip(chance.lognormal(6, 0.8, count), 8, 4096).astype(np.int32)
    counts = (lengths * chance.uniform(0.1, 0.9, count)).astype(np.int64)
    starts = ((chance.random(count) < 0.1) & (counts > 0)).astype(np.int64)
    batches = multipack.MultipackBatchSampler(
        SequentialSampler(lengths), 4, 4096, lengths, 64, drop_last=False
    ).generate_batches()
    described = lengths, counts, starts
    results = []
    for labels, microbatches, ranks in (
        (label_balance, microbatch_balance, rank_balance),
        (STOCK_LABELS, STOCK_MICROBATCHES, STOCK_RANKS),
    ):
        found = labels.balance_labels(batches, *described, 4096, 64, 3, 64, multiple, gas)
        whole = len(found) // gas * gas
        options = {"window_steps": window, "padding_multiple": multiple or 1, "capacity": 4096}
        found = microbatches.balance_microbatches(found[:whole], *described, gas, **options)
        costs = [4 * max(sum(lengths[index] for index in row) for row in one) for one in found]
        order = ranks.order_batches_by_rank(list(map(int, costs)), dp, gas // dp)
        results.append((found, order.tolist()))
    assert results[0] == results[1]


def test_a_difference_is_raised(monkeypatch):
    """Were ours wrong, verifying would say so: upstream is made to differ."""
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    # Upstream would be left to itself, were the change seen.
    monkeypatch.setattr(ReliedOn, "is_changed", False)
    monkeypatch.setattr(label_balance, "_regroup", lambda batches, *_: batches[::-1])
    monkeypatch.setattr(label_balance, "_swap", lambda *_: False)
    monkeypatch.setattr(label_balance, "_repack", lambda *_: None)
    with pytest.raises(fast_axolotl.ParityError, match=r"batch 1 is .*, upstream's is "):
        label_balance.balance_labels(**some())
