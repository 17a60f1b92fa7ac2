"""Binding before and after an import, and putting everything back."""

from __future__ import annotations

import textwrap


def test_binds_before_and_after_the_import(fresh, upstream):
    show = """
        data, collators = sys.modules["axolotl.utils.data"], sys.modules["axolotl.utils.collators"]
        assert data.fast_parallel_hash_rows is fast_axolotl.parallel_hash_rows
        assert data.fast_deduplicate_indices is fast_axolotl.deduplicate_indices
        assert collators.fast_pad_sequences is fast_axolotl.pad_sequences
        assert collators.fast_create_padding_mask is fast_axolotl.create_padding_mask
        assert data.rust_streaming is sys.modules["axolotl.utils.data.rust_streaming"]
        assert data.rust_wrapper.should_use_rust_streaming("x", {}, {}) is False
        assert sys.modules["axolotl"].rust_ext.axolotl_ext.streaming_dataset_reader
        print("fine")
    """
    ours, theirs = "import sys, fast_axolotl", "import axolotl.utils.data, axolotl.utils.collators"
    for first, second in ((ours, theirs), (theirs, ours)):
        code = f"{first}\n{second}\n{textwrap.dedent(show)}"
        assert fresh(code, path=[upstream]) == "fine\n"


def test_virtual_modules_without_axolotl(fresh):
    code = """
        import sys, fast_axolotl
        from axolotl.utils.data.rust_streaming import streaming_dataset_reader as one
        from axolotl.utils.data.rust_wrapper import load_dataset_with_rust_streaming as two
        from axolotl.rust_ext.axolotl_ext import streaming_dataset_reader as three
        from axolotl.utils.data.rust_streaming import RUST_EXTENSION_AVAILABLE
        from axolotl.utils.data.rust_streaming import get_rust_extension_status
        from axolotl.utils.data.rust_wrapper import is_rust_streaming_available
        assert one is two is three is fast_axolotl.streaming_dataset_reader
        assert RUST_EXTENSION_AVAILABLE is get_rust_extension_status() is True
        assert is_rust_streaming_available() is True
        print(sorted(name for name in sys.modules if name.startswith("axolotl")))
        fast_axolotl.uninstall()
        print([name for name in sys.modules if name.startswith("axolotl")])
    """
    assert fresh(code).splitlines() == [
        "['axolotl.rust_ext', 'axolotl.rust_ext.axolotl_ext', "
        "'axolotl.utils.data.rust_streaming', 'axolotl.utils.data.rust_wrapper']",
        "[]",
    ]


def test_uninstall_leaves_no_trace(fresh, upstream):
    code = """
        import sys
        import axolotl.utils.data.utils, axolotl.utils.collators
        import fast_axolotl
        fast_axolotl.uninstall()
        def names():
            return {
                name: dict(vars(module))
                for name, module in sys.modules.items() if name.startswith("axolotl")
            }
        before, finders = names(), list(sys.meta_path)
        fast_axolotl.install()
        assert names() != before and sys.meta_path != finders
        fast_axolotl.uninstall()
        assert names() == before and sys.meta_path == finders
        print(axolotl.utils.data.utils.__loader__, axolotl.utils.data.utils.__spec__.loader)
    """
    assert fresh(code, path=[upstream]).count("SourceFileLoader") == 2


def test_a_module_loaded_under_the_hook_keeps_its_own_loader(fresh, upstream):
    code = """
        import fast_axolotl, axolotl.utils.data as data
        import importlib, inspect
        print(type(data.__loader__).__name__, type(data.__spec__.loader).__name__)
        assert inspect.getsource(data) == "upstream = True\\n"
        importlib.reload(data)
        print(data.fast_parallel_hash_rows is fast_axolotl.parallel_hash_rows)
        fast_axolotl.uninstall()
        print(hasattr(data, "fast_parallel_hash_rows"), hasattr(data, "rust_wrapper"))
    """
    assert fresh(code, path=[upstream]).splitlines() == [
        "SourceFileLoader SourceFileLoader",
        "True",
        "False False",
    ]


def test_unknown_code_is_left_alone_and_said_once(fresh, upstream):
    code = """
        import logging
        logging.basicConfig(format="%(message)s")
        import fast_axolotl, axolotl.utils.data.utils as utils
        print(utils._deduplicate_dataset(None))
        (row,) = [t for t in fast_axolotl.status().targets if "._deduplicate_" in t.target]
        print(row.state, "|", row.detail)
    """
    done = fresh(code, path=[upstream], check=False)
    assert done.stdout.startswith("1\nleft alone | code not proven equal (fingerprint ")
    assert done.stderr.count("upstream stays") == 1


def test_a_name_that_upstream_has_is_left_alone(fresh, upstream):
    (upstream / "axolotl/utils/data/__init__.py").write_text("fast_parallel_hash_rows = 1\n")
    code = """
        import fast_axolotl, axolotl.utils.data as data
        print(data.fast_parallel_hash_rows)
        print([t.state for t in fast_axolotl.status().targets if "fast_parallel" in t.target])
        fast_axolotl.uninstall()
        print(data.fast_parallel_hash_rows)
    """
    assert fresh(code, path=[upstream]).splitlines() == ["1", "['left alone']", "1"]


def test_what_others_put_over_it_is_left_alone(fresh, upstream):
    code = """
        import fast_axolotl, axolotl.utils.data as data
        data.fast_parallel_hash_rows = "theirs"
        fast_axolotl.uninstall()
        print(data.fast_parallel_hash_rows)
    """
    assert fresh(code, path=[upstream]) == "theirs\n"


def test_a_failing_hook_does_not_fail_the_import(fresh, upstream):
    code = """
        import logging
        logging.basicConfig(format="%(message)s")
        import fast_axolotl
        from fast_axolotl.shim import bindings
        def broken(*arguments):
            raise OSError("broken on purpose")
        bindings.AddedNameBinding._set = broken
        import axolotl.utils.data
        print({t.state for t in fast_axolotl.status().targets if t.kind == "added name"})
    """
    done = fresh(code, path=[upstream], check=False)
    assert done.returncode == 0
    assert "'failed'" in done.stdout
    assert "broken on purpose" in done.stderr


def test_modules_that_are_not_awaited_are_imported_as_ever(fresh, upstream):
    show = """
        import sys
        import axolotl.utils as utils
        print("fast_axolotl" in sys.modules)
        print(sorted(vars(utils)))
        print(type(utils.__loader__), type(utils.__spec__.loader), utils.__spec__.origin)
    """
    stock = fresh(show, path=[upstream]).splitlines()
    ours = fresh(f"import fast_axolotl\n{textwrap.dedent(show)}", path=[upstream]).splitlines()
    assert (stock.pop(0), ours.pop(0)) == ("False", "True")
    assert "'upstream'" in stock[0]
    assert ours == stock


def test_a_module_in_the_middle_of_its_import_is_bound_afterwards(fresh, upstream):
    (upstream / "axolotl/utils/data/__init__.py").write_text("import fast_axolotl\n")
    code = """
        import axolotl.utils.data as data
        import fast_axolotl
        states = {t.state for t in fast_axolotl.status().targets if "utils.data.fast" in t.target}
        print(states, data.fast_parallel_hash_rows is fast_axolotl.parallel_hash_rows)
    """
    assert fresh(code, path=[upstream]) == "{'bound'} True\n"


def test_a_second_copy_of_the_package_does_not_ask_the_first_for_ever(fresh, upstream):
    code = """
        import sys
        import fast_axolotl
        for name in [name for name in sys.modules if name.split(".")[0] == "fast_axolotl"]:
            del sys.modules[name]
        import fast_axolotl
        import axolotl.utils.data as data
        print(data.fast_parallel_hash_rows is fast_axolotl.parallel_hash_rows)
    """
    assert fresh(code, path=[upstream]) == "True\n"


def test_objects_that_are_no_modules(fresh):
    code = """
        import sys, types
        from unittest.mock import MagicMock
        for name in ("axolotl", "axolotl.utils", "axolotl.utils.data"):
            sys.modules[name] = MagicMock()  # as documentation builders do
        sys.modules["axolotl.utils.collators"] = types.SimpleNamespace()
        import fast_axolotl
        print("imported")
    """
    assert fresh(code) == "imported\n"
