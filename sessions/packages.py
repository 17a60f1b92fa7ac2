"""Tests of the packages as users install them, from the built wheels."""

from __future__ import annotations

import itertools

import nox

from sessions.environments import environment, install, python_of
from sessions.project import ON_WHEELS, PYTHONS, ROOT, group, names
from sessions.testing import IN_PROCESSES, run_tests, test_directories, test_environment
from sessions.wheels import install_wheels, reinstalls, wheel_path
from tools.pieces import META, NAMES, PACKAGES, PIECES


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
        session.run("mypy", config, "-p", "sessions", env={"MYPYPATH": str(ROOT)})
        # Each package with its compiled submodule, defaults included.
        config = config.replace("--config", "--mypy-config")
        session.run("stubtest", config, *(piece.module for piece in PIECES))
    session.run("python", "tools/stub_docstrings.py")


@nox.session(python=PYTHONS, requires=["build"], tags=ON_WHEELS)
def tests(session: nox.Session) -> None:
    """Test each package on its built wheel, and the examples in all README files."""
    session.install(*group("test"))
    install_wheels(session)
    run_tests(session, python_of(session), test_directories(), names(group("arrays")))
    folders = [ROOT, *(ROOT / "packages" / package for package in PACKAGES)]
    readmes = [str(folder / "README.md") for folder in folders]
    session.run("python", "tools/readme_examples.py", *readmes)


@nox.session(requires=["build"], tags=ON_WHEELS)
def lists(session: nox.Session) -> None:
    """Test packing and padding where lists are read by the stable calls of Python only."""
    session.install(*group("test"))
    install_wheels(session)
    paths = [f"packages/fast-axolotl-{piece}/tests" for piece in ("pack", "pad")]
    session.run(
        *("python", "-m", "pytest", "-q", *(session.posargs or [*IN_PROCESSES, *paths])),
        env={**test_environment(python_of(session)), "FAST_AXOLOTL_LIST_LAYOUT": "0"},
    )


@nox.session(python=["3.13", "3.14t"], requires=["build"], default=False)
def threads(session: nox.Session) -> None:
    """Run each test on four threads at once, also on a Python without the GIL."""
    session.install(*group("test"), *group("threads"))
    if str(session.python).endswith("t"):
        # The wheels in dist/ are for the stable ABI, which such a Python does not have.
        session.install(*(str(ROOT / "packages" / package) for package in PACKAGES))
    else:
        install_wheels(session)
    paths = [f"packages/{piece.distribution}/tests" for piece in PIECES]
    session.run(
        *("python", "-m", "pytest", "-q", "-p", "pytest_run_parallel.plugin"),
        *("--parallel-threads=4", *(session.posargs or paths)),
        env=test_environment(python_of(session)),
    )


@nox.session(requires=["build"], tags=ON_WHEELS)
def subsets(session: nox.Session) -> None:
    """Test the meta-package with each subset of the pieces really installed."""
    for present in subsets_of_pieces():
        python = environment(
            session,
            ROOT / ".nox" / "subsets" / ("-".join(present) or "none"),
            python_of(session),
        )
        wheels = [wheel_path(f"fast-axolotl-{piece}") for piece in present]
        # Without --no-deps the meta-package would draw in the very pieces that must be absent.
        install(session, python, *group("pytest"))
        install(session, python, "--no-deps", *reinstalls(), wheel_path(META), *wheels)
        session.log(f"present: {', '.join(present) or 'none'}")
        session.run(
            *(str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("tests/test_subsets.py", *session.posargs),
            external=True,
            env={"FAST_AXOLOTL_EXPECTED": ",".join(present), "PYTHONSAFEPATH": "1"},
        )


def subsets_of_pieces() -> list[tuple[str, ...]]:
    """Return every subset of the pieces: their names, none of them first, all of them last."""
    sizes = range(len(NAMES) + 1)
    return [subset for size in sizes for subset in itertools.combinations(NAMES, size)]
