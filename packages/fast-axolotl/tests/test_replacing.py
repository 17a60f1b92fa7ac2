"""Replacing functions and methods wherever they were imported to, and putting all of it back.

On small modules, for the machinery; what is bound is proven on the real Axolotl in the tests at the
root.
"""

from __future__ import annotations

import textwrap

import pytest

SOURCES = {
    "library/__init__.py": "",
    "library/source.py": """
        def count(rows):
            return len(rows)

        class Sampler:
            size = 3

            def batches(self):
                return f"upstream {self.size} {count([1])}"

        class Other(Sampler):
            def batches(self):
                return "other " + super().batches()
    """,
    "library/place.py": "from library.source import count\n",
    "library/patched.py": """
        from library.source import count

        def count(rows):
            return "patched"
    """,
    "library/without.py": "",
    # Two modules that import each other: the place is ready before the function's own module.
    "library/circular.py": """
        def count(rows):
            return len(rows)

        import library.within
    """,
    "library/within.py": "from library.circular import count\n",
    "counting.py": """
        from fast_axolotl.shim.protocol import NotCovered, Outcome

        def run(rows):
            if not rows:
                raise NotCovered("no rows")
            return Outcome(("ours", len(rows)), "counted")
    """,
    "batching.py": """
        from fast_axolotl.shim.protocol import Outcome

        def run(sampler):
            return Outcome(f"ours {sampler.size}", "made")
    """,
    "prepare.py": """
        import sys
        import library.source as known
        import batching, counting
        import fast_axolotl
        from fast_axolotl import shim
        from fast_axolotl.shim.fingerprint import fingerprint
        from fast_axolotl.shim.targets import ImportedName, ReplacedFunction, ReplacedMethod

        fast_axolotl.uninstall()
        sys.modules["fast_axolotl.shim.replacements.counting"] = counting
        sys.modules["fast_axolotl.shim.replacements.batching"] = batching
        counted = {fingerprint(known, ["count"]): "1"}
        batched = {fingerprint(known, ["Sampler.batches", "count", "Sampler"]): "1"}
        assert None not in counted.keys() | batched.keys()
        for name in [name for name in sys.modules if name.startswith("library")]:
            del sys.modules[name]
        shim.TARGETS = (
            ReplacedFunction("hash", "library.source.count", "counting", (), counted),
            ImportedName("hash", "library.place.count", "library.source.count"),
            ImportedName("hash", "library.patched.count", "library.source.count"),
            ImportedName("hash", "library.without.count", "library.source.count"),
            ReplacedMethod(
                "hash", "library.source.Sampler.batches", "batching", ("count", "Sampler"), batched
            ),
            ReplacedFunction("hash", "library.circular.count", "counting", (), counted),
            ImportedName("hash", "library.within.count", "library.circular.count"),
        )

        def state(name):
            (row,) = [t for t in fast_axolotl.status().targets if t.target == f"library.{name}"]
            return f"{row.state} ({row.detail})" if row.detail else row.state

        def objects():
            modules = [sys.modules[name] for name in sys.modules if name.startswith("library")]
            classes = [c for m in modules for c in vars(m).values() if isinstance(c, type)]
            return [dict(vars(holder)) for holder in modules + classes]
    """,
}


@pytest.fixture
def run(fresh, tmp_path):
    """Run lines of code that find these modules; `prepare` gives the shim a table of its own."""
    (tmp_path / "library").mkdir()
    for name, source in SOURCES.items():
        (tmp_path / name).write_text(textwrap.dedent(source))

    def run(*parts):
        code = "\n".join(map(textwrap.dedent, ("from prepare import *", *parts)))
        return fresh(code, path=[tmp_path]).splitlines()

    run.folder = tmp_path
    return run


INSTALL = "fast_axolotl.install()"
IMPORT = "import library.place, library.patched, library.without, library.source as source"


@pytest.mark.parametrize("order", [(INSTALL, IMPORT), (IMPORT, INSTALL)])
def test_every_place_is_bound_whatever_comes_first(run, order):
    show = """
        print(library.place.count is source.count, source.count([1]), library.patched.count([1]))
        print(source.Sampler().batches(), source.Other().batches())
        for name in ("place.count", "patched.count", "without.count", "source.Sampler.batches"):
            print(state(name))
    """
    assert run(*order, show) == [
        "True ('ours', 1) patched",
        "ours 3 other ours 3",
        "bound",
        "left alone (it is not the function of upstream)",
        "left alone (this Axolotl does not have it)",
        "bound (2 fast)",
    ]


@pytest.mark.parametrize("order", [(INSTALL, IMPORT), (IMPORT, INSTALL)])
def test_uninstalling_restores_every_place(run, order):
    show = """
        assert "ours" in str((library.place.count([1]), source.Sampler().batches()))
        bound = objects()
        fast_axolotl.uninstall()
        print(library.place.count is source.count, source.count([1]), source.Sampler().batches())
        before = objects()
        fast_axolotl.install()
        print(objects() == before)
        fast_axolotl.uninstall()
        print(objects() == before, bound == before)
    """
    assert run(*order, show) == ["True 1 upstream 3 1", "False", "True False"]


def test_a_place_that_is_loaded_again_or_later(run):
    lines = """
        import library.source as source
        fast_axolotl.install()
        print(state("place.count"))
        import importlib, library.place
        print(state("place.count"), library.place.count([1, 2]))
        importlib.reload(library.place)
        print(state("place.count"), library.place.count([1, 2]))
        importlib.reload(source)
        print(library.place.count([1, 2]), source.count([1, 2]), source.Sampler().batches())
        fast_axolotl.uninstall()
        print(library.place.count([1, 2]), source.count([1, 2]), source.Sampler().batches())
    """
    assert run(lines) == [
        "waiting (until library.place is imported)",
        "bound ('ours', 2)",
        "bound ('ours', 2)",
        "('ours', 2) ('ours', 2) ours 3",
        "2 2 upstream 3 1",
    ]


@pytest.mark.parametrize("order", [(INSTALL, "import library.circular"), ()])
def test_modules_that_import_each_other(run, order):
    if not order:
        # Installed in the middle of it, when neither is complete.
        path = run.folder / "library/circular.py"
        path.write_text("import fast_axolotl\nfast_axolotl.install()\n" + path.read_text())
        order = ("import library.circular",)
    show = """
        print(state("within.count"), state("circular.count"))
        print(library.within.count([1]), library.within.count is library.circular.count)
        fast_axolotl.uninstall()
        print(library.within.count([1]), library.within.count is library.circular.count)
    """
    assert run(*order, show) == ["bound bound", "('ours', 1) True", "1 True"]


def test_places_of_a_function_that_is_not_known_are_left_alone(run):
    path = run.folder / "library/place.py"
    path.write_text("import library.source as s\ns.count = len\nfrom library.source import count\n")
    lines = """
        import library.place
        fast_axolotl.install()
        print(state("source.count"))
        print(state("place.count"), library.place.count([1]))
        print(state("source.Sampler.batches"))
    """
    assert run(lines) == [
        "left alone (code not proven equal (fingerprint None))",
        "left alone (the function of upstream stays) 1",
        "left alone (code not proven equal (fingerprint None))",
    ]


def test_what_others_put_over_a_place_is_left_alone(run):
    lines = """
        fast_axolotl.install()
        import library.place, library.source as source
        library.place.count = source.Sampler.batches = "theirs"
        fast_axolotl.uninstall()
        print(library.place.count, source.Sampler.batches, source.count([1]))
    """
    assert run(lines) == ["theirs theirs 1"]


def test_a_class_that_does_not_define_the_method_is_left_alone(run):
    path = run.folder / "library/source.py"
    lines = """
        fast_axolotl.install()
        import library.source as source
        print(state("source.Sampler.batches"), "batches" in vars(source.Sampler))
    """
    class_ = "class Base:\n    def batches(self):\n        pass\n\n\n"
    renamed = path.read_text().replace("    def batches", "    def others", 1)
    path.write_text(class_ + renamed.replace("class Sampler:", "class Sampler(Base):"))
    prepare = run.folder / "prepare.py"
    prepare.write_text(prepare.read_text().replace('["Sampler.batches", ', "["))
    assert run(lines) == ["left alone (this Axolotl does not have it) False"]
