"""Every check of the repository. People, `.ci/run` and GitHub run the same sessions.

``uvx nox`` runs the default ones in the order of the imports below, ``uvx nox -l`` lists them all,
and ``uvx nox -s tests-3.12`` runs one with what it requires. The sessions are in ``sessions/``, a
file per subject. What they install is pinned in the dependency groups of ``pyproject.toml``, and
which packages there are comes from ``tools/pieces.py``.

Wheels are built once, by ``build``, into ``dist/``. The sessions after it install those, as users
do, and nothing is compiled a second time until a source changes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

# Whoever loads this file need not have its folder among those that modules are imported from.
sys.path.insert(0, str(Path(__file__).resolve().parent))

# ruff: isort: off
from sessions import check, release, build  # noqa: F401 - importing a file declares its sessions
from sessions import packages, axolotl, benchmarks, documents  # noqa: F401
from sessions import upstream, fresh, dev  # noqa: F401

# ruff: isort: on
from sessions.project import REPORT

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
# A missing interpreter is reported as skipped; .ci/run and the workflows insist where they must.
nox.options.error_on_missing_interpreters = False
# `uvx nox --download-python auto` lets uv fetch the missing ones.
nox.options.download_python = "never"
# How long each session took, in seconds; nox itself prints minutes when it has run several.
REPORT.mkdir(exist_ok=True)
nox.options.report = str(REPORT / "nox.json")
