"""Running another program as if it were this one: signals reach it, and its end is this one's."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

# What people and schedulers send to a job.
_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")


def run(line: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program to its end.

    Returns:
        Its exit status, as a shell has it: 128 and the number of a signal that killed it.
    """
    wait = _wait_on_linux if hasattr(signal, "sigwaitinfo") else _wait
    status = wait(line, environment)
    return 128 - status if status < 0 else status


def _wait_on_linux(line: Sequence[str], environment: Mapping[str, str]) -> int:
    """Wait, and pass on what was sent to this process alone.

    A terminal sends Ctrl-C to the child as well, and twice is more than was meant.
    """
    passed_on = {getattr(signal, name) for name in _PASSED_ON}
    awaited = {*passed_on, signal.SIGCHLD}
    # Nothing that comes before the child is there, or while it is being waited for, is lost.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    try:
        with subprocess.Popen(
            line,
            env=environment,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before),  # noqa: PLW1509
        ) as child:
            while child.poll() is None:
                found = signal.sigwaitinfo(awaited)
                # Codes above zero are the kernel's, as for a key that was pressed.
                if found.si_signo in passed_on and found.si_code <= 0:
                    child.send_signal(found.si_signo)
            return child.returncode
    finally:
        # What still waits was for the child.
        while signal.sigpending() & passed_on:
            signal.sigwaitinfo(passed_on)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait(line: Sequence[str], environment: Mapping[str, str]) -> int:
    """Wait, and pass on what a terminal does not send."""
    with subprocess.Popen(line, env=environment) as child:
        for name in _PASSED_ON[1:]:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda number, _: child.send_signal(number))
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the terminal sent it to the child as well
                continue


def started_as(program: str) -> list[str]:
    """The beginning of a line that starts a console script of this environment.

    Not `python -m`: that puts the current folder first among those that modules are imported from,
    where a folder `datasets` in a project would hide the library.
    """
    module, _, function = program.partition(":")
    code = (
        "import sys; sys.path = [entry for entry in sys.path if entry]; "
        f"from {module} import {function}; sys.exit({function}())"
    )
    return [sys.executable, "-c", code]
