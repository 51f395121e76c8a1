//! Generates Rust code for Protocol Buffers and gRPC without protoc.
//!
//! Data flows one way, each step a module, all in memory until the last:
//!
//! | step | module |
//! | --- | --- |
//! | the files of `--proto_path` | [`mod@include`] |
//! | `.proto` files to linked descriptors (protox) | [`parse`] |
//! | what protoc accepts and protox does not | `leniency` |
//! | what protox lets through and protoc refuses | [`validate`] |
//! | a `FileDescriptorSet`, if asked for | [`descriptor_set`] |
//! | Rust names and paths | [`names`], [`identifier`]; [`schema`] holds them and the files |
//! | messages (protobuf-codegen) | [`messages`], over [`imports`]; [`comments`], [`descriptor`], [`rust_options`] |
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
//!     ..Options::default()
//! };
//! let tree = generate(&options)?;
//! tree.write()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![warn(missing_docs)]

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod comments;
mod custom_options;
pub mod descriptor;
pub mod descriptor_set;
pub mod diagnostic;
mod float_text;
pub mod identifier;
pub mod imports;
pub mod include;
mod leniency;
pub mod messages;
pub mod names;
pub mod parse;
pub mod rust_options;
pub mod schema;
pub mod services;
mod source_info;
mod tokens;
pub mod tree;
pub mod validate;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::include::{Includes, InputError};
use crate::names::{Declaration, Module, Names, provided};
use crate::parse::FileSet;
use crate::rust_options::RustOptions;
use crate::schema::Schema;
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
    /// How messages are written.
    pub rust_options: RustOptions,
}

/// Why nothing was generated. Each [`fmt::Display`] of it is complete: file,
/// place, reason and what to do.
pub enum Errors {
    /// An input or an include folder is not there, or does not fit.
    Inputs(Vec<InputError>),
    /// The `.proto` files are wrong.
    Protos(Vec<Diagnostic>),
}

/// As [`Display`](fmt::Display): a `main` that returns the errors, as that of a
/// build script does, prints them so.
impl fmt::Debug for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
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
    read(options).map(|files| generate_from(options, files))
}

/// Reads and judges the inputs and what they import, without generating code.
///
/// # Errors
///
/// All that is wrong with the inputs.
pub fn read(options: &Options) -> Result<FileSet, Errors> {
    let includes =
        Includes::new(&options.proto_path).map_err(|error| Errors::Inputs(vec![error]))?;
    let names = input_names(&includes, &options.inputs)?;
    let (files, mut wrong) = parse::parse(&includes, &names);
    wrong.extend(validate::validate(&files));
    if wrong.is_empty() {
        return Ok(files);
    }
    wrong.sort();
    wrong.dedup();
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

/// Generates the code of files that [`read`] gave for the same options.
pub fn generate_from(options: &Options, files: FileSet) -> Tree {
    let names = Names::new(&files, options.rust_options.accessors());
    let schema = Schema::new(files, names, options.rust_options.clone());
    let schema = Arc::new(schema);
    let names = &schema.names;
    let messages_out = options.rust_out.as_deref();
    // One folder that is spelled in two ways is one folder.
    let services_out = options
        .grpc_rust_out
        .as_deref()
        .map(|out| match messages_out {
            Some(same) if tree::is_same_folder(same, out) => same,
            _ => out,
        });
    let mut outputs: Vec<(&Path, Kind)> = Vec::new();
    outputs.extend(messages_out.map(|out| (out, Kind::Messages)));
    outputs.extend(services_out.map(|out| (out, Kind::Services)));
    let mut tree = Tree::default();
    let mut modules: BTreeMap<&Path, Vec<&Module>> = BTreeMap::new();
    for (out, kind) in outputs {
        tree.own(out);
        let of_folder = modules.entry(out).or_default();
        for (index, file) in schema.files.files.iter().enumerate() {
            let module = match kind {
                Kind::Messages => names.messages(file.name()),
                Kind::Services => names.services(file.name()),
            };
            if let Some(module) = module {
                of_folder.push(module);
                let text = text(Arc::clone(&schema), kind, index, module.clone());
                tree.insert(out.join(&module.file), text);
            }
        }
    }
    for (out, modules) in modules {
        for (folder, declarations) in names.declarations(modules.into_iter()) {
            let text = mod_rs(&folder, &declarations);
            let path = out.join(folder).join("mod.rs");
            tree.insert(path, Box::new(move || Ok(text.clone())));
        }
    }
    tree
}

/// What a generated file holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Messages,
    Services,
}

/// What makes the code of one kind of the file with this index.
fn text(schema: Arc<Schema>, kind: Kind, index: usize, module: Module) -> tree::Text {
    Box::new(move || {
        let file = &schema.files.files[index];
        let references = match kind {
            Kind::Messages => provided::in_messages(file),
            Kind::Services => provided::in_services(file),
        };
        if let Some(missing) = provided::missing(&schema.names, file, &references) {
            return Err(missing);
        }
        let code = match kind {
            Kind::Messages => messages::generate(&schema, file, &module),
            Kind::Services => services::generate(&schema, file, &module),
        };
        code.map_err(|message| Diagnostic {
            path: file.path.clone(),
            place: None,
            message,
            help: None,
        })
    })
}

/// The text of a folder's `mod.rs`. It has no inner attributes, so that
/// `include!` takes it too.
fn mod_rs(folder: &Path, declarations: &BTreeSet<Declaration>) -> String {
    let folder = folder.to_string_lossy().replace('\\', "/");
    let place = match folder.as_str() {
        "" => String::new(),
        folder => format!(" in {}", comments::name(folder)),
    };
    let mut text =
        format!("{HEADER} from the .proto files{place}. Do not edit.\n// @generated\n\n");
    for declaration in declarations {
        if let Some(name) = &declaration.folder {
            let path = [folder.as_str(), name].join("/");
            let path = comments::name(path.trim_start_matches('/'));
            text += &format!("/// The files in `{path}`.\n");
        }
        if let Some(path) = &declaration.path {
            text += &format!("#[path = {path:?}]\n");
        }
        text += &format!("pub mod {};\n", declaration.module);
    }
    text
}
