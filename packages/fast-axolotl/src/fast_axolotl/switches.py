"""The environment variables that turn things off or on."""

from __future__ import annotations

import logging
import os

from .pieces import PIECES

# Axolotl shows the messages of loggers below its own name, and filters others.
LOG = logging.getLogger("axolotl.fast_axolotl")


def enabled() -> bool:
    """Whether the shim may be installed: unless `FAST_AXOLOTL` is `0`."""
    return os.environ.get("FAST_AXOLOTL", "1").strip() != "0"


def verifying() -> bool:
    """Whether each replaced call is compared with upstream: `FAST_AXOLOTL_VERIFY=1`."""
    return os.environ.get("FAST_AXOLOTL_VERIFY", "0").strip() == "1"


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
