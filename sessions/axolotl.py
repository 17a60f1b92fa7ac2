"""The pieces together, on the real Axolotl."""

from __future__ import annotations

import nox

from sessions.environments import axolotl_environment, on_path
from sessions.project import OFFLINE, ON_WHEELS
from sessions.testing import run_tests


@nox.session(venv_backend="none", requires=["build"], tags=ON_WHEELS)
def axolotl(session: nox.Session) -> None:
    """Test the pieces together, with the real Axolotl as the oracle."""
    python = axolotl_environment(session)
    packages = ["axolotl", "accelerate", "datasets", "numba", "torch", "transformers"]
    run_tests(session, python, ["tests"], packages)


@nox.session(venv_backend="none", requires=["build"], tags=ON_WHEELS)
def example(session: nox.Session) -> None:
    """Run the main job: `fast-axolotl preprocess` on the example config, against stock."""
    python = axolotl_environment(session)
    session.run(
        *(str(python), "examples/run.py", *session.posargs),
        external=True,
        env={**OFFLINE, **on_path(python)},
    )
