//! Which Rust module each file's code goes to, and how others name it.
//!
//! Modules mirror the protos' folders: `a/b/c.proto` is `a::b::c`, its services
//! `a::b::c_grpc`. A name that is taken or reserved gets a `_` behind it; for
//! names within a file, see [`renames`] and [`services`].

pub mod provided;
pub mod renames;
pub mod services;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use protobuf::descriptor::DescriptorProto;

use crate::identifier::{capitalize, escape, nested_module, sanitize};
use crate::parse::FileSet;

use self::provided::provided;
use self::renames::{Accessors, Rename, Renames, is_map_entry};

/// Where generated code is, and what it is called from elsewhere.
#[derive(Debug)]
pub struct Names {
    messages: BTreeMap<String, Module>,
    services: BTreeMap<String, Module>,
    folders: BTreeMap<Vec<String>, Folder>,
    types: HashMap<String, TypeName>,
    renames: Renames,
}

/// A module of the generated tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The modules that lead to it from the root of the tree, itself last.
    pub path: Vec<String>,
    /// Its file, below the output folder.
    pub file: PathBuf,
}

/// A folder of the generated tree: its own module and its children.
#[derive(Debug, Clone, Default)]
struct Folder {
    /// The modules that lead to it, itself last.
    path: Vec<String>,
    /// Child folders: name on disk to module.
    folders: BTreeMap<String, String>,
}

/// A message or an enum: the file that defines it and its path in that file's
/// module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    /// The import name of the defining file.
    pub file: String,
    /// Nested modules, then the type.
    pub path: Vec<String>,
}

impl Names {
    /// Names for all files of a set.
    pub fn new(files: &FileSet, accessors: Accessors) -> Names {
        let mut names = Names {
            messages: BTreeMap::new(),
            services: BTreeMap::new(),
            folders: BTreeMap::new(),
            types: HashMap::new(),
            renames: Renames::default(),
        };
        for file in &files.files {
            let scope = scope(file.descriptor.package());
            if provided(file.name()).is_none() {
                names.renames.add(&file.descriptor, &scope, accessors);
            }
            let mut types = Types {
                file: file.name(),
                renames: &names.renames,
                found: &mut names.types,
            };
            for message in &file.descriptor.message_type {
                types.message(&scope, &[], message);
            }
            for enumeration in &file.descriptor.enum_type {
                types.insert(&scope, &[], enumeration.name());
            }
        }
        names.place(files);
        names
    }

    /// Gives every generated file its module.
    fn place(&mut self, files: &FileSet) {
        let mut contents: BTreeMap<Vec<String>, Vec<(&str, bool)>> = BTreeMap::new();
        contents.insert(Vec::new(), Vec::new());
        for file in files
            .files
            .iter()
            .filter(|file| provided(file.name()).is_none())
        {
            let folders = file.name().rsplit_once('/').map(|(folders, _)| folders);
            let folder: Vec<String> = folders
                .map(|folders| folders.split('/').map(on_disk).collect())
                .unwrap_or_default();
            for depth in 0..folder.len() {
                contents.entry(folder[..depth].to_vec()).or_default();
            }
            let has_services = !file.descriptor.service.is_empty();
            contents
                .entry(folder)
                .or_default()
                .push((file.name(), has_services));
        }
        let all: Vec<Vec<String>> = contents.keys().cloned().collect();
        // Sorted, so that a folder comes after the folder that holds it.
        for (folder, mut files) in contents {
            files.sort();
            let children = all
                .iter()
                .filter(|other| other.len() == folder.len() + 1 && other.starts_with(&folder))
                .filter_map(|other| other.last());
            self.place_folder(&folder, &files, children.collect());
        }
    }

    fn place_folder(&mut self, folder: &[String], files: &[(&str, bool)], children: Vec<&String>) {
        let path = match folder.split_last() {
            None => Vec::new(),
            Some((name, parent)) => {
                let parent = &self.folders[parent];
                let mut path = parent.path.clone();
                path.push(parent.folders[name].clone());
                path
            }
        };
        let disk: PathBuf = folder.iter().collect();
        let module = |name: String| Module {
            file: disk.join(format!("{name}.rs")),
            path: path.iter().cloned().chain([name]).collect(),
        };
        let mut taken = Taken::default();
        // Names that need no change first, so that a newcomer with an odd name
        // never renames a module that was there before.
        for exact in [true, false] {
            for (name, _) in files {
                let stem = stem(name);
                let wanted = escape(sanitize(stem));
                if (wanted == stem) == exact {
                    let name_in_rust = taken.take(wanted);
                    self.messages
                        .insert((*name).to_owned(), module(name_in_rust));
                }
            }
        }
        for (name, has_services) in files {
            if *has_services {
                let wanted = format!("{}_grpc", sanitize(stem(name)));
                self.services
                    .insert((*name).to_owned(), module(taken.take(wanted)));
            }
        }
        let folders = children
            .into_iter()
            .map(|child| (child.clone(), taken.take(escape(sanitize(child)))))
            .collect();
        let placed = Folder { path, folders };
        self.folders.insert(folder.to_vec(), placed);
    }

    /// The module of a file's messages; `None` where the protobuf crate has it.
    pub fn messages(&self, file: &str) -> Option<&Module> {
        self.messages.get(file)
    }

    /// The module of a file's services, for files with services.
    pub fn services(&self, file: &str) -> Option<&Module> {
        self.services.get(file)
    }

    /// The message or enum with this full name, which starts with a dot.
    pub fn type_name(&self, full_name: &str) -> Option<&TypeName> {
        self.types.get(full_name)
    }

    /// The elements with other names than protobuf-codegen gives them.
    pub fn renames(&self) -> &Renames {
        &self.renames
    }

    /// How a module at `from` names the module of another file's messages.
    pub fn path_to(&self, from: &Module, file: &str) -> Option<String> {
        if let Some(module) = provided(file) {
            return Some(module.to_owned());
        }
        let to = self.messages.get(file)?;
        // From inside the module, one `super` leads to its parent.
        let parent = &from.path[..from.path.len() - 1];
        let shared = parent
            .iter()
            .zip(&to.path)
            .take_while(|(left, right)| left == right)
            .count();
        let up = parent.len() - shared + 1;
        let mut parts = vec!["super"; up];
        parts.extend(to.path[shared..].iter().map(String::as_str));
        Some(parts.join("::"))
    }

    /// The child modules of each folder that holds one of these modules:
    /// the folder, and the lines that declare its children.
    pub fn declarations<'a>(
        &self,
        modules: impl Iterator<Item = &'a Module>,
    ) -> BTreeMap<PathBuf, BTreeSet<Declaration>> {
        let mut declared: BTreeMap<PathBuf, BTreeSet<Declaration>> = BTreeMap::new();
        declared.entry(PathBuf::new()).or_default();
        for module in modules {
            let mut folder = module.file.clone();
            folder.pop();
            if let Some(name) = module.path.last() {
                let on_disk = parts(&folder);
                let beside = self.folders[&on_disk].folders.contains_key(name);
                declared
                    .entry(folder.clone())
                    .or_default()
                    .insert(Declaration {
                        module: name.clone(),
                        // rustc would not know which of the two is meant.
                        path: beside.then(|| format!("{name}.rs")),
                        folder: None,
                    });
            }
            while let Some(name) = folder
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
            {
                folder.pop();
                let on_disk = parts(&folder);
                let module = self.folders[&on_disk].folders[&name].clone();
                declared
                    .entry(folder.clone())
                    .or_default()
                    .insert(Declaration {
                        path: (module != name).then(|| format!("{name}/mod.rs")),
                        folder: Some(name),
                        module,
                    });
            }
        }
        declared
    }
}

/// A `pub mod` line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declaration {
    /// The module's name.
    pub module: String,
    /// Its file, where Rust would not look for it or not only there.
    pub path: Option<String>,
    /// The folder that it stands for, if it is not a file's module.
    pub folder: Option<String>,
}

fn parts(folder: &Path) -> Vec<String> {
    folder
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect()
}

/// The names that are taken in one folder. Small and capital letters count as
/// one, since some file systems hold `a.rs` and `A.rs` for one file.
#[derive(Default)]
struct Taken(BTreeSet<String>);

impl Taken {
    fn take(&mut self, mut name: String) -> String {
        while !self.0.insert(name.to_ascii_lowercase()) {
            name.push('_');
        }
        name
    }
}

/// What a folder of protos is called in the output: one named like a file of
/// code could meet that file. No two names become one.
fn on_disk(folder: &str) -> String {
    let end = folder.trim_end_matches('_').to_ascii_lowercase();
    let suffix = if end.ends_with(".rs") { "_" } else { "" };
    format!("{folder}{suffix}")
}

/// The file name without folders and `.proto`.
fn stem(name: &str) -> &str {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.strip_suffix(".proto").unwrap_or(base)
}

/// What the full names in a package start with: `.a.b`, or nothing.
pub fn scope(package: &str) -> String {
    match package {
        "" => String::new(),
        package => format!(".{package}"),
    }
}

/// Collects the types of one file.
struct Types<'a> {
    file: &'a str,
    renames: &'a Renames,
    found: &'a mut HashMap<String, TypeName>,
}

impl Types<'_> {
    fn message(&mut self, scope: &str, modules: &[String], message: &DescriptorProto) {
        if is_map_entry(message) {
            return;
        }
        self.insert(scope, modules, message.name());
        let full_name = format!("{scope}.{}", message.name());
        let mut modules = modules.to_vec();
        modules.push(match self.renames.get(&full_name) {
            Some(Rename::Type { module, .. }) => module.clone(),
            _ => escape(nested_module(message.name())),
        });
        for nested in &message.nested_type {
            self.message(&full_name, &modules, nested);
        }
        for enumeration in &message.enum_type {
            self.insert(&full_name, &modules, enumeration.name());
        }
    }

    fn insert(&mut self, scope: &str, modules: &[String], proto_name: &str) {
        let full_name = format!("{scope}.{proto_name}");
        let mut path = modules.to_vec();
        path.push(match self.renames.get(&full_name) {
            Some(Rename::Type { name, .. }) => name.clone(),
            _ => escape(capitalize(proto_name)),
        });
        let file = self.file.to_owned();
        self.found.insert(full_name, TypeName { file, path });
    }
}
