//! The panic hook of this extension module.

use std::panic::{set_hook, take_hook};
use std::sync::Once;

use fast_axolotl_stream::is_catching_panics;

/// Prints nothing of a panic that becomes an exception, which says the same.
///
/// The hook is not the process's: an extension module links a Rust standard library of its own, so
/// it acts on panics of this module alone, and only where a decoder's are caught.
pub fn silence_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if !is_catching_panics() {
                print(panic);
            }
        }));
    });
}
