"""Absent is quiet, broken is loud."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("__version__ = '0.0.1'", "fast-axolotl-pad 0.0.1 is beside fast-axolotl"),
        ("", "fast-axolotl-pad unknown is beside fast-axolotl"),
        ("import fast_axolotl_pad._gone", "No module named 'fast_axolotl_pad._gone'"),
        ("raise ImportError('wrong glibc')", "wrong glibc"),
    ],
)
def test_a_broken_piece_is_loud(fresh, tmp_path, source, complaint):
    (tmp_path / "fast_axolotl_pad").mkdir()
    (tmp_path / "fast_axolotl_pad/__init__.py").write_text(source)
    done = fresh("import fast_axolotl", path=[tmp_path], check=False)
    assert done.returncode != 0
    assert "ImportError" in done.stderr or "ModuleNotFoundError" in done.stderr
    assert complaint in done.stderr
