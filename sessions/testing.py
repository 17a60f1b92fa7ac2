"""How the test sessions run pytest and leave a record of what ran."""

from __future__ import annotations

from pathlib import Path

import nox

from sessions.environments import on_path
from sessions.project import QUIETLY, REPORT, ROOT
from sessions.wheels import wheels_digest
from tools.pieces import NAMES

# A whole run is shared out to a few processes, file by file: tests of a file may share what one of
# them made.
IN_PROCESSES = ("-p", "xdist.plugin", "--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")


def test_environment(python: Path) -> dict[str, str]:
    """Return the environment variables of a test run on the wheels of all pieces."""
    return {
        "FAST_AXOLOTL_EXPECTED": ",".join(NAMES),
        **QUIETLY,
        # Keeps the root and its sources off sys.path: the wheels are what is tested.
        "PYTHONSAFEPATH": "1",
        **on_path(python),
    }


def run_tests(
    session: nox.Session, python: Path, arguments: list[str], packages: list[str]
) -> None:
    """Run pytest and leave a record of the run in report/.

    Args:
        session: The session, whose name the record has.
        python: The Python of an environment with the wheels.
        arguments: What pytest is given if the command line does not say it.
        packages: The packages whose versions matter.
    """
    name = session.name
    junit = REPORT / f"junit-{name}.xml"
    record = REPORT / f"run-{name}.json"
    # A run that fails must not leave the record of an earlier one that did not.
    record.unlink(missing_ok=True)
    session.run(
        *(str(python), "-m", "pytest", f"--junitxml={junit}"),
        *(session.posargs or [*IN_PROCESSES, *arguments]),
        external=True,
        env=test_environment(python),
    )
    if session.posargs:
        return  # Some of the tests are no evidence that all of them pass.
    session.run(
        *(str(python), "tools/record_run.py", "--session", name, "--wheels", wheels_digest()),
        *("--junit", str(junit), "--output", str(record), *packages),
        external=True,
    )


def test_directories() -> list[str]:
    """Return the packages' test directories, relative to the root."""
    found = (ROOT / "packages").glob("*/tests")
    return sorted(directory.relative_to(ROOT).as_posix() for directory in found)
