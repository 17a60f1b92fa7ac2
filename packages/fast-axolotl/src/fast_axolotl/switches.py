"""The environment variables that turn things off or on."""

from __future__ import annotations

import logging
import os

from .pieces import PIECES

# Axolotl shows the messages of loggers below its own name, and filters others.
LOG = logging.getLogger("axolotl.fast_axolotl")


_MEANINGS = {
    **dict.fromkeys(("1", "true", "on", "yes"), True),
    **dict.fromkeys(("0", "false", "off", "no"), False),
}
_WARNED: set[tuple[str, str]] = set()


def enabled() -> bool:
    """Whether the shim may be installed: unless `FAST_AXOLOTL` is `0`, `false`, `off` or `no`."""
    return _switch("FAST_AXOLOTL", usual=True)


def verifying() -> bool:
    """Whether each replaced call is compared with upstream: `FAST_AXOLOTL_VERIFY=1`, or `true`."""
    return _switch("FAST_AXOLOTL_VERIFY", usual=False)


def _switch(name: str, *, usual: bool) -> bool:
    """What a variable says; a value that nobody knows is warned about once and says nothing."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return usual
    if value not in _MEANINGS and (name, value) not in _WARNED:
        _WARNED.add((name, value))
        LOG.warning(
            "%s=%s is not understood: expected 1, true, on, yes, or 0, false, off, no; it is %s",
            name,
            value,
            "on" if usual else "off",
        )
    return _MEANINGS.get(value, usual)


def disabled_pieces() -> frozenset[str]:
    """The pieces that `FAST_AXOLOTL_DISABLE` names, separated by commas."""
    listed = os.environ.get("FAST_AXOLOTL_DISABLE", "").split(",")
    named = frozenset(name.strip().lower() for name in listed if name.strip())
    known = frozenset(piece.name for piece in PIECES)
    if named - known:
        LOG.warning(
            "FAST_AXOLOTL_DISABLE names %s, which is no piece; the pieces are %s",
            ", ".join(sorted(named - known)),
            ", ".join(sorted(known)),
        )
    return named & known
