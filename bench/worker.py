"""One implementation of one case, timed on request.

Says `ready DIGEST` once its result is known, then answers each line on its standard input with the
seconds that one call took.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import time
from pathlib import Path

import cases


def main() -> None:
    """Serve until the standard input ends."""
    case, name, folder, scale = sys.argv[1:]
    # What libraries print goes to the standard error; the answers keep their own way out.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    call = cases.load(case).IMPLEMENTATIONS[name](Path(folder), float(scale))
    digest = hashlib.sha256(repr(call()).encode()).hexdigest()
    print("ready", digest, file=answers, flush=True)
    for _ in sys.stdin:
        gc.collect()
        start = time.perf_counter()
        result = call()
        seconds = time.perf_counter() - start
        del result
        print(seconds, file=answers, flush=True)


if __name__ == "__main__":
    main()
