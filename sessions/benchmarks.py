"""The benchmarks: once on small data, so that none of them rots, and in earnest."""

from __future__ import annotations

import nox

from sessions.environments import axolotl_environment, environment, install, on_path
from sessions.project import ON_WHEELS, QUIETLY, ROOT, UPSTREAM, group


@nox.session(venv_backend="none", requires=["build"], tags=ON_WHEELS, default=False)
def bench_smoke(session: nox.Session) -> None:
    """Run a benchmark of each operation once on small data, so that none of them rots."""
    benchmark(session, "--smoke", *session.posargs)


@nox.session(venv_backend="none", requires=["build"], default=False)
def bench(session: nox.Session) -> None:
    """Measure everything and rewrite BENCHMARKS.md."""
    benchmark(session, "--output", str(ROOT / "BENCHMARKS.md"), *session.posargs)


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
        env={**QUIETLY, **on_path(python)},
    )
