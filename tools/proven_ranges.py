"""Check which versions of Axolotl the table of targets names for each fingerprint.

Run as ``python tools/proven_ranges.py ARCHIVE...``, with an archive of each release since 0.12. A
range in the table must name exactly the releases whose code has that fingerprint.
"""

from __future__ import annotations

import sys
from pathlib import Path

from release import Release
from upstream import fingerprint, known_codes


def main() -> int:
    """Print each range that is wrong; returns the exit status."""
    releases = sorted(map(Release, map(Path, sys.argv[1:])), key=lambda one: one.ordinal)
    problems = []
    for target, codes in known_codes():
        found = [(fingerprint(release, target), release.version) for release in releases]
        for code, named in codes.items():
            right = span([version for its, version in found if its == code])
            if right != named:
                problems.append(f"{target.name} {code}: {right}, the table says {named}")
    print("\n".join(problems) or f"The table is right for {len(releases)} releases.")
    return bool(problems)


def span(versions: list[str]) -> str:
    """Name the versions from the first to the last."""
    if not versions:
        return "no release"
    return versions[0] if len(versions) == 1 else f"{versions[0]} to {versions[-1]}"


if __name__ == "__main__":
    sys.exit(main())
