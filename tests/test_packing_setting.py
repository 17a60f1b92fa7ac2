"""`fast_axolotl_packing`: better bins than Axolotl's, for those who ask for them."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
import torch
from axolotl.integrations.base import PluginManager
from axolotl.integrations.config import merge_input_args
from axolotl.utils.samplers import multipack
from torch.utils.data import RandomSampler

import fast_axolotl
from fast_axolotl.shim import settings

LENGTHS = np.random.default_rng(5).integers(1, 4097, 20_000)


@pytest.fixture(autouse=True)
def as_axolotl_afterwards():
    yield
    settings.set_packing(None)


def epoch(**options):
    """The bins of an epoch, in the order in which they are trained on."""
    sampler = multipack.MultipackBatchSampler(
        RandomSampler(LENGTHS, generator=torch.Generator().manual_seed(1)),
        1,
        4096,
        LENGTHS,
        4096,
        **options,
    )
    batches = sampler.generate_batches(set_stats=True)
    return [one for (one,) in batches], sampler.efficiency()


def test_off_by_default():
    assert fast_axolotl.status().packing == "first_fit"
    assert "fast_axolotl_packing" not in str(fast_axolotl.status())


@pytest.mark.parametrize("strategy", ["first_fit_decreasing", "best_fit_decreasing"])
def test_fuller_bins_of_the_same_sequences(strategy):
    as_axolotl, efficiency = epoch()
    fast_axolotl.FastAxolotlPlugin().register({"fast_axolotl_packing": strategy})
    better, more = epoch()
    for bins in (as_axolotl, better):
        assert sorted(itertools.chain(*bins)) == list(range(len(LENGTHS)))
    assert max(LENGTHS[one].sum() for one in better) <= 4096
    assert efficiency < 0.985 < 0.994 < more
    assert len(better) < len(as_axolotl)
    status = fast_axolotl.status()
    assert status.packing == strategy
    assert f"fast_axolotl_packing: {strategy}; its bins are not those of Axolotl" in str(status)


def test_bins_are_not_trained_on_by_length():
    """The sampler's order is random, and so is that of the bins: the first are not the longest."""
    settings.set_packing("best_fit_decreasing")
    better, _ = epoch()
    longest = np.array([LENGTHS[one].max() for one in better])
    half = len(longest) // 2
    assert abs(longest[:half].mean() - longest[half:].mean()) < 100


def test_sequential_packing_stays_as_it_is():
    sequential, _ = epoch(sequential=True)
    settings.set_packing("best_fit_decreasing")
    assert epoch(sequential=True)[0] == sequential


def test_other_functions_stay_as_they_are():
    lengths = LENGTHS[:500].astype(np.int32)
    bins = multipack.pack_parallel(lengths, 4096, 100, 10)
    settings.set_packing("best_fit_decreasing")
    assert multipack.pack_parallel(lengths, 4096, 100, 10) == bins


def test_verifying_leaves_other_bins_uncompared(monkeypatch):
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    settings.set_packing("best_fit_decreasing")
    assert epoch()[1] > 0.994


def test_uninstalling_ends_it(in_a_process):
    assert in_a_process("fast_axolotl.uninstall(); fast_axolotl.install()") == ""


def test_without_the_sampler_it_says_that_it_has_no_effect(in_a_process):
    assert "without effect, because axolotl.utils.samplers" in in_a_process(
        "pass", FAST_AXOLOTL_DISABLE="pack"
    )


@pytest.fixture
def in_a_process(run, tmp_path):
    """The line of the status about the setting, in a process that sets it and does something."""

    def line(something, **environment):
        code = f"""
import fast_axolotl
from fast_axolotl.shim import settings
settings.set_packing("best_fit_decreasing")
{something}
print(fast_axolotl.status())
"""
        output = run([sys.executable, "-c", code], tmp_path, **environment)
        (found,) = [x for x in output.splitlines() if "fast_axolotl_packing" in x] or [""]
        return found

    return line


def test_a_wrong_strategy_is_refused_at_once():
    with pytest.raises(ValueError, match="fast_axolotl_packing must be one of .*, got 'tight'"):
        fast_axolotl.FastAxolotlPlugin().register({"fast_axolotl_packing": "tight"})


def test_axolotl_knows_the_setting(monkeypatch):
    """The model of the config has the setting once the plugin is there."""
    manager = PluginManager.get_instance()
    monkeypatch.setattr(manager, "plugins", {"ours": fast_axolotl.FastAxolotlPlugin()})
    config, _ = merge_input_args()
    assert "fast_axolotl_packing" in config.model_fields
