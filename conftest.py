"""How hypothesis draws the examples of generated tests.

`pyproject.toml` asks for its profile `ci`, which draws the same examples each time and keeps none,
so that a run fails because of what was changed. The session `fresh` draws others.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fresh", settings.get_profile("ci"), derandomize=False)
