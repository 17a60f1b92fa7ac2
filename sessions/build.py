"""The wheels that the other sessions test, and the source distributions."""

from __future__ import annotations

import shutil

import nox

from sessions.inputs import inputs_digest
from sessions.project import CARGO_ENV, DIST, ON_WHEELS, ROOT, TARGET, UV, group
from sessions.wheels import reinstalls, wheel_paths, wheel_records, write_records
from tools.pieces import META, PACKAGES


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheels of all packages into dist/, each only if its sources changed since."""
    DIST.mkdir(exist_ok=True)
    records = wheel_records()
    maturin = group("build")
    installed = False
    for package in PACKAGES:
        inputs = inputs_digest(package, maturin)
        record = records.get(package)
        if record and record["inputs"] == inputs and (DIST / record["wheel"]).is_file():
            session.log(f"{record['wheel']} is up to date")
            continue
        if not installed:
            session.install(*maturin)
            installed = True
        for old in DIST.glob(f"{package.replace('-', '_')}-*.whl"):
            old.unlink()
        directory = ROOT / "packages" / package
        if package == META:
            session.run(UV, "build", "--wheel", "-o", str(DIST), str(directory), external=True)
        else:
            manifest = str(directory / "Cargo.toml")
            session.run(
                "maturin", "build", "--release", "--locked", "-m", manifest, "-o", str(DIST)
            )
        (wheel,) = DIST.glob(f"{package.replace('-', '_')}-*.whl")
        records[package] = {"inputs": inputs, "wheel": wheel.name}
        # After each wheel: an interrupted build keeps what it finished.
        write_records(records)


@nox.session(requires=["build"], tags=ON_WHEELS, default=False)
def sdist(session: nox.Session) -> None:
    """Build each sdist, install from it, and check the metadata of everything in dist/."""
    session.install(*group("build"), *group("sdist"))
    target = DIST / "sdist"
    shutil.rmtree(target, ignore_errors=True)
    for package in PACKAGES:
        directory = ROOT / "packages" / package
        if package == META:
            session.run(UV, "build", "--sdist", "-o", str(target), str(directory), external=True)
        else:
            session.run("maturin", "sdist", "-m", str(directory / "Cargo.toml"), "-o", str(target))
    archives = sorted(target.glob("*.tar.gz"))
    if len(archives) != len(PACKAGES):
        session.error(
            f"expected {len(PACKAGES)} sdists, found {[a.name for a in archives]} in {target}"
        )
    session.run("twine", "check", "--strict", *wheel_paths(), *map(str, archives))
    # The same target directory as `build`: only our own crates are compiled again.
    session.install(
        *("--no-deps", *reinstalls(), *map(str, archives)),
        env={"CARGO_TARGET_DIR": str(TARGET), **CARGO_ENV},
    )
    for package in PACKAGES:
        session.run("python", "tools/smoke.py", f"packages/{package}")
