"""Write down that a test session ran, with which Python and which packages.

Run by the Python of the session's environment, after its tests passed. Only the standard library is
used. The result is one small JSON file in ``report/``, see :mod:`ran` for its fields.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import xml.etree.ElementTree as ET
from pathlib import Path


def installed(names: list[str]) -> dict[str, str]:
    """Look up versions in this environment.

    Args:
        names: Distribution names.

    Returns:
        The version of each that is installed.
    """
    versions = {}
    for name in sorted(set(names)):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def counts(junit: Path) -> dict[str, int]:
    """Add up the results of a pytest run.

    Args:
        junit: The file that ``pytest --junitxml`` wrote.

    Returns:
        The number of tests that ``passed``, ``failed`` and were ``skipped``.
    """
    total = failed = skipped = 0
    # The file was written by our own pytest a moment ago.
    for suite in ET.parse(junit).iter("testsuite"):  # noqa: S314
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return {"passed": total - failed - skipped, "failed": failed, "skipped": skipped}


def main() -> None:
    """Write the record that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--session", required=True, help="the nox session that ran")
    parser.add_argument("--wheels", required=True, help="the digest of the wheels it ran on")
    parser.add_argument("--junit", required=True, type=Path, help="what pytest reported")
    parser.add_argument("--output", required=True, type=Path, help="the JSON file to write")
    parser.add_argument("packages", nargs="+", help="the packages whose versions matter")
    arguments = parser.parse_args()

    record = {
        "session": arguments.session,
        "wheels": arguments.wheels,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "packages": installed(arguments.packages),
        "tests": counts(arguments.junit),
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
