"""A program that runs another: signals, statuses and what is imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from fast_axolotl import child

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

PARENT = """
import os, sys
from fast_axolotl import child
sys.exit(child.run([sys.executable, "-c", sys.argv[1]], os.environ))
"""
WAITING = """
import signal, sys, time
def note(number, _):
    print(signal.Signals(number).name, flush=True)
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1"):
    signal.signal(getattr(signal, name), note)
print("ready", flush=True)
end = time.monotonic() + 20
while time.monotonic() < end:
    time.sleep(0.01)
"""


def parent(code, **options):
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, code], stdout=subprocess.PIPE, text=True, **options
    )


@pytest.mark.parametrize("status", [0, 1, 7])
def test_the_status_is_the_childs(status):
    with parent(f"raise SystemExit({status})") as process:
        process.communicate()
    assert process.returncode == status


@posix
def test_a_killed_child_is_a_status_as_shells_have_it():
    with parent("import os; os.kill(os.getpid(), 9)") as process:
        process.communicate()
    assert process.returncode == 137


@posix
def test_signals_reach_the_child_once():
    with parent(WAITING, start_new_session=True) as process:
        assert process.stdout.readline() == "ready\n"
        seen = []
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1"):
            process.send_signal(getattr(signal, name))
            seen.append(process.stdout.readline().strip())
        assert seen == ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1"]
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.stdout.read() == ""


def test_a_folder_of_the_project_hides_no_library(tmp_path):
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "__init__.py").write_text("def loads(): raise SystemExit(9)")
    (tmp_path / "program.py").write_text("")
    line = child.started_as("json:loads")
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "missing 1 required positional argument" in done.stderr
