"""A real `axolotl train` with and without the shim: equal losses, to the last digit."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from axolotl.core.training_args import AxolotlTrainingArguments

STOCK = [sys.executable, "-m", "axolotl.cli.main"]
FAST = [Path(sys.executable).parent / "fast-axolotl"]

# With random ones, two runs would differ by themselves.
WEIGHTS = """
import sys, torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
source, target = sys.argv[1:]
torch.manual_seed(0)
LlamaForCausalLM(LlamaConfig.from_pretrained(source)).save_pretrained(target)
AutoTokenizer.from_pretrained(source).save_pretrained(target)
"""

SETTINGS = {
    "base_model": "work/weights",
    "sequence_len": 512,
    "val_set_size": 0.1,
    "eval_sample_packing": True,
    "eval_steps": 2,
    "logging_steps": 1,
    "save_strategy": "steps",
    "save_steps": 4,
    "bf16": False,
    "fp16": False,
    # Otherwise each of Axolotl's processes compiles its functions again, every time.
    "dataset_num_proc": 1,
}

PACKING = {
    "first-fit": {},
    "sequential": {"sample_packing_sequentially": True, "curriculum_sampling": True},
}
if hasattr(AxolotlTrainingArguments, "balance_labels"):
    PACKING["labels balanced"] = {
        "balance_labels": True,
        "label_balance_window_optim_steps": 2,
        "gradient_accumulation_steps": 2,
    }

# Those of the replaced functions that a training calls.
REPLACED = {
    "_deduplicate_dataset",
    "generate_batches",
    "get_dataset_lengths",
    "handle_long_seq_in_dataset",
    "process_datasets_for_packing",
}

# Those that it calls as well where the labels are balanced.
BALANCING = {
    "_get_label_metrics",
    "balance_labels",
    "balance_microbatches",
    "get_dataset_label_counts",
}

# What of the log of steps is of the clock.
CLOCK = re.compile("runtime|per_second|per_sec_")


@pytest.fixture(scope="module")
def folder(chats):
    """The chats, with a Llama that has weights."""
    subprocess.run(
        [sys.executable, "-c", WEIGHTS, "work/model", "work/weights"], cwd=chats, check=True
    )
    return chats


def write_config(folder, name, settings):
    config = yaml.safe_load((folder / "config.yml").read_text()) | SETTINGS | settings
    del config["reinit_weights"]
    (folder / name).write_text(yaml.safe_dump(config))


@pytest.mark.training
@pytest.mark.timeout(600)
@pytest.mark.parametrize("packing", PACKING)
def test_losses_are_equal(folder, run, packing):
    write_config(folder, f"{packing}.yml", PACKING[packing])

    def train(command):
        name = f"work/{packing}-{Path(command[0]).name}"
        outputs = [f"--output-dir={name}", f"--dataset-prepared-path={name}-prepared"]
        output = run(
            [*command, "train", f"{packing}.yml", "--launcher", "python", *outputs],
            folder,
            seconds=580,
            # Two runs share the processor, and add in the same order.
            OMP_NUM_THREADS="1",
        )
        state = json.loads((folder / name / "checkpoint-4" / "trainer_state.json").read_text())
        steps = [
            {key: value for key, value in step.items() if not CLOCK.search(key)}
            for step in state["log_history"]
        ]
        return steps, output

    with ThreadPoolExecutor() as pool:
        (stock, stock_output), (ours, output) = pool.map(train, [STOCK, FAST])
    assert ours == stock
    assert [step["step"] for step in stock if "loss" in step] == [1, 2, 3, 4]
    assert [step["step"] for step in stock if "eval_loss" in step] == [0, 2, 4]
    assert all("grad_norm" in step and "learning_rate" in step for step in stock if "loss" in step)
    assert "fast_axolotl" not in stock_output
    assert "left to Axolotl" not in output
    logged = re.findall(r"\[axolotl\.fast_axolotl\](?: \[PID:\d+\])? (\w+): ", output)
    assert set(logged) == REPLACED | (BALANCING if packing == "labels balanced" else set())
    packed = re.findall(r"generate_batches: (\d+) sequences in (\d+) bins", output)
    assert len({sequences for sequences, _ in packed}) == 2
