"""Virtual environments other than a session's own, some of which several sessions share."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nox

from sessions.project import ROOT, UPSTREAM, UV, group
from sessions.wheels import reinstalls, wheel_paths

# Where torch and Axolotl have wheels; the first that is there is taken.
AXOLOTL_PYTHONS = os.environ.get("AXOLOTL_PYTHON", "3.12 3.13").split()


def python_of(session: nox.Session) -> Path:
    """Return the Python of the session's own virtual environment."""
    return Path(session.bin) / ("python.exe" if os.name == "nt" else "python")


def on_path(python: Path) -> dict[str, str]:
    """Return an environment in which the scripts next to a Python come first."""
    return {"PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", "")])}


def install(session: nox.Session, python: Path, *requirements: str) -> None:
    """Install into an environment other than the session's own."""
    command = (UV, "pip", "install", "--quiet", "--python", str(python), *requirements)
    session.run(*command, external=True, log=False)


def environment(session: nox.Session, location: Path, interpreter: str | Path) -> Path:
    """Make a virtual environment if it is not there, and return its Python."""
    folder = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    python = location / folder
    if not python.is_file():
        command = (UV, "venv", "--quiet", "--python", str(interpreter), str(location))
        session.run(*command, external=True, log=False)
    return python


def axolotl_environment(
    session: nox.Session, *requirements: str, axolotl: str | None = None
) -> Path:
    """Return the Python of an environment with the real Axolotl and the built wheels.

    Torch and its friends take gigabytes, so the sessions that need them share this environment.
    ``AXOLOTL`` in the environment names another Axolotl than the pinned one (``AXOLOTL=axolotl`` is
    the newest), ``AXOLOTL_PYTHON`` the Python to use.

    Args:
        session: The session.
        requirements: What else is installed.
        axolotl: The Axolotl to install, if it is to be neither of those.
    """
    wanted = axolotl or os.environ.get("AXOLOTL", UPSTREAM["axolotl"])
    location = ROOT / ".nox" / ("with-" + wanted.replace("=", "-"))
    python = environment(session, location, axolotl_interpreter())
    upgrade = ["--upgrade-package", "axolotl"] if "AXOLOTL" in os.environ else []
    install(session, python, *upgrade, wanted, *group("pytest"), *requirements)
    install(session, python, "--no-deps", *reinstalls(), *wheel_paths())
    return python


def axolotl_interpreter() -> str:
    """Return the first Python present that Axolotl installs on, else one that uv may fetch."""
    for version in AXOLOTL_PYTHONS:
        found = subprocess.run(
            [UV, "python", "find", "--no-project", "--no-python-downloads", "--system", version],
            check=False,
            capture_output=True,
            text=True,
        )
        if found.returncode == 0:
            return found.stdout.strip()
    return AXOLOTL_PYTHONS[0]
