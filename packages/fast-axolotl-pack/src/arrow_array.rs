//! `ArrowArray`, what functions return for `output="arrow"`.

fast_axolotl_boundary::arrow_array_class!("fast_axolotl_pack");
