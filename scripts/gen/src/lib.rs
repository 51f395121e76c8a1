//! Generates Rust code for Protocol Buffers and gRPC without protoc.
//!
//! Data flows one way, each step a module, all in memory until the last:
//!
//! | step | module |
//! | --- | --- |
//! | the files of `--proto_path` | [`include`] |
//! | `.proto` files to linked descriptors (protox) | [`parse`] |
//! | what protox lets through and protoc refuses | [`validate`] |
//! | Rust names and paths | [`names`], [`identifier`] |
//! | messages (protobuf-codegen) | [`messages`], over [`imports`]; [`comments`], [`descriptor`] |
//! | services (our grpcio plugin) | [`services`] |
//! | paths to texts: write, check, diff | [`tree`] |
//!
//! The library does what the command `grpcio-gen` does:
//!
//! ```no_run
//! use grpcio_gen::{Options, generate};
//!
//! let options = Options {
//!     proto_path: vec!["protobufs".into()],
//!     inputs: vec!["protobufs".into()],
//!     rust_out: Some("generated".into()),
//!     grpc_rust_out: Some("generated".into()),
//! };
//! let tree = generate(&options)?;
//! tree.write()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![warn(missing_docs)]

pub mod comments;
pub mod descriptor;
pub mod diagnostic;
pub mod identifier;
pub mod imports;
pub mod include;
pub mod messages;
pub mod names;
pub mod parse;
pub mod services;
pub mod tree;
pub mod validate;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::diagnostic::Diagnostic;
use crate::imports::Imports;
use crate::include::{Includes, InputError};
use crate::names::renames::Accessors;
use crate::names::{Declaration, Module, Names};
use crate::parse::{FileSet, ProtoFile};
use crate::tree::{HEADER, Tree};

/// What to generate, from what, and where it will go.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folders that imports are looked for in, in this order; the current
    /// folder when empty.
    pub proto_path: Vec<PathBuf>,
    /// `.proto` files, or folders: every `.proto` file below them.
    pub inputs: Vec<PathBuf>,
    /// The folder for messages and enums; `None` for none of them.
    pub rust_out: Option<PathBuf>,
    /// The folder for services, which may be the same; `None` for none.
    pub grpc_rust_out: Option<PathBuf>,
}

/// Why nothing was generated. Each [`fmt::Display`] of it is complete: file,
/// place, reason and what to do.
#[derive(Debug)]
pub enum Errors {
    /// An input or an include folder is not there, or does not fit.
    Inputs(Vec<InputError>),
    /// The `.proto` files are wrong.
    Protos(Vec<Diagnostic>),
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = match self {
            Errors::Inputs(errors) => errors.iter().map(InputError::to_string).collect(),
            Errors::Protos(errors) => errors.iter().map(Diagnostic::to_string).collect(),
        };
        f.write_str(&texts.join("\n"))
    }
}

impl std::error::Error for Errors {}

/// Reads the inputs and generates their code, in memory.
///
/// Code is generated for the files that the inputs import as well, since it
/// would not compile without theirs; what the protobuf crate brings along
/// (`google/protobuf/…`) is taken from there.
///
/// # Errors
///
/// All that is wrong with the inputs.
pub fn generate(options: &Options) -> Result<Tree, Errors> {
    let includes =
        Includes::new(&options.proto_path).map_err(|error| Errors::Inputs(vec![error]))?;
    let names = input_names(&includes, &options.inputs)?;
    let files = parse::parse(&includes, &names).map_err(Errors::Protos)?;
    let mut wrong = validate::validate(&files);
    if wrong.is_empty() {
        match code(options, &files) {
            Ok(tree) => return Ok(tree),
            Err(errors) => wrong = errors,
        }
    }
    wrong.sort();
    Err(Errors::Protos(wrong))
}

fn input_names(includes: &Includes, inputs: &[PathBuf]) -> Result<Vec<String>, Errors> {
    let mut names = Vec::new();
    let mut wrong = Vec::new();
    for input in inputs {
        match includes.names(input) {
            Ok(found) => names.extend(found),
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() {
        Ok(names)
    } else {
        Err(Errors::Inputs(wrong))
    }
}

/// Generates the code of all files of a set.
fn code(options: &Options, files: &FileSet) -> Result<Tree, Vec<Diagnostic>> {
    let names = Names::new(files, Accessors::Default);
    let imports = Imports::new(files, &names);
    let mut tree = Tree::default();
    let messages = |file: &ProtoFile| {
        names
            .messages(file.name())
            .map(|module| (module, messages::generate(file, module, &names, &imports)))
    };
    let services = |file: &ProtoFile| {
        names
            .services(file.name())
            .map(|module| (module, services::generate(file, module, &names)))
    };
    let mut wrong = Vec::new();
    for (out, generator) in [
        (&options.rust_out, &messages as &Generator<'_>),
        (&options.grpc_rust_out, &services),
    ] {
        let Some(out) = out else { continue };
        tree.own(out);
        let generated: Vec<_> = files
            .files
            .par_iter()
            .filter_map(|file| generator(file).map(|result| (file, result)))
            .collect();
        for (file, (module, code)) in generated {
            match code {
                Ok(code) => insert(&mut tree, out.join(&module.file), code),
                Err(message) => wrong.push(Diagnostic {
                    path: file.path.clone(),
                    place: None,
                    message,
                    help: None,
                }),
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    for (out, modules) in outputs(options, files, &names) {
        for (folder, declarations) in names.declarations(modules.into_iter()) {
            let text = mod_rs(&folder, &declarations);
            insert(&mut tree, out.join(folder).join("mod.rs"), text);
        }
    }
    Ok(tree)
}

type Generator<'a> = dyn Fn(&ProtoFile) -> Option<(&'a Module, Result<String, String>)> + Sync + 'a;

/// The output folders with the modules in them; one, when both kinds of code
/// go to the same.
fn outputs<'a>(
    options: &'a Options,
    files: &FileSet,
    names: &'a Names,
) -> Vec<(&'a Path, Vec<&'a Module>)> {
    let modules = |find: &dyn Fn(&str) -> Option<&'a Module>| -> Vec<&'a Module> {
        files
            .files
            .iter()
            .filter_map(|file| find(file.name()))
            .collect()
    };
    let mut outputs: Vec<(&Path, Vec<&Module>)> = Vec::new();
    if let Some(out) = &options.rust_out {
        outputs.push((out, modules(&|name| names.messages(name))));
    }
    if let Some(out) = &options.grpc_rust_out {
        let services = modules(&|name| names.services(name));
        match outputs.iter_mut().find(|(folder, _)| folder == out) {
            Some((_, modules)) => modules.extend(services),
            None => outputs.push((out, services)),
        }
    }
    outputs
}

/// Adds a file. Names are unique, so that nothing is replaced.
fn insert(tree: &mut Tree, path: PathBuf, text: String) {
    let replaced = tree.insert(path, text);
    debug_assert_eq!(replaced, None);
}

/// The text of a folder's `mod.rs`. It has no inner attributes, so that
/// `include!` takes it too.
fn mod_rs(folder: &Path, declarations: &BTreeSet<Declaration>) -> String {
    let folder = folder.to_string_lossy().replace('\\', "/");
    let place = match folder.as_str() {
        "" => String::new(),
        folder => format!(" in {folder}"),
    };
    let mut text =
        format!("{HEADER} from the .proto files{place}. Do not edit.\n// @generated\n\n");
    for declaration in declarations {
        if let Some(name) = &declaration.folder {
            let path = [folder.as_str(), name].join("/");
            text += &format!("/// The files in `{}`.\n", path.trim_start_matches('/'));
        }
        if let Some(path) = &declaration.path {
            text += &format!("#[path = \"{path}\"]\n");
        }
        text += &format!("pub mod {};\n", declaration.module);
    }
    text
}
