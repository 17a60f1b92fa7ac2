"""Axolotl's other versions: what a release has changed, and parity since 0.12."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import nox
from nox.command import CommandFailed

from sessions.environments import axolotl_environment, axolotl_interpreter, environment, install
from sessions.project import REPORT, ROOT, UPSTREAM, group
from sessions.testing import test_environment
from tools.pieces import META

ARCHIVES = ROOT / ".nox" / "archives"
# What there is to test where only the target functions of an Axolotl, and what those call, run
# beside the libraries of the newest one.
PARITY = ("multipack", "lengths", "deduplicate_dataset", "preparing", "encode_streaming")


@nox.session(venv_backend="none", default=False)
def upstream(session: nox.Session) -> None:
    """Compare a release of Axolotl with the code that is proven: `-- 0.22.0`, or the newest."""
    python = archive_environment(session)
    version = session.posargs[0] if session.posargs else None
    session.run(
        *(str(python), "tools/upstream.py", str(archive(session, python, proven()))),
        str(archive(session, python, version)),
        external=True,
    )


@nox.session(venv_backend="none", requires=["build"], default=False)
def versions(session: nox.Session) -> None:
    """Run the parity tests on every Axolotl since 0.12, or on those that are named: `-- 0.18.0`."""
    newest = proven()
    whole, in_parts = [newest, *UPSTREAM["whole"]], UPSTREAM["in-parts"]
    chosen = session.posargs or [*whole, *in_parts]
    if unknown := sorted(set(chosen) - {*whole, *in_parts}):
        session.error(f"no such version: {', '.join(unknown)}; there are {whole} and {in_parts}")
    downloader = archive_environment(session)
    failed = []
    for version in chosen:
        if version in whole:
            python = axolotl_environment(session, axolotl=f"axolotl=={version}")
            arguments, source = ["tests"], None
        else:
            python = axolotl_environment(session)
            # Streams were not encoded by a function of this name before 0.13.
            left_out = "encode_streaming" if version.startswith("0.12.") else None
            arguments = [f"tests/test_{name}.py" for name in PARITY if name != left_out]
            source = unpacked(archive(session, downloader, version))
        try:
            prove(session, python, version, arguments, source)
        except CommandFailed:
            failed.append(version)
    archives = [
        str(archive(session, downloader, version))
        for version in [*whole, *in_parts, *UPSTREAM["code-only"]]
    ]
    session.run(str(downloader), "tools/proven_ranges.py", *archives, external=True)
    if failed:
        session.error(f"not proven on {', '.join(failed)}")


def prove(
    session: nox.Session, python: Path, version: str, arguments: list[str], source: Path | None
) -> None:
    """Run tests on one version of Axolotl, and leave a record of what ran fast in report/.

    Args:
        session: The session.
        python: The Python of an environment with the wheels and an Axolotl.
        version: The version that is tested.
        arguments: What is tested.
        source: Where that version is unpacked if it is not the one that is installed.
    """
    record = REPORT / f"proven-{version}.json"
    record.unlink(missing_ok=True)
    REPORT.mkdir(exist_ok=True)
    env = {**test_environment(python), "FAST_AXOLOTL_PROVEN": str(record)}
    if source:
        env |= {"AXOLOTL_IN_PARTS": "1", "PYTHONPATH": str(source)}
    marks = [] if version == proven() else ["-m", "not newest"]
    session.log(f"Axolotl {version}" + (", in parts" if source else ""))
    session.run(
        *(str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *marks, *arguments),
        external=True,
        env=env,
    )


def proven() -> str:
    """Return the version of Axolotl that everything is tested with."""
    return str(UPSTREAM["axolotl"]).split("==")[1]


def archive_environment(session: nox.Session) -> Path:
    """Return the Python of an environment that downloads Axolotl and reads its code."""
    python = environment(session, ROOT / ".nox" / "upstream", axolotl_interpreter())
    # The table of targets is in the meta-package, which needs no piece to be read.
    meta = str(ROOT / "packages" / META)
    install(session, python, "--reinstall-package", META, "--no-deps", *group("upstream"), meta)
    return python


def archive(session: nox.Session, python: Path, version: str | None) -> Path:
    """Return a release's archive as it is in the registry, downloaded if it is not there yet.

    Args:
        session: The session.
        python: What :func:`archive_environment` returned.
        version: Which release; the newest one if None.
    """
    folder = ARCHIVES / (version or "newest")
    if version is None:
        shutil.rmtree(folder, ignore_errors=True)
    if not any(folder.glob("axolotl-*")):
        # The Python of this environment need not be one that the release runs on.
        session.run(
            *(str(python), "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--ignore-requires-python", "--dest", str(folder)),
            f"axolotl=={version}" if version else "axolotl",
            external=True,
            log=False,
        )
    (found,) = folder.glob("axolotl-*")
    return found


def unpacked(release: Path) -> Path:
    """Unpack an archive beside itself, and return the folder that the package is in."""
    folder = release.parent / "unpacked"
    if not folder.is_dir():
        if release.suffix == ".whl":
            with zipfile.ZipFile(release) as wheel:
                wheel.extractall(folder)
        else:
            shutil.unpack_archive(release, folder, filter="data")
    (package,) = folder.rglob("axolotl/__init__.py")
    return package.parent.parent
