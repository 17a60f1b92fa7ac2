"""`fast-axolotl dedup`: exact deduplication of files, in bounded memory.

The rows are read twice: once to find the duplicates, by the digests of the columns that count, and
once to write those that are kept. Nothing appears at the output before it is complete.

The command line takes `add_to` and `run` from here; everything else is behind them, each file only
importing those below it:

- `command`: the arguments, the progress bar, the exit status.
- `deduplication`: the two passes over the rows, and the summary.
- `checks`: what can be known to fail before a row is read.
- `inputs`: the files behind the arguments, and their rows.
- `outputs`: the files that rows are written to.
- `workspace`: hidden folders for unfinished files, and moving finished files to their targets.
- `options`: what was asked for, and how progress is shown.
- `errors`: system errors that name their file.
"""

from .command import add_to, run

__all__ = ["add_to", "run"]
