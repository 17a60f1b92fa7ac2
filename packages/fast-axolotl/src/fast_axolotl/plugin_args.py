"""What the plugin adds to Axolotl's config, which Axolotl validates with it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class FastAxolotlArgs(BaseModel):  # type: ignore[misc]
    """The settings of the plugin."""

    fast_axolotl_packing: (
        Literal["first_fit", "first_fit_decreasing", "best_fit_decreasing"] | None
    ) = Field(
        default=None,
        json_schema_extra={
            "description": "How the multipack sampler fills bins: first_fit, the default, makes "
            "those of Axolotl; the others fill them better, and so change what is trained on "
            "together."
        },
    )
