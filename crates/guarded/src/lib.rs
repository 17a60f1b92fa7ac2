//! `#[guarded]`, which stands over every `#[pyfunction]` and `#[pymethods]`.

use proc_macro::TokenStream;
use quote::quote;
use syn::{Block, ImplItem, Item, ReturnType, Signature, Type, parse_macro_input, parse_quote};

/// Runs the body of a function, or of each method of an `impl` block, by
/// `fast_axolotl_boundary::guard::guarded`, where it returns a `PyResult`.
#[proc_macro_attribute]
pub fn guarded(_: TokenStream, item: TokenStream) -> TokenStream {
    let mut item = parse_macro_input!(item as Item);
    match &mut item {
        Item::Fn(function) => guard(&function.sig, &mut function.block),
        Item::Impl(block) => {
            for item in &mut block.items {
                if let ImplItem::Fn(method) = item {
                    guard(&method.sig, &mut method.block);
                }
            }
        }
        _ => {}
    }
    quote!(#item).into()
}

fn guard(signature: &Signature, body: &mut Block) {
    let ReturnType::Type(_, returned) = &signature.output else { return };
    if !is_result(returned) {
        return;
    }
    let name = signature.ident.to_string();
    *body = parse_quote!({
        ::fast_axolotl_boundary::guard::guarded(#name, move || -> #returned #body)
    });
}

fn is_result(returned: &Type) -> bool {
    let Type::Path(path) = returned else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "PyResult")
}
