"""Every name of Axolotl that fast-axolotl touches: the one table.

Binding, `status()` and COMPATIBILITY.md are made from it.
"""

from __future__ import annotations

from typing import NamedTuple


class VirtualModule(NamedTuple):
    """A module that upstream does not have, put into `sys.modules`."""

    piece: str
    name: str
    names: tuple[str, ...]
    """What it holds; `shim.virtual` knows where each comes from."""

    @property
    def kind(self) -> str:
        """What sort of target this is."""
        return "virtual module"


class AddedName(NamedTuple):
    """A name that an upstream module does not have, added to it."""

    piece: str
    name: str
    export: str
    """What the piece calls it."""

    @property
    def kind(self) -> str:
        """What sort of target this is."""
        return "added name"


class ReplacedFunction(NamedTuple):
    """An upstream function replaced by a faster equal."""

    piece: str
    name: str
    replacement: str
    """The module of `fast_axolotl.shim.replacements` that holds the replacement."""
    depends_on: tuple[str, ...]
    """Other functions and classes in its module whose meaning the replacement relies on."""
    proven: dict[str, str]
    """Fingerprints of the upstream code, with the Axolotl versions that have it."""

    @property
    def kind(self) -> str:
        """What sort of target this is."""
        return "replaced function"


class ReplacedMethod(ReplacedFunction):
    """A method of an upstream class replaced by a faster equal; `self` is the first argument.

    Its name is that of module, class and method.
    """

    __slots__ = ()

    @property
    def kind(self) -> str:
        """What sort of target this is."""
        return "replaced method"


class ImportedName(NamedTuple):
    """A name under which another upstream module has imported a replaced function."""

    piece: str
    name: str
    function: str
    """The replaced function, which stands before this in the table."""

    @property
    def kind(self) -> str:
        """What sort of target this is."""
        return "imported name"


class RecognizedFunction(NamedTuple):
    """An upstream function that stays as it is and is recognized where it is passed on.

    Where upstream's code passes it to `Dataset.filter` or `Dataset.map`, what it does to each row
    is done to whole columns instead.
    """

    piece: str
    name: str
    """Inside another function, it is named as in `outer.<locals>.inner`."""
    step: str
    """What does it to columns: a name in `replacements.pack.steps`."""
    proven: dict[str, str]
    """Fingerprints of the upstream code, with the Axolotl versions that have it."""

    @property
    def kind(self) -> str:
        """What sort of target this is."""
        return "recognized function"


Target = VirtualModule | AddedName | ReplacedFunction | ImportedName | RecognizedFunction


def parent_module(target: Target) -> str:
    """The module that a target is in, or that what it is imported from is in."""
    name = target.function if isinstance(target, ImportedName) else target.name
    name, _, _ = name.partition(".<locals>")
    parent, _, _ = name.rpartition(".")
    return parent.rpartition(".")[0] if isinstance(target, ReplacedMethod) else parent


_SAMPLERS = "axolotl.utils.samplers"
_MULTIPACK = f"{_SAMPLERS}.multipack"
_FIXED = "LabelBalancedRandomSampler"
_COSTS = (f"{_FIXED}._batch_cost", f"{_FIXED}._padded_length")

TARGETS: tuple[Target, ...] = (
    VirtualModule("stream", "axolotl.rust_ext", ("axolotl_ext",)),
    VirtualModule("stream", "axolotl.rust_ext.axolotl_ext", ("streaming_dataset_reader",)),
    VirtualModule(
        "stream",
        "axolotl.utils.data.rust_streaming",
        (
            "RUST_EXTENSION_AVAILABLE",
            "RustStreamingDataset",
            "create_rust_streaming_dataset",
            "get_rust_extension_status",
            "streaming_dataset_reader",
        ),
    ),
    VirtualModule(
        "stream",
        "axolotl.utils.data.rust_wrapper",
        (
            "RustStreamingDataset",
            "create_rust_streaming_dataset",
            "is_rust_streaming_available",
            "load_dataset_with_rust_streaming",
            "should_use_rust_streaming",
        ),
    ),
    AddedName("hash", "axolotl.utils.data.fast_parallel_hash_rows", "parallel_hash_rows"),
    AddedName("hash", "axolotl.utils.data.fast_deduplicate_indices", "deduplicate_indices"),
    AddedName("pad", "axolotl.utils.collators.fast_pad_sequences", "pad_sequences"),
    AddedName("pad", "axolotl.utils.collators.fast_create_padding_mask", "create_padding_mask"),
    ReplacedFunction(
        "hash",
        "axolotl.utils.data.utils._deduplicate_dataset",
        "hash.deduplicate",
        depends_on=("sha256",),
        proven={"c4307a06ca31dd5e": "0.12.0 to 0.21.0"},
    ),
    ReplacedFunction(
        "pack",
        f"{_MULTIPACK}.ffd_check",
        "pack.samplers.ffd_check",
        depends_on=(),
        proven={"bb29b788d393d8dd": "0.12.0 to 0.21.0"},
    ),
    ReplacedFunction(
        "pack",
        f"{_MULTIPACK}.pack_group",
        "pack.samplers.pack_group",
        depends_on=(),
        proven={"2400bbf8e922fdc1": "0.12.0 to 0.21.0"},
    ),
    ReplacedFunction(
        "pack",
        f"{_MULTIPACK}.pack_parallel",
        "pack.samplers.pack_parallel",
        depends_on=("pack_group", "_process_group"),
        proven={"c11a63893b8a6508": "0.12.0 to 0.21.0"},
    ),
    ReplacedFunction(
        "pack",
        f"{_MULTIPACK}.allocate_sequentially",
        "pack.samplers.allocate_sequentially",
        depends_on=(),
        proven={"872f75925757c42a": "0.12.0 to 0.21.0"},
    ),
    ReplacedMethod(
        "pack",
        f"{_MULTIPACK}.MultipackBatchSampler.generate_batches",
        "pack.samplers.generate_batches",
        depends_on=("pack_parallel", "pack_group", "_process_group", "allocate_sequentially"),
        proven={
            "0803bdd419f39b5c": "0.12.0 to 0.12.2",
            "8f2c0db36b2cb381": "0.13.1 to 0.18.0",
            "0cac33a196d414f6": "0.19.0 to 0.20.0",
            "612d2aeb0d58a6b6": "0.21.0",
        },
    ),
    # Label balancing, which Axolotl has from 0.21.0 on.
    ReplacedFunction(
        "pack",
        f"{_SAMPLERS}.label_balance.balance_labels",
        "pack.samplers.balance_labels",
        depends_on=(
            "_bin_labels",
            "_batch_labels",
            "_padded_slots",
            "_regroup",
            "_swap",
            "_repack",
        ),
        proven={"1fdb89d6d863830c": "0.21.0"},
    ),
    ImportedName(
        "pack",
        f"{_MULTIPACK}.balance_labels",
        f"{_SAMPLERS}.label_balance.balance_labels",
    ),
    ReplacedFunction(
        "pack",
        f"{_SAMPLERS}.microbatch_balance.balance_microbatches",
        "pack.samplers.balance_microbatches",
        depends_on=(),
        proven={"7e3f584f450160c6": "0.21.0"},
    ),
    ReplacedFunction(
        "pack",
        f"{_SAMPLERS}.rank_balance.order_batches_by_rank",
        "pack.samplers.order_batches_by_rank",
        depends_on=(),
        proven={"e65481a77226e221": "0.21.0"},
    ),
    *(
        ImportedName("pack", f"{_SAMPLERS}.{place}.{name}", f"{_SAMPLERS}.{module}.{name}")
        for module, name in (
            ("microbatch_balance", "balance_microbatches"),
            ("rank_balance", "order_batches_by_rank"),
        )
        for place in ("multipack", "label_balanced")
    ),
    ReplacedMethod(
        "pack",
        f"{_MULTIPACK}.MultipackBatchSampler._get_label_metrics",
        "pack.samplers.label_metrics",
        depends_on=(),
        proven={"80537ca3d698d1f1": "0.21.0"},
    ),
    *(
        ReplacedMethod(
            "pack",
            f"{_SAMPLERS}.label_balanced.{_FIXED}.{name}",
            f"pack.samplers.{replacement}",
            depends_on=depends_on,
            proven={fingerprint: "0.21.0"},
        )
        for name, replacement, depends_on, fingerprint in (
            ("_metrics", "fixed_metrics", _COSTS, "e47f1a36dca718d1"),
            ("_balance_padded_window", "balance_padded_window", _COSTS, "c17e21e65b64c837"),
            ("_balance_flattened_window", "balance_flattened_window", (), "0aafeb5fd74160fd"),
        )
    ),
    ReplacedFunction(
        "pack",
        f"{_SAMPLERS}.utils.get_dataset_label_counts",
        "pack.label_counts",
        depends_on=(),
        proven={"c80a5d5cb2d33a32": "0.21.0"},
    ),
    *(
        ImportedName("pack", place, f"{_SAMPLERS}.utils.get_dataset_label_counts")
        for place in (
            "axolotl.utils.data.streaming.get_dataset_label_counts",
            "axolotl.core.trainers.base.get_dataset_label_counts",
        )
    ),
    ReplacedFunction(
        "pack",
        "axolotl.utils.data.streaming.encode_streaming",
        "pack.encode_streaming",
        depends_on=(),
        proven={"ef875e7f03ab92c3": "0.13.1 to 0.21.0"},
    ),
    ImportedName(
        "pack",
        "axolotl.utils.data.encode_streaming",
        "axolotl.utils.data.streaming.encode_streaming",
    ),
    ReplacedFunction(
        "pack",
        "axolotl.utils.samplers.utils.get_dataset_lengths",
        "pack.lengths",
        depends_on=(),
        proven={"0eaf9581d33db11b": "0.12.0 to 0.21.0"},
    ),
    *(
        ImportedName("pack", place, "axolotl.utils.samplers.utils.get_dataset_lengths")
        for place in (
            "axolotl.utils.samplers.get_dataset_lengths",
            "axolotl.utils.trainer.get_dataset_lengths",
            "axolotl.utils.data.utils.get_dataset_lengths",
            "axolotl.utils.data.streaming.get_dataset_lengths",
            "axolotl.core.trainers.base.get_dataset_lengths",
            "axolotl.core.trainers.diffusion_lm.sampling.get_dataset_lengths",
        )
    ),
    # These stay upstream's own code. What they do to the rows is done by the functions recognized
    # at the end of the table.
    ReplacedFunction(
        "pack",
        "axolotl.utils.data.utils.handle_long_seq_in_dataset",
        "pack.preparing",
        depends_on=(),
        proven={
            "90932912f1a0af2b": "0.12.2",
            "61ad6fd4a86e3565": "0.13.1 to 0.14.0",
            "0267b54ef269c3ad": "0.15.0 to 0.21.0",
        },
    ),
    ImportedName(
        "pack",
        "axolotl.utils.data.sft.handle_long_seq_in_dataset",
        "axolotl.utils.data.utils.handle_long_seq_in_dataset",
    ),
    ReplacedFunction(
        "pack",
        "axolotl.utils.trainer.process_datasets_for_packing",
        "pack.preparing",
        depends_on=(),
        proven={
            "1a45289b6ddc47f3": "0.12.0 to 0.12.2",
            "56bec45f6cf56532": "0.13.1 to 0.18.0",
            "4fe8826848315514": "0.19.0",
            "1919c3716baf109b": "0.20.0",
            "9845acaddc1dd22f": "0.21.0",
        },
    ),
    ImportedName(
        "pack",
        "axolotl.utils.data.sft.process_datasets_for_packing",
        "axolotl.utils.trainer.process_datasets_for_packing",
    ),
    ReplacedFunction(
        "pack",
        "axolotl.utils.trainer.process_pretraining_datasets_for_packing",
        "pack.preparing",
        depends_on=(),
        proven={
            "bab083aef8afcb60": "0.12.0 to 0.14.0",
            "237b2428f814159a": "0.15.0 to 0.21.0",
        },
    ),
    ImportedName(
        "pack",
        "axolotl.utils.data.streaming.process_pretraining_datasets_for_packing",
        "axolotl.utils.trainer.process_pretraining_datasets_for_packing",
    ),
    RecognizedFunction(
        "pack",
        "axolotl.utils.trainer.drop_long_seq",
        "KEEP_RANGE",
        proven={"303d55157b18a86c": "0.12.0 to 0.12.2", "d054cc1889f860f5": "0.13.1 to 0.14.0"},
    ),
    RecognizedFunction(
        "pack",
        "axolotl.utils.trainer.filter_sequences_by_length",
        "KEEP_RANGE",
        proven={"d43c974c46719371": "0.15.0 to 0.21.0"},
    ),
    RecognizedFunction(
        "pack",
        "axolotl.utils.data.utils.keep_min_len",
        "KEEP_LONG_ENOUGH",
        proven={"e68bc282320d2fa6": "0.15.0 to 0.21.0"},
    ),
    RecognizedFunction(
        "pack",
        "axolotl.utils.data.utils.truncate_long_seq",
        "KEEP_LONG_ENOUGH_ONCE_TRUNCATED",
        proven={"f4bbfd94af89195d": "0.12.2 to 0.14.0"},
    ),
    RecognizedFunction(
        "pack",
        "axolotl.utils.data.utils.truncate_long_seq",
        "TRUNCATE",
        proven={"7e6b434ffc82510e": "0.15.0 to 0.21.0"},
    ),
    RecognizedFunction(
        "pack",
        "axolotl.utils.trainer.process_datasets_for_packing.<locals>.drop_no_trainable_tokens",
        "KEEP_ALL",
        proven={"316bb0d33f23dadd": "0.12.0 to 0.18.0"},
    ),
    RecognizedFunction(
        "pack",
        "axolotl.utils.trainer.process_datasets_for_packing.<locals>.drop_no_trainable_tokens",
        "KEEP_TRAINED",
        proven={"161bbba81e7ab3d6": "0.19.0 to 0.21.0"},
    ),
    RecognizedFunction(
        "pack",
        "axolotl.utils.trainer.add_position_ids",
        "ADD_POSITIONS",
        proven={"7e0cc6dd3cc29aba": "0.12.0 to 0.21.0"},
    ),
    RecognizedFunction(
        "pack",
        "axolotl.utils.trainer.add_length",
        "ADD_LENGTHS",
        proven={"1a50d3d0491dc6d7": "0.12.0 to 0.21.0"},
    ),
)
