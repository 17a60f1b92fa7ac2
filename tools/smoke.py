"""Import one installed package and check that it is whole.

Run as ``python tools/smoke.py packages/fast-axolotl-hash`` by whatever Python has the package
installed. Only the standard library is used: this is the test of a wheel on its own.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from pathlib import Path


def main() -> int:
    """Import the package whose directory is the first argument.

    Returns:
        The exit status: 0 if the module imports and has every name and the version it declares.
    """
    distribution = Path(sys.argv[1]).resolve().name
    module = importlib.import_module(distribution.replace("-", "_"))

    missing = [name for name in module.__all__ if not hasattr(module, name)]
    if missing:
        print(f"{distribution}: __all__ lists names that do not exist: {', '.join(missing)}")
        return 1
    installed = importlib.metadata.version(distribution)
    if module.__version__ != installed:
        print(f"{distribution}: the module says {module.__version__}, the wheel {installed}")
        return 1
    print(f"{distribution} {installed} from {module.__file__}: {len(module.__all__)} names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
