"""`fast-axolotl dedup`: exact deduplication of files, in bounded memory.

The rows are read twice: once to find the duplicates, by the digests of the columns that count, and
once to write those that are kept. Nothing appears at the output before it is complete.
"""
