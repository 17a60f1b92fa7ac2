"""What the tests against the real Axolotl share."""

from __future__ import annotations

import collections
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

import fast_axolotl

PROVEN = pytest.StashKey[collections.Counter]()


def fast_calls():
    """How many calls of each replaced function were fast so far in this process."""
    found = {t.target: t.detail.partition(" fast") for t in fast_axolotl.status().targets}
    return collections.Counter(
        {name: int(count) for name, (count, fast, _) in found.items() if fast}
    )


def pytest_configure(config):
    config.stash[PROVEN] = collections.Counter()
    if os.environ.get("AXOLOTL_IN_PARTS") == "1":
        leave_empty("axolotl.utils.data")


def leave_empty(package):
    """Let a package's modules be imported where its own imports fail.

    That is so with an older Axolotl beside today's libraries, where the tested modules still work.
    """
    try:
        importlib.import_module(package)
    except ImportError:
        spec = importlib.util.find_spec(package)
        sys.modules[package] = types.ModuleType(package)
        sys.modules[package].__path__ = spec.submodule_search_locations


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Count for each replaced function the tests that passed and in which it ran fast."""
    before = fast_calls()
    result = yield
    item.config.stash[PROVEN].update(dict.fromkeys(fast_calls() - before, 1))
    return result


def pytest_sessionfinish(session, exitstatus):
    """Leave a record of these tests where the environment asks for one, if all of them passed."""
    record = os.environ.get("FAST_AXOLOTL_PROVEN")
    if record and exitstatus == pytest.ExitCode.OK:
        Path(record).write_text(json.dumps(session.config.stash[PROVEN], indent=2) + "\n")


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
