//! What generated code defines.

use std::collections::HashSet;

use syn::{ImplItem, Item, TraitItem};

/// Names that a module's items define twice, which rustc would refuse.
pub fn defined_twice(items: &[Item]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut twice = Vec::new();
    let mut nested = Vec::new();
    let mut define = |space: String, name: String| {
        if !seen.insert((space.clone(), name.clone())) {
            twice.push(format!("{name} in {space}"));
        }
    };
    for item in items {
        match item {
            Item::Mod(module) => {
                define("types".to_owned(), module.ident.to_string());
                if let Some((_, items)) = &module.content {
                    nested.extend(defined_twice(items));
                }
            }
            Item::Trait(item_trait) => {
                define("types".to_owned(), item_trait.ident.to_string());
                for item in &item_trait.items {
                    if let TraitItem::Fn(function) = item {
                        let space = format!("trait {}", item_trait.ident);
                        define(space, function.sig.ident.to_string());
                    }
                }
            }
            Item::Struct(item) => {
                define("types".to_owned(), item.ident.to_string());
                for field in item.fields.iter().filter_map(|field| field.ident.as_ref()) {
                    define(format!("struct {}", item.ident), field.to_string());
                }
            }
            Item::Enum(item) => {
                define("types".to_owned(), item.ident.to_string());
                for variant in &item.variants {
                    define(format!("enum {}", item.ident), variant.ident.to_string());
                }
            }
            Item::Impl(item) if item.trait_.is_none() => {
                for function in &item.items {
                    if let ImplItem::Fn(function) = function {
                        define(
                            format!("impl {:?}", item.self_ty),
                            function.sig.ident.to_string(),
                        );
                    }
                }
            }
            Item::Fn(function) => define("values".to_owned(), function.sig.ident.to_string()),
            Item::Const(item) => define("values".to_owned(), item.ident.to_string()),
            Item::Static(item) => define("values".to_owned(), item.ident.to_string()),
            _ => {}
        }
    }
    twice.extend(nested);
    twice
}
