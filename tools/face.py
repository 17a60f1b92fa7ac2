"""The names that type checkers see in `fast_axolotl`, from the declaration of the pieces."""

from __future__ import annotations

import re

from pieces import META, PIECES, ROOT

FACE = ROOT / "packages" / META / "src" / "fast_axolotl" / "__init__.py"
BLOCK = re.compile(r"(?:    from fast_axolotl_\w+ import \w+ as \w+\n)+")


def render() -> str:
    """Return one import per export, in the order in which ruff sorts imports."""
    imports = [(piece.module, name) for piece in PIECES for name in piece.exports]
    return "".join(
        f"    from {module} import {name} as {name}\n"
        for module, name in sorted(imports, key=lambda pair: (pair[0], pair[1].islower(), pair[1]))
    )


def problems(*, fix: bool = False) -> list[str]:
    """Compare the imports in the face with the exports in the declaration.

    Args:
        fix: Write the imports instead of reporting that they differ.

    Returns:
        A line if they differ and were not written.
    """
    text = FACE.read_text(encoding="utf-8")
    fixed = BLOCK.sub(render(), text, count=1)
    if fixed == text:
        return []
    if fix:
        FACE.write_text(fixed, encoding="utf-8")
        return []
    return [
        f"{FACE.relative_to(ROOT).as_posix()}: the imports for type checkers are not the exports "
        "in pieces.py: python tools/check_tree.py --fix"
    ]
