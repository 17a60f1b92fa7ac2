"""What the tests against the real Axolotl share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHAT = Path(__file__).parent.parent / "examples" / "chat"


@pytest.fixture(scope="session")
def chats(tmp_path_factory):
    """A folder with the example's config, and a tokenizer, a small Llama and 400 chats for it."""
    folder = tmp_path_factory.mktemp("chats")
    (folder / "config.yml").write_text((CHAT / "config.yml").read_text())
    subprocess.run(
        [sys.executable, str(CHAT / "make_inputs.py"), str(folder / "work"), "--chats", "400"],
        check=True,
    )
    return folder


@pytest.fixture(scope="session")
def run():
    """Run a program and return its output; what it prints is shown if it fails."""

    def run(command, folder, *, seconds=280, **environment):
        env = {name: value for name, value in os.environ.items() if "FAST_AXOLOTL" not in name}
        done = subprocess.run(
            list(map(str, command)),
            cwd=folder,
            env=env | {"HF_HUB_OFFLINE": "1", "AXOLOTL_DO_NOT_TRACK": "1"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-8000:]
        return done.stdout

    return run
