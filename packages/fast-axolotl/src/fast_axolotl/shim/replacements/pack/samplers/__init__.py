"""Axolotl's multipack sampler: `axolotl.utils.samplers.multipack`, a module per function.

Upstream looks at the bins one after the other for every sequence, in functions that numba compiles
when they are first called. Here the first bin with room is found in a tree, by `pack_lengths`.
"""
