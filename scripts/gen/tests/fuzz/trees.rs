//! Several files that import each other.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::texts::{Edit, Elements, edit, edited, elements, words};

/// Files with their names and texts, and those of them that are asked for.
#[derive(Debug, Clone)]
pub struct Tree {
    pub files: Vec<(&'static str, String)>,
    pub inputs: Vec<&'static str>,
}

const NAMES: [&str; 4] = ["a.proto", "b/a.proto", "b/c.proto", "a-b.proto"];

const PACKAGES: [&str; 2] = ["fuzz", "fuzz.other"];

/// What a file imports.
#[derive(Debug, Clone)]
enum Import {
    /// One of the files before it.
    Earlier(Index),
    /// Itself, or any other, so that there may be a cycle.
    Any(Index),
    Missing,
}

/// A file before it is known which others there are.
#[derive(Debug, Clone)]
struct Draft {
    package: &'static str,
    elements: Elements,
    imports: Vec<(Import, &'static str)>,
}

/// Two to four files of two packages, which use what they import; in some
/// cases, one has edits.
pub fn tree() -> impl Strategy<Value = Tree> {
    let import = prop_oneof![
        16 => any::<Index>().prop_map(Import::Earlier),
        2 => any::<Index>().prop_map(Import::Any),
        1 => Just(Import::Missing),
    ];
    let kind = select(vec!["", "", "public ", "public ", "weak "]);
    let draft = (
        select(&PACKAGES[..]),
        elements(),
        prop::collection::vec((import, kind), 0..3),
    )
        .prop_map(|(package, elements, imports)| Draft {
            package,
            elements,
            imports,
        });
    let edits = prop_oneof![
        3 => Just(Vec::new()),
        1 => prop::collection::vec(edit(), 1..3),
    ];
    (
        prop::collection::vec(draft, 2..=NAMES.len()),
        any::<Index>(),
        any::<Index>(),
        edits,
    )
        .prop_map(|(drafts, first_input, edited, edits)| {
            written(&drafts, first_input, edited, edits)
        })
}

fn written(drafts: &[Draft], first_input: Index, changed: Index, edits: Vec<Edit>) -> Tree {
    let count = drafts.len();
    let texts = (0..count).map(|at| text(drafts, at));
    let mut files: Vec<_> = NAMES.into_iter().zip(texts).collect();
    let (_, text) = &mut files[changed.index(count)];
    *text = edited(words(text), edits);
    Tree {
        inputs: NAMES[first_input.index(count)..count].to_vec(),
        files,
    }
}

fn text(drafts: &[Draft], at: usize) -> String {
    let Draft {
        package,
        elements,
        imports,
    } = &drafts[at];
    let syntax = elements.syntax;
    let mut text = format!("syntax = \"{syntax}\";\npackage {package};\n");
    // Imports of imports are among what it uses, which public ones allow.
    let mut used = Vec::new();
    for (import, kind) in imports {
        let imported = match import {
            Import::Earlier(_) if at == 0 => continue,
            Import::Earlier(file) => Some(file.index(at)),
            Import::Any(file) => Some(file.index(drafts.len())),
            Import::Missing => None,
        };
        let name = imported.map_or("missing.proto", |file| NAMES[file]);
        text += &format!("import {kind}\"{name}\";\n");
        used.extend(imported);
        if let Some((Import::Earlier(further), "public ")) =
            imported.and_then(|file| drafts[file].imports.first())
            && let Some(file) = imported.filter(|file| *file > 0)
        {
            used.push(further.index(file));
        }
    }
    text += &elements.text;
    let label = if syntax == "proto2" { "optional " } else { "" };
    text += &format!("message Uses{at} {{\n");
    let types: Vec<String> = used
        .iter()
        .map(|file| {
            format!(
                ".{}.{}",
                drafts[*file].package, drafts[*file].elements.message
            )
        })
        .collect();
    for (number, name) in types.iter().enumerate() {
        text += &format!("{label}{name} used_{number} = {};\n", number + 1);
    }
    text += &format!("}}\nservice Calls{at} {{\n");
    for (number, name) in types.iter().enumerate() {
        text += &format!("rpc Call{number}({name}) returns ({name});\n");
    }
    text += "}\n";
    text
}
