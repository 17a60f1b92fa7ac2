"""How much memory this process holds, and how much more it comes to hold, on Linux."""

from __future__ import annotations

import re
from pathlib import Path

PROCESS = Path("/proc/self")


class Peak:
    """Watches the resident memory from now on."""

    def __init__(self) -> None:
        self._before: int | None = None
        if (PROCESS / "clear_refs").exists():
            # From proc(5): sets the peak, VmHWM, to what is resident now.
            (PROCESS / "clear_refs").write_text("5")
            self._before = _status("VmRSS")

    def growth(self) -> int | None:
        """The bytes that were added at most at a time; None where that is not known."""
        return None if self._before is None else _status("VmHWM") - self._before


def resident() -> int | None:
    """The bytes that are resident now; None where that is not known."""
    return _status("VmRSS") if (PROCESS / "status").exists() else None


def _status(name: str) -> int:
    (found,) = re.findall(rf"^{name}:\s+(\d+) kB$", (PROCESS / "status").read_text(), re.MULTILINE)
    return int(found) * 1024
