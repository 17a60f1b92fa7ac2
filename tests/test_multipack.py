"""The replaced functions of Axolotl's multipack sampler against the real ones, numba and all."""

from __future__ import annotations

import copy
import importlib.util
import inspect
import pickle
import sys
import types

import numpy as np
import pytest
import torch
from axolotl.utils.samplers import multipack
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.utils.data import RandomSampler, SequentialSampler

import fast_axolotl
from fast_axolotl.shim.replace import ReliedOn, upstream_of


def load_stock():
    """A second copy of the module, in which nothing is replaced."""
    spec = importlib.util.spec_from_file_location("stock_multipack", multipack.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # What it has imported of other modules may be a replacement.
    vars(module).update({name: upstream_of(value) for name, value in vars(module).items()})
    # Upstream collects all garbage of the process each time, which takes most of the time here.
    module.gc = types.SimpleNamespace(collect=lambda: None)
    return module


STOCK = load_stock()

# Every distribution that the shape of a data set may have, and those that no data set should.
LENGTHS = st.one_of(
    st.lists(st.integers(0, 80), max_size=80),
    st.integers(0, 60).flatmap(lambda length: st.lists(st.just(length), max_size=80)),
    st.lists(st.integers(65, 200), max_size=20),
    st.lists(st.just(0), max_size=20),
    st.lists(st.integers(1, 5), max_size=80),
    st.lists(st.floats(0, 4).map(lambda x: int(np.exp(x))), max_size=80),
)
ARRAYS = st.builds(np.array, LENGTHS, st.sampled_from([np.int32, np.int64]))
CAPACITIES = st.sampled_from([1, 2, 7, 31, 33, 64]) | st.integers(1, 100)
SAFE = st.booleans()


NAMES = (
    "ffd_check",
    "pack_group",
    "pack_parallel",
    "allocate_sequentially",
    "generate_batches",
)


def left_to_upstream():
    """What became of the calls that were not fast, by target."""
    targets = [t for t in fast_axolotl.status().targets if t.target.endswith(NAMES)]
    assert len(targets) == len(NAMES)
    assert {target.state for target in targets} == {"bound"}
    return [target.detail.partition(" fast")[2] for target in targets]


@pytest.fixture
def fast():
    """A test is of the fast path: no call in it goes to upstream."""
    before = left_to_upstream()
    yield
    assert left_to_upstream() == before


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=400)
@given(
    lengths=ARRAYS,
    capacity=CAPACITIES,
    group_size=st.integers(1, 100),
    bin_size=st.integers(0, 9) | st.just(10_000),
    safe_mode=SAFE,
)
@example(np.array([9, 0, 0, 3], np.int32), 8, 100, 5, True)
def test_pack_parallel(lengths, capacity, group_size, bin_size, safe_mode):
    arguments = lengths, capacity, group_size, bin_size, 1, safe_mode
    ours, stock = multipack.pack_parallel(*arguments), STOCK.pack_parallel(*arguments)
    assert ours == stock
    assert repr(ours) == repr(stock)


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=200)
@given(
    lengths=ARRAYS,
    offset=st.integers(0, 1000),
    capacity=CAPACITIES,
    bin_size=st.integers(0, 9),
    more_bins=st.integers(0, 5),
    safe_mode=SAFE,
)
def test_pack_group(lengths, offset, capacity, bin_size, more_bins, safe_mode):
    arguments = lengths, offset, capacity, len(lengths) + more_bins, bin_size, safe_mode
    assert repr(multipack.pack_group(*arguments)) == repr(STOCK.pack_group(*arguments))


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=300)
@given(lengths=ARRAYS, capacity=CAPACITIES, rank=st.integers(0, 4), num_ranks=st.integers(1, 4))
def test_allocate_sequentially(lengths, capacity, rank, num_ranks):
    arguments = lengths, rank, capacity, num_ranks
    ours = multipack.allocate_sequentially(*arguments)
    stock = STOCK.allocate_sequentially(*arguments)
    assert repr(ours) == repr(stock)
    assert list(map(type, ours)) == list(map(type, stock))


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=300)
@given(lengths=ARRAYS, capacity=CAPACITIES, num_bins=st.integers(0, 40))
def test_ffd_check(lengths, capacity, num_bins):
    ours = multipack.ffd_check(lengths, capacity, num_bins)
    assert ours is STOCK.ffd_check(lengths, capacity, num_bins)


def lengths_of(count, distribution):
    chance = np.random.default_rng(7)
    drawn = {
        "uniform": lambda: chance.integers(1, 4097, count),
        "log-normal": lambda: np.clip(chance.lognormal(6, 1, count), 1, 8192),
        "constant": lambda: np.full(count, 1365),
    }[distribution]()
    return drawn.astype(np.int32)


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("distribution", ["log-normal", "constant"])
def test_a_million_lengths(distribution):
    lengths = lengths_of(1_000_000, distribution)
    arguments = lengths, 4096, 100_000, 1000, 1
    assert multipack.pack_parallel(*arguments) == STOCK.pack_parallel(*arguments)
    arguments = lengths, 0, 4096, 1
    assert multipack.allocate_sequentially(*arguments) == STOCK.allocate_sequentially(*arguments)


@pytest.mark.usefixtures("fast")
def test_many_bins():
    """Of uniform lengths half open a bin, which upstream looks through one by one."""
    arguments = lengths_of(100_000, "uniform"), 4096, 100_000, 4096, 1
    assert multipack.pack_parallel(*arguments) == STOCK.pack_parallel(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ([3, 4], 8, 10, 10, 1),
        (np.array([3.0, 4.0]), 8, 10, 10, 1),
        (np.array([3, -4]), 8, 10, 10, 1),
        (np.array([0, 4]), 0, 10, 10, 1),
        (np.array([3, 4]), 8, 10, -1, 1),
    ],
)
@pytest.mark.filterwarnings("ignore")  # numba's, about lists
def test_what_is_not_covered_is_upstreams(arguments):
    assert multipack.pack_parallel(*arguments) == STOCK.pack_parallel(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.array([3]), 8, 0, 10, 1), "must not be zero"),
        ((np.array([3]), 8, 10, 10, 0), "max_workers must be greater than 0"),
        ((np.array([3]), 8, 10, 10, 1, True, "none"), "get_all_start_methods"),
    ],
)
def test_errors_are_upstreams(arguments, message):
    for pack_parallel in (multipack.pack_parallel, STOCK.pack_parallel):
        with pytest.raises((AttributeError, ValueError), match=message):
            pack_parallel(*arguments)


def test_fewer_bins_than_sequences_in_safe_mode():
    arguments = np.array([5, 5, 5], np.int32), 0, 8, 2, 10, True
    assert multipack.pack_group(*arguments) == STOCK.pack_group(*arguments) == [[0], [1]]


def test_the_compiled_functions_stay_reachable():
    for name in ("pack_group", "allocate_sequentially", "ffd_check"):
        assert callable(getattr(multipack, name).py_func)
        assert getattr(multipack, name).__doc__ == getattr(STOCK, name).__doc__
    assert pickle.loads(pickle.dumps(multipack.pack_parallel)) is multipack.pack_parallel


class Odd:
    """A sampler of objects that are no plain integers."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __iter__(self):
        return map(np.int64, reversed(range(self.count)))


SAMPLERS = {
    "sequential": lambda count, seed: SequentialSampler(range(count)),
    "random": lambda count, seed: RandomSampler(
        range(count), generator=torch.Generator().manual_seed(seed)
    ),
    "drawn from the global generator": lambda count, seed: RandomSampler(range(count)),
    "other": lambda count, seed: Odd(count),
}


PARAMETERS = inspect.signature(multipack.MultipackBatchSampler).parameters
# Axolotl 0.12 has a default of 200 and cannot pack without a number.
BIN_SIZES = [1, 3, 64] + [None] * (PARAMETERS["bin_size"].default is inspect.Parameter.empty)


@st.composite
def samplers(draw):
    """How to make a sampler, whichever module it is of."""
    lengths = draw(LENGTHS.filter(len))
    kind = draw(st.sampled_from(list(SAMPLERS)))
    seed = draw(st.integers(0, 1000))
    options = {
        "batch_size": draw(st.integers(1, 4)),
        "batch_max_len": draw(CAPACITIES),
        "lengths": lengths,
        "bin_size": draw(st.sampled_from(BIN_SIZES)),
        "drop_last": draw(st.booleans()),
        "sequential": draw(st.booleans()),
        "group_size": draw(st.integers(1, 100)),
        "num_count_samples": draw(st.integers(1, 4)),
    }

    def make(module):
        torch.manual_seed(seed)
        return module.MultipackBatchSampler(SAMPLERS[kind](len(lengths), seed), **options)

    return make


def everything(sampler):
    """What a sampler shows of an epoch or two, in the order in which a trainer asks.

    Before 0.19 a sampler that has nothing but an incomplete batch raises an IndexError.
    """
    seen = []
    try:
        seen += [sampler.generate_batches(set_stats=True), sampler.generate_batches()]
        seen += [len(sampler), sampler.efficiency(), list(sampler), sampler._batches]
        sampler.set_epoch(1)
        seen += [sampler.generate_batches(), list(sampler), len(sampler), sampler.efficiency()]
    except IndexError as error:
        seen.append(error)
    seen += [sampler.total_tokens_used, sampler.total_token_slots, torch.random.get_rng_state()]
    return [(type(one), repr(one)) for one in seen]


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=300)
@given(make=samplers())
def test_generate_batches(make):
    assert everything(make(multipack)) == everything(make(STOCK))


@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=50)
@given(make=samplers())
def test_generate_batches_verified(make):
    """Comparing with upstream draws nothing a second time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAST_AXOLOTL_VERIFY", "1")
        patch.setattr(multipack, "gc", STOCK.gc)
        verified = everything(make(multipack))
    assert verified == everything(make(STOCK))


with_labels = pytest.mark.skipif(
    "label_counts" not in PARAMETERS, reason="this Axolotl does not balance labels"
)


@st.composite
def label_samplers(draw):
    """How to make a sampler that balances the labels of its batches, and what it may log."""
    capacity = draw(st.integers(4, 100))
    count = draw(st.integers(1, 120))
    chance = np.random.default_rng(draw(st.integers(0, 1000)))
    lengths = chance.integers(1, draw(st.integers(1, capacity)) + 1, count)
    counts = chance.integers(0, lengths + 1)
    # Few values make many ties.
    counts = np.minimum(counts, draw(st.sampled_from([0, 1, 3, 1000])))
    ranks = draw(st.integers(1, 4))
    options = {
        "batch_size": draw(st.integers(1, 4)),
        "batch_max_len": capacity,
        "lengths": lengths,
        "bin_size": draw(st.sampled_from([None, 1, 3, 64])),
        "drop_last": draw(st.booleans()),
        "label_counts": counts,
        "label_start_counts": draw(
            st.sampled_from([None, np.minimum(counts, chance.integers(0, 2, count))])
        ),
        "seed": draw(st.integers(0, 5)),
        "padding_multiple": draw(st.sampled_from([None, 1, 8, 64])),
        "batches_per_optimizer_step": ranks * draw(st.integers(1, 3)),
        "dp_count": ranks,
        "label_balance_window_optim_steps": draw(st.integers(1, 3)),
    }
    kind = draw(st.sampled_from(list(SAMPLERS)))

    def make(module):
        torch.manual_seed(3)
        return module.MultipackBatchSampler(SAMPLERS[kind](count, 3), **options)

    return make


def everything_of_labels(module, make):
    """What a sampler shows, what it notes of labels, and what it logs of them."""
    logged = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.LOG.logger, "info", lambda *line, **_: logged.append(line))
        patch.setattr(module.LOG, "info", lambda *line, **_: logged.append(line))
        sampler = make(module)
        seen = everything(sampler)
        seen += [repr(sampler.label_metrics), sampler._label_metrics_logged]
        sampler.set_epoch(2)
        seen += [repr(list(sampler)), repr(sampler.label_metrics), sampler._label_metrics_logged]
    assert any("label metrics" in line[0] for line in logged)
    return seen, logged


@with_labels
@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=300)
@given(make=label_samplers())
def test_labels_are_balanced(make):
    assert everything_of_labels(multipack, make) == everything_of_labels(STOCK, make)


@with_labels
@pytest.mark.usefixtures("fast")
@settings(deadline=None, max_examples=50)
@given(make=label_samplers())
def test_balanced_labels_are_verified(make):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAST_AXOLOTL_VERIFY", "1")
        patch.setattr(multipack, "gc", STOCK.gc)
        verified = everything(make(multipack))
    assert verified == everything(make(STOCK))


@with_labels
def test_a_patched_step_of_balancing_is_used(monkeypatch):
    """What a user has put in the place of a step is called, as upstream calls it."""
    seen = []

    def leave(batches, *_, **__):
        seen.append(len(batches))
        return batches

    monkeypatch.setattr(multipack, "balance_labels", leave)
    labels = np.full(20, 2)
    sampler = multipack.MultipackBatchSampler(
        range(20), 1, 8, np.full(20, 4), 9, label_counts=labels
    )
    sampler.generate_batches()
    assert seen == [10]


@with_labels
def test_an_error_of_a_step_is_raised_and_nothing_is_drawn_twice(monkeypatch):
    def fail(*_, **__):
        raise ArithmeticError("a step failed")

    monkeypatch.setattr(multipack, "balance_labels", fail)
    labels = np.full(4, 2)
    order = iter(range(4))
    sampler = multipack.MultipackBatchSampler(order, 1, 8, np.full(4, 4), 9, label_counts=labels)
    with pytest.raises(ArithmeticError, match="a step failed"):
        sampler.generate_batches()
    assert list(order) == []
    assert sampler._batches is None


@pytest.mark.usefixtures("fast")
def test_generate_batches_of_a_real_size():
    lengths = lengths_of(200_000, "log-normal")

    def epoch(module):
        torch.manual_seed(3)
        sampler = module.MultipackBatchSampler(
            RandomSampler(lengths), 2, 4096, lengths, 128, num_count_samples=1
        )
        return len(sampler), sampler.efficiency(), sampler._batches

    assert epoch(multipack) == epoch(STOCK)


def test_batches_hold_the_very_objects_of_the_sampler():
    indices = list(map(int, map(str, range(1000, 1100))))
    sampler = multipack.MultipackBatchSampler(indices, 1, 64, np.full(1100, 10), 9)
    drawn = [index for (one,) in sampler.generate_batches() for index in one]
    assert {id(index) for index in drawn} <= {id(index) for index in indices}


def test_a_difference_is_raised(monkeypatch):
    """Were ours wrong, verifying would say so: upstream is made to differ."""
    target = multipack.MultipackBatchSampler.generate_batches
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    # Upstream would be left to itself, were the change seen.
    monkeypatch.setattr(ReliedOn, "is_changed", False)
    sampler = multipack.MultipackBatchSampler(range(4), 1, 8, np.full(4, 4), 9, drop_last=False)
    monkeypatch.setattr(
        sys.modules[target.__wrapped__.__module__], "pack_parallel", lambda *_, **__: [[0], [1]]
    )
    with pytest.raises(fast_axolotl.ParityError, match=r"bin 0 is \[0, 1\], upstream's is \[0\];"):
        copy.copy(sampler).generate_batches()
