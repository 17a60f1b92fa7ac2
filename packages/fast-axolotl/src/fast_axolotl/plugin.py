"""The Axolotl plugin: `plugins: [fast_axolotl.FastAxolotlPlugin]` in a config.

Axolotl calls `register` before any dataset work, in every process that it starts.
"""

from __future__ import annotations

from typing import Any

from axolotl.integrations.base import BasePlugin

from . import shim
from .switches import LOG, enabled


class FastAxolotlPlugin(BasePlugin):  # type: ignore[misc]
    """Installs the shim, unless `FAST_AXOLOTL=0`, and logs what is bound."""

    def register(self, cfg: Any) -> None:
        """Install the shim.

        Args:
            cfg: the config, which is neither read nor changed.
        """
        if enabled():
            shim.install()
        LOG.info("%s", shim.status())
