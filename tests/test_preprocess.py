"""`axolotl preprocess` with and without the shim: equal datasets, whichever way in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml
from datasets import load_from_disk

AXOLOTL = [sys.executable, "-m", "axolotl.cli.main"]
FAST_AXOLOTL = [Path(sys.executable).parent / "fast-axolotl"]
IMPORT = [
    sys.executable,
    "-c",
    "import fast_axolotl; from axolotl.cli.main import main; main()",
]


@pytest.fixture(scope="module")
def preprocess(chats, run):
    def preprocess(command, name, config="config.yml", *options, **environment):
        output = run(
            [*command, "preprocess", *options, config, f"--dataset-prepared-path=work/{name}"],
            chats,
            **environment,
        )
        (state,) = (chats / "work" / name).glob("*/state.json")
        return load_from_disk(str(state.parent)), output

    return preprocess


@pytest.fixture(scope="module")
def stock(preprocess):
    dataset, output = preprocess(AXOLOTL, "stock")
    assert "fast_axolotl" not in output
    assert 100 < len(dataset) < 390, "the example has duplicates to remove"
    return dataset


def assert_equal(ours, stock):
    assert ours.features == stock.features
    assert list(ours) == list(stock)


def test_command_line_verified(preprocess, stock):
    dataset, output = preprocess(FAST_AXOLOTL, "cli", "config.yml", "--verify")
    assert_equal(dataset, stock)
    assert "_deduplicate_dataset: " in output
    assert ", equal" in output
    assert "replaced function" in output


def test_plugin_in_the_config(preprocess, stock, chats):
    config = yaml.safe_load((chats / "config.yml").read_text())
    config["plugins"] = ["fast_axolotl.FastAxolotlPlugin"]
    (chats / "plugin.yml").write_text(yaml.safe_dump(config))
    dataset, output = preprocess(AXOLOTL, "plugin", "plugin.yml")
    assert_equal(dataset, stock)
    assert "_deduplicate_dataset: " in output
    assert "Axolotl alone" not in output


def test_import(preprocess, stock):
    dataset, output = preprocess(IMPORT, "import")
    assert_equal(dataset, stock)
    assert "_deduplicate_dataset: " in output


def test_turned_off(preprocess, stock):
    dataset, output = preprocess(FAST_AXOLOTL, "off", FAST_AXOLOTL="0")
    assert_equal(dataset, stock)
    assert "not installed" in output
    assert "_deduplicate_dataset: " not in output


def test_the_users_own_plugins_are_kept(preprocess, chats):
    config = yaml.safe_load((chats / "config.yml").read_text())
    config["plugins"] = ["axolotl.integrations.liger.LigerPlugin"]
    (chats / "liger.yml").write_text(yaml.safe_dump(config))
    _, output = preprocess(FAST_AXOLOTL, "liger", "liger.yml")
    assert "axolotl.integrations.liger.LigerPlugin" in output
    assert "fast_axolotl.FastAxolotlPlugin" in output
    assert yaml.safe_load((chats / "liger.yml").read_text()) == config


@pytest.mark.training
def test_train_through_accelerate(chats, run):
    output = run([*FAST_AXOLOTL, "train", "config.yml"], chats)
    assert "_deduplicate_dataset: " in output
    assert "train_loss" in output


def test_a_failure_of_axolotl_is_passed_on(chats, run):
    (chats / "broken.yml").write_text("base_model: work/model\n")
    with pytest.raises(AssertionError, match="either datasets or pretraining_dataset is required"):
        run([*FAST_AXOLOTL, "preprocess", "broken.yml"], chats)
