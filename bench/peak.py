"""How much more memory a process comes to hold."""

from __future__ import annotations

import re
from pathlib import Path

PROCESS = Path("/proc/self")


class Peak:
    """Watches the resident memory of this process from now on, on Linux."""

    def __init__(self) -> None:
        self._before: int | None = None
        if (PROCESS / "clear_refs").exists():
            # From proc(5): sets the peak, VmHWM, to what is resident now.
            (PROCESS / "clear_refs").write_text("5")
            self._before = _status("VmRSS")

    def growth(self) -> int | None:
        """The bytes that were added at most at a time; None where that is not known."""
        return None if self._before is None else _status("VmHWM") - self._before


def _status(name: str) -> int:
    (found,) = re.findall(rf"^{name}:\s+(\d+) kB$", (PROCESS / "status").read_text(), re.MULTILINE)
    return int(found) * 1024
