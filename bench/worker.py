"""One implementation of one case, timed on request.

Writes a line when it is ready, and answers each line on its standard input: the first with a line
of JSON, the seconds that a call took, the peak of memory, and the facts of the result; the others
with the seconds that one more call took.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import cases
from peak import Peak


def timed(call: cases.Call) -> tuple[float, Any]:
    """Call, and return the seconds and the result."""
    gc.collect()
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def main() -> None:
    """Serve until the standard input ends."""
    name, implementation, folder, scale = sys.argv[1:]
    # What libraries print goes to the standard error; the answers keep their own way out.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    case = cases.load(name)
    call = case.implementations[implementation](Path(folder), float(scale))
    print("ready", file=answers, flush=True)
    sys.stdin.readline()
    gc.collect()
    peak = Peak()
    seconds, result = timed(call)
    first = {
        "seconds": seconds,
        "peak": peak.growth(),
        "facts": case.facts(result),
        "shows": {column: show(result) for column, show in case.shows.items()},
    }
    del result
    print(json.dumps(first), file=answers, flush=True)
    for _ in sys.stdin:
        if isinstance(call, cases.Fresh):
            call.renew()
        seconds, result = timed(call)
        del result
        print(seconds, file=answers, flush=True)


if __name__ == "__main__":
    main()
