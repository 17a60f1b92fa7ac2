"""What a user has asked to be done otherwise than Axolotl does it: nothing, unless asked."""

from __future__ import annotations

PACKINGS = ("first_fit", "first_fit_decreasing", "best_fit_decreasing")
"""The strategies of the multipack sampler; the first is Axolotl's."""

SETTING = "fast_axolotl_packing"
"""The setting of the config that names one of them."""

_PACKING = PACKINGS[0]


def set_packing(strategy: str | None) -> None:
    """Choose the strategy of the multipack sampler; None is Axolotl's.

    Raises:
        ValueError: There is no such strategy.
    """
    global _PACKING
    if strategy is not None and strategy not in PACKINGS:
        raise ValueError(f"{SETTING} must be one of {', '.join(PACKINGS)}, got {strategy!r}")
    _PACKING = strategy or PACKINGS[0]


def packing() -> str:
    """The strategy of the multipack sampler."""
    return _PACKING


def is_as_axolotl() -> bool:
    """Whether the multipack sampler makes the bins that Axolotl makes."""
    return packing() == PACKINGS[0]
