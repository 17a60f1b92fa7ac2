"""The Axolotl plugin: `plugins: [fast_axolotl.FastAxolotlPlugin]` in a config.

Axolotl calls `register` before any dataset work, in every process that it starts.
"""

from __future__ import annotations

from typing import Any

from axolotl.integrations.base import BasePlugin

from . import shim
from .shim import settings
from .switches import LOG, enabled


class FastAxolotlPlugin(BasePlugin):  # type: ignore[misc]
    """Installs the shim, unless `FAST_AXOLOTL=0`, and logs what is bound."""

    def register(self, cfg: Any) -> None:
        """Install the shim, with the settings of the config.

        Args:
            cfg: the config, which is not changed. `fast_axolotl_packing` names the strategy of
                the multipack sampler, if it is not to be Axolotl's.

        Raises:
            ValueError: there is no such strategy.
        """
        settings.set_packing(cfg.get(settings.SETTING))
        if enabled():
            shim.install()
        LOG.info("%s", shim.status())

    def get_input_args(self) -> str:
        """The model that Axolotl validates the settings with."""
        return "fast_axolotl.plugin_args.FastAxolotlArgs"
