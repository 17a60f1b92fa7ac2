"""Running code in a fresh interpreter: what an import does shows only there."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest


@pytest.fixture
def fresh():
    """Run code in a new interpreter and return what it prints."""

    def run(code, *, path=(), check=True, **environment):
        env = {name: value for name, value in os.environ.items() if "FAST_AXOLOTL" not in name}
        env["PYTHONPATH"] = os.pathsep.join(map(str, path))
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            env=env | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if check:
            assert done.returncode == 0, done.stderr
            return done.stdout
        return done

    return run


@pytest.fixture
def upstream(tmp_path):
    """A package named `axolotl` with the modules that the shim binds into.

    For the machinery only; what is bound is proven on the real Axolotl in the tests at the root.
    """
    for name in ("axolotl", "axolotl/utils", "axolotl/utils/data", "axolotl/utils/collators"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("upstream = True\n")
    (tmp_path / "axolotl/utils/data/utils.py").write_text(
        "def sha256(text):\n    return text\n\n\ndef _deduplicate_dataset(dataset):\n    return 1\n"
    )
    return tmp_path
