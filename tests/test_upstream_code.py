"""A changed Axolotl: the guard refuses what nobody has proven, and the report shows the change."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import axolotl
import pytest

SOURCE = Path(axolotl.__file__).parent
VERSION = importlib.metadata.version("axolotl")
TOOL = Path(__file__).parent.parent / "tools" / "upstream.py"

# A file, and one line of it before and after.
CHANGES = {
    "a constant of what a function relies on": (
        "utils/data/utils.py",
        "return hashlib.sha256(to_hash.encode(encoding)).hexdigest()",
        "return hashlib.sha256(to_hash.encode(encoding)).hexdigest()[:8]",
        "axolotl.utils.data.utils._deduplicate_dataset",
    ),
    "a method": (
        "utils/samplers/multipack.py",
        "self.total_tokens_used += total_used",
        "self.total_tokens_used += total_used + 1",
        "axolotl.utils.samplers.multipack.MultipackBatchSampler.generate_batches",
    ),
}
SHOW = """
import sys
sys.path.insert(0, {root!r})
import fast_axolotl
import {module}
(target,) = [t for t in fast_axolotl.status().targets if t.target == {target!r}]
print(target.state, target.detail)
"""


def archive(folder, version, source):
    """Put the modules of a package into a wheel's form."""
    path = folder / f"axolotl-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as files:
        for file in source.rglob("*.py"):
            files.write(file, Path("axolotl", file.relative_to(source)).as_posix())
    return path


def report(*archives):
    # The tool imports the module beside it, which the tests of wheels forbid themselves.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(
        [sys.executable, str(TOOL), *map(str, archives)],
        capture_output=True,
        text=True,
        check=False,
        env=environment | {"FAST_AXOLOTL": "0"},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def proven(tmp_path_factory):
    return archive(tmp_path_factory.mktemp("proven"), VERSION, SOURCE)


@pytest.fixture
def changed(tmp_path, request):
    """A copy of Axolotl with one line changed."""
    file, before, after, target = CHANGES[request.param]
    package = tmp_path / "axolotl"
    shutil.copytree(SOURCE, package)
    text = (package / file).read_text(encoding="utf-8")
    assert text.count(before) == 1
    (package / file).write_text(text.replace(before, after), encoding="utf-8")
    return package, before, after, target


def test_the_tested_release_is_known(proven):
    status, text = report(proven, proven)
    assert (status, "Everything is known." in text) == (0, True), text
    assert "UNKNOWN" not in text


@pytest.mark.parametrize("changed", CHANGES, indirect=True)
def test_a_change_is_refused_and_shown(proven, changed, tmp_path):
    package, before, after, target = changed
    status, text = report(proven, archive(tmp_path, "9.9.9", package))
    assert status == 1
    assert f"{target}: UNKNOWN CODE" in text
    lines = [line.strip() for line in text.splitlines()]
    assert any(line.startswith("-") and before in line for line in lines)
    assert any(line.startswith("+") and after in line for line in lines)

    module = target.rpartition(".")[0].removesuffix(".MultipackBatchSampler")
    code = SHOW.format(root=str(tmp_path), module=module, target=target)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.splitlines()[-1].startswith("left alone code not proven equal")


def test_a_new_place_and_a_lost_function_are_shown(proven, tmp_path):
    package = tmp_path / "axolotl"
    shutil.copytree(SOURCE, package)
    (package / "new.py").write_text("from .utils.samplers import get_dataset_lengths as lengths\n")
    (package / "utils" / "data" / "streaming.py").unlink()
    status, text = report(proven, archive(tmp_path, "9.9.9", package))
    assert status == 1
    origin = "axolotl.utils.samplers.utils.get_dataset_lengths"
    assert f"axolotl.new.lengths: NEW PLACE, imports {origin}" in text
    assert "axolotl.utils.data.streaming.encode_streaming: GONE" in text


def test_what_is_no_archive_of_axolotl_is_an_error(tmp_path):
    path = tmp_path / "other-1.0-py3-none-any.whl"
    path.touch()
    status, text = report(path, path)
    assert status == 2
    assert "is neither a wheel nor a source distribution of Axolotl" in text
    assert "Traceback" not in text
