"""The pieces together, on the real Axolotl."""

from __future__ import annotations

import nox

from sessions.environments import axolotl_environment, on_path
from sessions.project import ON_WHEELS, QUIETLY
from sessions.testing import run_tests

# Whose versions are written down for a run.
PACKAGES = ["axolotl", "accelerate", "datasets", "numba", "torch", "transformers"]


@nox.session(venv_backend="none", requires=["build"], tags=ON_WHEELS)
def axolotl(session: nox.Session) -> None:
    """Test the pieces together, with the real Axolotl as the oracle."""
    run_tests(session, axolotl_environment(session), ["tests", "-m", "not training"], PACKAGES)


@nox.session(venv_backend="none", requires=["build"], tags=ON_WHEELS, default=False)
def train(session: nox.Session) -> None:
    """Train a small model with the real Axolotl, stock and ours, to equal losses."""
    run_tests(session, axolotl_environment(session), ["tests", "-m", "training"], PACKAGES)


@nox.session(venv_backend="none", requires=["build"], tags=ON_WHEELS)
def example(session: nox.Session) -> None:
    """Run the main job: `fast-axolotl preprocess` on the example config, against stock."""
    python = axolotl_environment(session)
    session.run(
        *(str(python), "examples/run.py", *session.posargs),
        external=True,
        env={**QUIETLY, **on_path(python)},
    )
