"""Compare a release of Axolotl with the code that the shim was proven on.

Run as ``python tools/upstream.py PROVEN RELEASE``, two archives of Axolotl: that of the version
that everything is tested with, and any other. For each target it prints whether the release has the
same code, code that is known from another version, or unknown code, with the difference. Nothing of
Axolotl is imported. The exit status is 1 where something is unknown or new.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from fast_axolotl.shim.fingerprint import digest_of
from fast_axolotl.shim.targets import (
    TARGETS,
    ImportedName,
    RecognizedFunction,
    ReplacedFunction,
    ReplacedMethod,
)
from release import Release

Known = ReplacedFunction | RecognizedFunction


def main() -> int:
    """Print the report; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("proven", type=Path, help="the archive that everything is proven on")
    parser.add_argument("release", type=Path, help="the archive to look at")
    options = parser.parse_args()
    try:
        proven, release = Release(options.proven), Release(options.release)
    except ValueError as error:
        parser.error(str(error))
    print(f"Axolotl {release.version}, compared with {proven.version}\n")
    all_known = compare(proven, release)
    places = new_places(release)
    for place, function in places:
        print(f"{place}: NEW PLACE, imports {function} and is not in the table")
    is_known = all_known and not places
    print("\nEverything is known." if is_known else "\nSomething is unknown.")
    return int(not is_known)


def compare(proven: Release, release: Release) -> bool:
    """Print a line for each target, with the difference where its code is unknown.

    Returns:
        Whether all code is known.
    """
    all_known = True
    for target, codes in known_codes():
        code, before = fingerprint(release, target), fingerprint(proven, target)
        if code in codes:
            state = "same code" if code == before else f"known code, that of {codes[code]}"
        elif code is None:
            # A name of an older release may be gone for good; one of today's may not.
            was_there = before is not None and release.ordinal > proven.ordinal
            state = "GONE" if was_there else "not there"
        else:
            state = "UNKNOWN CODE"
        print(f"{target.name}: {state}")
        all_known = all_known and not state.isupper()
        if state == "UNKNOWN CODE":
            print(difference(proven, release, target))
    return all_known


def known_codes() -> list[tuple[Known, dict[str, str]]]:
    """The fingerprints that are known of each name, with the versions that have them."""
    found: dict[str, tuple[Known, dict[str, str]]] = {}
    for target in TARGETS:
        if isinstance(target, Known):
            _, codes = found.setdefault(target.name, (target, {}))
            codes.update(target.proven)
    return list(found.values())


def fingerprint(release: Release, target: Known) -> str | None:
    """The fingerprint that the guard of the shim would find for a target in a release."""
    sources = [release.source(name) for name in names(target)]
    if any(source is None for source in sources):
        return None
    return digest_of(source for source in sources if source is not None)


def names(target: Known) -> list[str]:
    """The full names of a target's function and of what it relies on."""
    if isinstance(target, RecognizedFunction):
        return [target.name]
    module = target.name.rpartition(".")[0]
    if isinstance(target, ReplacedMethod):
        module = module.rpartition(".")[0]
    return [target.name, *(f"{module}.{name}" for name in target.depends_on)]


def difference(proven: Release, release: Release, target: Known) -> str:
    """The unified difference of a target's code, and of what it relies on."""
    lines: list[str] = []
    for name in names(target):
        before, after = (one.source(name) or "" for one in (proven, release))
        if before != after:
            lines += difflib.unified_diff(
                before.splitlines(),
                after.splitlines(),
                f"{name} {proven.version}",
                f"{name} {release.version}",
                lineterm="",
            )
    return "\n".join(f"    {line}" for line in lines)


def new_places(release: Release) -> list[tuple[str, str]]:
    """The names under which modules have imported a replaced function, unknown to the table."""
    functions = {t.name for t in TARGETS if type(t) is ReplacedFunction}
    listed = {t.name for t in TARGETS if isinstance(t, ImportedName)}
    return [
        (place, function)
        for place, function in release.imports()
        if function in functions and place not in listed
    ]


if __name__ == "__main__":
    sys.exit(main())
