//! A random order that is the same on every machine.

/// The numbers from 0 up to `len`, in an order that `seed` decides.
///
/// Fisher and Yates's shuffle with SplitMix64 (Steele, Lea and Flood 2014) and a multiplication in
/// the place of a division (Lemire 2019, without the rejection: for less than 2^32 numbers the bias
/// is below one in 2^32). Written out here because the order is part of the promise, and libraries
/// change theirs.
pub fn permutation(len: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    let mut state = seed;
    for last in (1..len).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let below = u128::from(mixed) * (last as u128 + 1);
        order.swap(last, (below >> 64) as usize);
    }
    order
}
