"""The main job on an example: `axolotl preprocess`, alone and with fast-axolotl, compared.

Everything is made on the spot, so no hub is asked and no token is needed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

CHAT = Path(__file__).parent / "chat"
WORK = CHAT / "work"
OFFLINE = {"HF_HUB_OFFLINE": "1", "AXOLOTL_DO_NOT_TRACK": "1"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=6000)
    options = parser.parse_args()
    shutil.rmtree(WORK, ignore_errors=True)
    print(f"making a tokenizer, a small Llama and {options.chats} chats", flush=True)
    _run([sys.executable, "make_inputs.py", "work", "--chats", str(options.chats)])

    beside = Path(sys.executable).parent
    print("axolotl preprocess config.yml", flush=True)
    alone, _ = _preprocess([sys.executable, "-m", "axolotl.cli.main"], "alone")
    print("fast-axolotl preprocess --verify config.yml", flush=True)
    with_shim, log = _preprocess([str(beside / "fast-axolotl")], "fast", "--verify")
    print()
    print(_own_lines(log))
    print()
    return _compare(alone, with_shim)


def _preprocess(command: list[str], name: str, *options: str) -> tuple[Path, str]:
    prepared = f"work/prepared-{name}"
    start = time.perf_counter()
    log = _run(
        [*command, "preprocess", *options, "config.yml", f"--dataset-prepared-path={prepared}"]
    )
    print(f"  {time.perf_counter() - start:.1f} s in all, most of it start-up and tokenizing")
    (WORK / f"{name}.log").write_text(log, encoding="utf-8")
    (dataset,) = (path.parent for path in (CHAT / prepared).glob("*/state.json"))
    return dataset, log


def _run(command: list[str]) -> str:
    done = subprocess.run(
        command,
        cwd=CHAT,
        env={**os.environ, **OFFLINE},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        print(done.stdout[-8000:], file=sys.stderr)
        raise SystemExit(f"{' '.join(command)} failed with status {done.returncode}")
    return done.stdout


def _own_lines(log: str) -> str:
    """What fast-axolotl logged: its messages with the lines of the table that follow."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", log)
    pattern = r"\[axolotl\.fast_axolotl\](?: \[PID:\d+\])? (.*(?:\n(?:target|axolotl\.).*)*)"
    return "\n".join(re.findall(pattern, plain))


def _compare(alone: Path, with_shim: Path) -> int:
    """Whether two prepared datasets are equal, row by row."""
    from datasets import load_from_disk

    ours, theirs = load_from_disk(str(with_shim)), load_from_disk(str(alone))
    if ours.features != theirs.features or len(ours) != len(theirs):
        print(f"the prepared datasets DIFFER: {ours} and {theirs}")
        return 1
    for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if one != other:
            print(f"the prepared datasets DIFFER at row {index}")
            return 1
    print(f"the prepared datasets are equal: {len(ours):,} rows, compared row by row")
    return 0


if __name__ == "__main__":
    sys.exit(main())
