"""The shim leaves Axolotl's own names alone, and uninstalling restores every object."""

from __future__ import annotations

import subprocess
import sys
import textwrap

NAMES = """
    import importlib.util, pkgutil, sys, json
    import axolotl
    roots = ["axolotl.utils.data", "axolotl.utils.collators", "axolotl.utils.samplers"]
    modules = ["axolotl.utils.trainer", "axolotl.common.datasets", "axolotl.datasets",
               "axolotl.cli.preprocess", "axolotl.cli.train",
               "axolotl.core.trainers.base", *roots]
    if importlib.util.find_spec("axolotl.core.trainers.diffusion_lm"):  # since 0.21
        modules.append("axolotl.core.trainers.diffusion_lm.sampling")
    for root in roots:
        package = importlib.import_module(root)
        modules += [f"{root}.{found.name}" for found in pkgutil.iter_modules(package.__path__)]
    modules = {name: importlib.import_module(name) for name in modules}
"""


def run(code):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def test_every_public_module_has_every_name_it_had():
    show = "\nprint(json.dumps({name: sorted(vars(m)) for name, m in modules.items()}))"
    names = textwrap.dedent(NAMES)
    import json

    stock = json.loads(run(names + show))
    ours = json.loads(run("import fast_axolotl\n" + names + show))
    assert len(stock) > 15
    assert stock.keys() == ours.keys()
    added = {name: set(ours[name]) - set(stock[name]) for name in stock}
    assert {name: lost for name in stock if (lost := set(stock[name]) - set(ours[name]))} == {}
    assert {name: more for name, more in added.items() if more} == {
        "axolotl.utils.data": {
            "fast_deduplicate_indices",
            "fast_parallel_hash_rows",
            "rust_streaming",
            "rust_wrapper",
        },
        "axolotl.utils.collators": {"fast_create_padding_mask", "fast_pad_sequences"},
    }


def test_uninstall_restores_every_object():
    code = textwrap.dedent(NAMES) + textwrap.dedent("""
        def objects():
            return {
                name: dict(vars(module))
                for name, module in sys.modules.items()
                if name.split(".")[0] == "axolotl"
            }

        def same(one, other):
            return one.keys() == other.keys() and all(
                one[m].keys() == other[m].keys()
                and all(one[m][n] is other[m][n] for n in one[m])
                for m in one
            )

        # The (module, name) pairs whose object is another one than before.
        def changed():
            absent, now = object(), objects()
            return {
                (m, n)
                for m in before.keys() | now.keys()
                for n in before.get(m, {}).keys() | now.get(m, {}).keys()
                if before.get(m, {}).get(n, absent) is not now.get(m, {}).get(n, absent)
            }

        before, finders = objects(), list(sys.meta_path)
        import fast_axolotl
        bound = objects()
        first = changed()
        fast_axolotl.uninstall()
        print(same(before, bound), same(before, objects()), finders == sys.meta_path)
        fast_axolotl.install()
        print(("axolotl.utils.data.utils", "_deduplicate_dataset") in first, changed() == first)
        fast_axolotl.uninstall()
        print(same(before, objects()), changed())
    """)
    expected = ["False True True", "True True", "True set()"]
    assert run(code).splitlines()[-3:] == expected
