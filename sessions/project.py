"""What the repository declares: its folders, its packages, and the versions of its tools."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
REPORT = ROOT / "report"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
UV = os.environ.get("UV", "uv")

PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
UPSTREAM = PROJECT["tool"]["fast-axolotl"]["upstream"]
PYTHONS = PROJECT["tool"]["fast-axolotl"]["pythons"]

# The pyo3 build script watches the interpreter it is shown. Showing it the same one in every
# session keeps Cargo from compiling the bindings again for each virtual environment.
CARGO_ENV = {"PYO3_PYTHON": sys.executable}
# How Axolotl is run: on data made here, without telling anybody, and with what is imported compiled
# once. Where the environment forbids that, each of some hundred processes takes 17 s to import it
# instead of 7.
QUIETLY = {
    "HF_HUB_OFFLINE": "1",
    "AXOLOTL_DO_NOT_TRACK": "1",
    "PYTHONDONTWRITEBYTECODE": "",
}
# What the workflow of each push runs: sessions that need nothing built, and sessions on the wheels,
# which it builds once per system. A session that is too long for a person can be among them without
# being one of the default.
ON_SOURCES = ["on-sources"]
ON_WHEELS = ["on-wheels"]


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group."""
    return list(nox.project.dependency_groups(PROJECT, name))


def names(requirements: list[str]) -> list[str]:
    """Return the distribution names in requirements of the form ``name==version; marker``."""
    return sorted({requirement.split("==")[0] for requirement in requirements})


def cargo(session: nox.Session, *arguments: str, **env: str) -> None:
    """Run cargo with the environment that lets sessions share what it compiled."""
    session.run("cargo", *arguments, external=True, env={**CARGO_ENV, **env})
