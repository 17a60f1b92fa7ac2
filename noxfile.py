"""Every check of the repository. People, `.ci/run` and GitHub run the same sessions.

``uvx nox`` runs the default ones in the order of this file, ``uvx nox -l`` lists them all, and
``uvx nox -s tests-3.12`` runs one with what it requires. What a session installs is pinned in the
dependency groups of ``pyproject.toml``.

Wheels are built once, by ``build``, into ``dist/``. The sessions after it install those, as users
do, and nothing is compiled a second time until a source changes.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
# A missing interpreter is reported as skipped; .ci/run and the workflows insist where they must.
nox.options.error_on_missing_interpreters = False
# `uvx nox --download-python auto` lets uv fetch the missing ones.
nox.options.download_python = "never"

ROOT = Path(__file__).resolve().parent
DIST = ROOT / "dist"
REPORT = ROOT / "report"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
UV = os.environ.get("UV", "uv")

PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
UPSTREAM = PROJECT["tool"]["fast-axolotl"]["upstream"]
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
# Where torch and Axolotl have wheels; the first that is there is taken.
AXOLOTL_PYTHONS = os.environ.get("AXOLOTL_PYTHON", "3.12 3.13").split()
PIECES = ["hash", "pack", "pad", "stream"]
META = "fast-axolotl"
PACKAGES = [*(f"fast-axolotl-{piece}" for piece in PIECES), META]

# The pyo3 build script watches the interpreter it is shown. Showing it the same one in every
# session keeps Cargo from compiling the bindings again for each virtual environment.
CARGO_ENV = {"PYO3_PYTHON": sys.executable}
# The tests make their own data, and nobody is told that they ran.
OFFLINE = {"HF_HUB_OFFLINE": "1", "AXOLOTL_DO_NOT_TRACK": "1"}
# CI builds the wheels once per system and hands them to the sessions with this tag.
ON_WHEELS = ["on-wheels"]


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and consistency: ruff, rustfmt, clippy, and what is said twice in the tree."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("python", "tools/check_tree.py")
    cargo(session, "fmt", "--all", "--check")
    cargo(session, "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings")


@nox.session(python=">=3.11")
def workflows(session: nox.Session) -> None:
    """Check the GitHub workflows and the wheel matrix, as far as that goes without GitHub."""
    session.install(*group("workflows"))
    session.run("zizmor", "--offline", "--quiet", "--persona", "pedantic", ".github")
    files = sorted(str(path) for path in (ROOT / ".github" / "workflows").glob("*.yml"))
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        session.run("check-jsonschema", "--builtin-schema", schema, *files)
    session.run(
        "check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"
    )
    for piece, platform in itertools.product(PIECES, ("linux", "macos", "windows")):
        listing = session.run(
            *cibuildwheel(piece, "--print-build-identifiers", "--platform", platform), silent=True
        )
        identifiers = str(listing).split()
        # A pattern that matches nothing would only show on the day of a release.
        for python in ("cp310", "cp314t", "cp315t"):
            if not any(identifier.startswith(f"{python}-") for identifier in identifiers):
                session.error(f"fast-axolotl-{piece} has no {python} wheel on {platform}")
        session.log(f"fast-axolotl-{piece} on {platform}: {', '.join(identifiers)}")


@nox.session(venv_backend="none")
def rust(session: nox.Session) -> None:
    """Run the Rust tests and doctests, and build the Rust docs without a warning."""
    cargo(session, "test", "--workspace", "--locked", *session.posargs)
    cargo(session, "doc", "--workspace", "--no-deps", "--locked", RUSTDOCFLAGS="-D warnings")


@nox.session
def build(session: nox.Session) -> None:
    """Build the five wheels into dist/, each only if its sources changed since."""
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
        wheel_file().write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")


@nox.session(requires=["build"], tags=ON_WHEELS)
def types(session: nox.Session) -> None:
    """Check the types of the public API, and the stubs against the compiled modules."""
    session.install(*group("types"))
    install_wheels(session)
    modules = [package.replace("-", "_") for package in PACKAGES]
    # From a directory without sources, so that mypy sees the installed packages only.
    config = f"--config-file={ROOT / 'pyproject.toml'}"
    tools = sorted(str(path) for path in (ROOT / "tools").glob("*.py"))
    with session.chdir(session.create_tmp()):
        session.run("mypy", config, *itertools.chain(*(("-p", module) for module in modules)))
        session.run("mypy", config, *tools)
        # Each package with its compiled submodule, defaults included.
        config = config.replace("--config", "--mypy-config")
        session.run("stubtest", config, *(f"fast_axolotl_{piece}" for piece in PIECES))


@nox.session(python=PYTHONS, requires=["build"], tags=ON_WHEELS)
def tests(session: nox.Session) -> None:
    """Test each package on its built wheel, and the examples in all README files."""
    session.install(*group("test"))
    install_wheels(session)
    run_tests(session, python_of(session), sorted(test_directories()), names(group("arrays")))
    folders = [ROOT, *(ROOT / "packages" / package for package in PACKAGES)]
    readmes = [str(folder / "README.md") for folder in folders]
    session.run("python", "tools/readme_examples.py", *readmes)


@nox.session(requires=["build"], tags=ON_WHEELS)
def subsets(session: nox.Session) -> None:
    """Test the meta-package with each of the sixteen subsets of pieces really installed."""
    for count in range(len(PIECES) + 1):
        for present in itertools.combinations(PIECES, count):
            python = environment(
                session,
                ROOT / ".nox" / "subsets" / ("-".join(present) or "none"),
                python_of(session),
            )
            wheels = [str(wheel_path(f"fast-axolotl-{piece}")) for piece in present]
            # Without --no-deps the meta-package would draw in the very pieces that must be absent.
            install(session, python, *group("pytest"))
            install(session, python, "--no-deps", *reinstalls(), str(wheel_path(META)), *wheels)
            session.log(f"present: {', '.join(present) or 'none'}")
            session.run(
                *(str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *("tests/test_subsets.py", *session.posargs),
                external=True,
                env={"FAST_AXOLOTL_EXPECTED": ",".join(present), "PYTHONSAFEPATH": "1"},
            )


@nox.session(venv_backend="none", requires=["build"], tags=ON_WHEELS)
def axolotl(session: nox.Session) -> None:
    """Test the pieces together, with the real Axolotl as the oracle."""
    python = axolotl_environment(session)
    packages = ["axolotl", "accelerate", "datasets", "numba", "torch", "transformers"]
    run_tests(session, python, ["tests"], packages)


@nox.session(venv_backend="none", requires=["build"], tags=ON_WHEELS)
def example(session: nox.Session) -> None:
    """Run the main job: `fast-axolotl preprocess` on the example config, against stock."""
    python = axolotl_environment(session)
    session.run(
        *(str(python), "examples/run.py", *session.posargs),
        external=True,
        env={**OFFLINE, **on_path(python)},
    )


@nox.session(venv_backend="none", requires=["build"], tags=ON_WHEELS)
def bench_smoke(session: nox.Session) -> None:
    """Run every benchmark once on small data, so that none of them rots."""
    benchmark(session, "--smoke", *session.posargs)


@nox.session(venv_backend="none", requires=["build"], default=False)
def bench(session: nox.Session) -> None:
    """Measure everything and rewrite BENCHMARKS.md."""
    benchmark(session, "--output", str(ROOT / "BENCHMARKS.md"), *session.posargs)


@nox.session(requires=["build"], tags=ON_WHEELS)
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
        session.error(f"expected {len(PACKAGES)} sdists, found {[a.name for a in archives]}")
    wheels = [str(wheel_path(package)) for package in PACKAGES]
    session.run("twine", "check", "--strict", *wheels, *map(str, archives))
    # The same target directory as `build`: only our own crates are compiled again.
    session.install(
        *("--no-deps", *reinstalls(), *map(str, archives)),
        env={"CARGO_TARGET_DIR": str(TARGET), **CARGO_ENV},
    )
    for package in PACKAGES:
        session.run("python", "tools/smoke.py", f"packages/{package}")


@nox.session(requires=["build"])
def compat(session: nox.Session) -> None:
    """Check COMPATIBILITY.md against what ran; `-- --write` rewrites it."""
    install_wheels(session)
    session.run(
        *("python", "tools/compat.py", "--report", str(REPORT), "--wheels", wheels_digest()),
        *(session.posargs or ["--check"]),
    )


@nox.session(python=">=3.11", default=False)
def wheels(session: nox.Session) -> None:
    """Build the wheels of one piece for this platform with cibuildwheel: `-- hash`."""
    if len(session.posargs) != 1 or session.posargs[0] not in PIECES:
        session.error(f"name one piece: nox -s wheels -- {'|'.join(PIECES)}")
    session.install(*group("workflows"))
    session.run(*cibuildwheel(session.posargs[0], "--output-dir", str(ROOT / "wheelhouse")))


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group."""
    return list(nox.project.dependency_groups(PROJECT, name))


def names(requirements: list[str]) -> list[str]:
    """Return the distribution names in requirements of the form ``name==version; marker``."""
    return sorted({requirement.split("==")[0] for requirement in requirements})


def cargo(session: nox.Session, *arguments: str, **env: str) -> None:
    """Run cargo with the environment that lets sessions share what it compiled."""
    session.run("cargo", *arguments, external=True, env={**CARGO_ENV, **env})


def cibuildwheel(piece: str, *options: str) -> list[str]:
    """Return the cibuildwheel command for one piece, with the defaults of the root."""
    package = f"packages/fast-axolotl-{piece}"
    return ["cibuildwheel", *options, "--config-file", str(ROOT / "pyproject.toml"), package]


def python_of(session: nox.Session) -> Path:
    """Return the Python of the session's own virtual environment."""
    return Path(session.bin) / ("python.exe" if os.name == "nt" else "python")


def on_path(python: Path) -> dict[str, str]:
    """Return an environment in which the scripts next to a Python come first."""
    return {"PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", "")])}


def test_directories() -> list[str]:
    """Return the packages' test directories, relative to the root."""
    found = (ROOT / "packages").glob("*/tests")
    return [directory.relative_to(ROOT).as_posix() for directory in found]


def inputs_digest(package: str, maturin: list[str]) -> str:
    """Digest all that decides what a wheel contains: sources, locked versions and tools."""
    directory = ROOT / "packages" / package
    roots = [directory]
    digest = hashlib.sha256()
    files = [ROOT / "Cargo.toml"]
    if package != META:
        piece = package.removeprefix("fast-axolotl-")
        roots += [ROOT / "crates" / piece, ROOT / "crates" / "boundary"]
        files.append(ROOT / "Cargo.lock")
        rustc = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True)
        flags = os.environ.get("RUSTFLAGS", "")
        digest.update("\0".join([rustc.stdout, flags, *maturin]).encode())
    for root in roots:
        files += [path for path in root.rglob("*") if path.is_file() and is_source(path, root)]
    for path in sorted(files):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_source(path: Path, root: Path) -> bool:
    """Tell whether a file decides what is in a wheel: tests, caches and build outputs do not."""
    parts = set(path.relative_to(root).parts)
    skipped = {"tests", "benches", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis"}
    outputs = path.suffix in {".so", ".pyd", ".pyc"} or path.name == "_version.py"
    return not skipped & parts and not outputs


def wheel_file() -> Path:
    """Return the file that says which wheels are in dist/ and what they were built from."""
    DIST.mkdir(exist_ok=True)
    return DIST / "wheels.json"


def wheel_records() -> dict[str, dict[str, str]]:
    """Read what is known of the wheels in dist/."""
    path = wheel_file()
    if not path.is_file():
        return {}
    records: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return records


def wheel_path(package: str) -> Path:
    """Return the built wheel of a package."""
    return DIST / wheel_records()[package]["wheel"]


def wheels_digest() -> str:
    """Digest the present wheels, to tell the records of their runs from older ones."""
    return hashlib.sha256(wheel_file().read_bytes()).hexdigest()[:16]


def reinstalls() -> list[str]:
    """Return the options that replace an installed wheel by another one of the same version."""
    return list(itertools.chain(*(("--reinstall-package", package) for package in PACKAGES)))


def install_wheels(session: nox.Session) -> None:
    """Install the five built wheels into the session's environment."""
    session.install(*reinstalls(), *(str(wheel_path(package)) for package in PACKAGES))


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


def axolotl_environment(session: nox.Session, *requirements: str) -> Path:
    """Return the Python of an environment with the real Axolotl and the built wheels.

    Torch and its friends take gigabytes, so the sessions that need them share this environment.
    ``AXOLOTL`` in the environment names another Axolotl than the pinned one (``AXOLOTL=axolotl`` is
    the newest), ``AXOLOTL_PYTHON`` the Python to use.
    """
    wanted = os.environ.get("AXOLOTL", UPSTREAM["axolotl"])
    location = ROOT / ".nox" / ("with-" + wanted.replace("=", "-"))
    python = environment(session, location, axolotl_interpreter())
    upgrade = ["--upgrade-package", "axolotl"] if "AXOLOTL" in os.environ else []
    install(session, python, *upgrade, wanted, *group("pytest"), *requirements)
    install(session, python, "--no-deps", *reinstalls(), *(str(wheel_path(p)) for p in PACKAGES))
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


def run_tests(session: nox.Session, python: Path, paths: list[str], packages: list[str]) -> None:
    """Run pytest and leave a record of the run in report/."""
    name = session.name
    junit = REPORT / f"junit-{name}.xml"
    record = REPORT / f"run-{name}.json"
    # A run that fails must not leave the record of an earlier one that did not.
    record.unlink(missing_ok=True)
    env = {
        "FAST_AXOLOTL_EXPECTED": ",".join(PIECES),
        **OFFLINE,
        # Keeps the root and its sources off sys.path: the wheels are what is tested.
        "PYTHONSAFEPATH": "1",
        **on_path(python),
    }
    session.run(
        *(str(python), "-m", "pytest", f"--junitxml={junit}", *(session.posargs or paths)),
        external=True,
        env=env,
    )
    if session.posargs:
        return  # Some of the tests are no evidence that all of them pass.
    session.run(
        *(str(python), "tools/record_run.py", "--session", name, "--wheels", wheels_digest()),
        *("--junit", str(junit), "--output", str(record), *packages),
        external=True,
    )


def benchmark(session: nox.Session, *arguments: str) -> None:
    """Run the benchmarks; the earlier package and an older pyarrow have their own environments."""
    python = axolotl_environment(session, *group("bench"))
    others = []
    for name in ("earlier", "older"):
        other = environment(session, ROOT / ".nox" / name, python)
        install(session, other, *UPSTREAM[name].split())
        others += [f"--{name}-python", str(other)]
    session.run(
        *(str(python), "bench/run.py", *others, *arguments),
        external=True,
        env={**OFFLINE, **on_path(python)},
    )
