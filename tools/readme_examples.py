"""Run the examples in README files, so that what they print is true.

Run as ``python tools/readme_examples.py README.md ...`` by a Python that has the packages. In each
file the fenced blocks are taken in order and share their names, as a reader would type them:
``python`` blocks with ``>>>`` prompts are compared with the output that follows, other ``python``
blocks must run. A block that shows what cannot run here is fenced as ``python no-run``.
"""

from __future__ import annotations

import contextlib
import doctest
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```(?:python|pycon)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


def run_file(path: Path) -> tuple[int, int]:
    """Run every example of one file.

    Args:
        path: A Markdown file.

    Returns:
        How many blocks ran, and how many of them failed.
    """
    text = path.read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__main__"}
    parser = doctest.DocTestParser()
    ran = failed = 0
    for match in FENCE.finditer(text):
        block = match.group(1)
        line = text.count("\n", 0, match.start(1))
        ran += 1
        if ">>> " not in block:
            try:
                # The leading newlines make a traceback name the line of the README.
                exec(compile("\n" * line + block, str(path), "exec"), names)  # noqa: S102
            except Exception as error:  # noqa: BLE001 - whatever it is, the example is wrong
                print(f"{path}:{line + 1}: the example raises {type(error).__name__}: {error}")
                failed += 1
            continue
        test = parser.get_doctest(block, names, path.name, str(path), line)
        # The runner clears the names it was given, and a later block may use them.
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
        result = runner.run(test, clear_globs=False)
        names.update(test.globs)
        failed += bool(result.failed)
    return ran, failed


def main() -> int:
    """Run the examples of the files named on the command line.

    Returns:
        The exit status: 0 if every example is true.
    """
    paths = [Path(argument).resolve() for argument in sys.argv[1:]]
    total = 0
    # Examples that write files do so where nobody looks.
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        stack.callback(os.chdir, Path.cwd())
        os.chdir(scratch)
        for path in paths:
            ran, failed = run_file(path)
            total += failed
            print(f"{path.parent.name}/{path.name}: {ran} examples, {failed} failed")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
