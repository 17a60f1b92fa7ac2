"""What the tests of all packages share.

`pyproject.toml` asks for hypothesis' profile `ci`, which draws the same examples each time and
keeps none, so that a run fails because of what was changed. The session `fresh` draws others.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

settings.register_profile("fresh", settings.get_profile("ci"), derandomize=False)

# In seconds of the processor, since the clock goes on while other programs run. Ctrl-C waits for
# 0.05 seconds of the clock, in which several threads take more of the processor.
PATIENCE = 0.1 + 0.05 * (os.cpu_count() or 1)
ATTEMPTS = 3


@pytest.fixture
def assert_interruptible() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Interrupt work early and half-way through, and see it end long before it is done."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("needs a timer signal")

    handled_at = 0.0

    def interrupt(*_: object) -> None:
        nonlocal handled_at
        handled_at = time.process_time()
        raise KeyboardInterrupt

    def duration(work: Callable[[], object]) -> float:
        """How long work takes, without the time in which its result is freed."""
        start = time.process_time()
        result = work()
        took = time.process_time() - start
        del result
        return took

    def duration_until_interrupt(work: Callable[[], object], at: float) -> float:
        """How long work goes on that is to be interrupted at some point."""
        start = time.process_time()
        try:
            signal.setitimer(signal.ITIMER_PROF, at)
            work()
            signal.setitimer(signal.ITIMER_PROF, 0)
        except KeyboardInterrupt:
            return handled_at - start
        return float("inf")

    def is_prompt(work: Callable[[], object]) -> bool:
        # The first time, memory may have to be found first.
        whole = min(duration(work), duration(work))
        return all(
            duration_until_interrupt(work, whole * share) < whole * (share + 0.25) + PATIENCE
            for share in (0.1, 0.5)
        )

    def check(work: Callable[[], object]) -> None:
        # How long work takes differs on a busy machine; work that cannot be interrupted never ends
        # before its time.
        if not any(is_prompt(work) for _ in range(ATTEMPTS)):
            pytest.fail("it was interrupted, and went on for too long")

    previous = signal.signal(signal.SIGPROF, interrupt)
    # An exception that is raised while garbage is collected is lost.
    gc.disable()
    yield check
    gc.enable()
    signal.signal(signal.SIGPROF, previous)
