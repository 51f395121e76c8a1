//! The files of the services, and what stands in which.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protobuf::Message;
use protobuf::reflect::FileDescriptor;

use super::declarations::Declarations;

/// Services, the files that declare them and all that those import.
#[derive(Debug, Default)]
pub struct Described {
    services: BTreeSet<&'static str>,
    files: BTreeMap<String, File>,
    /// The names of the files that declare symbols, by the symbols' full names.
    symbols: HashMap<String, String>,
    /// For each message the names of the files that declare its extensions, by the
    /// extensions' numbers.
    messages: HashMap<String, BTreeMap<i32, String>>,
}

#[derive(Debug)]
struct File {
    serialized: Vec<u8>,
    imports: Vec<String>,
}

impl Described {
    /// What describes `services`, each given by its full name and its file.
    pub fn new<'file>(
        services: impl IntoIterator<Item = (&'static str, &'file FileDescriptor)>,
    ) -> Described {
        let mut described = Described::default();
        for (service, file) in services {
            described.services.insert(service);
            described.add(file);
        }
        described
    }

    fn add(&mut self, file: &FileDescriptor) {
        let name = file.name();
        if self.files.contains_key(name) {
            return;
        }
        let entry = File {
            serialized: serialized(file),
            imports: file.proto().dependency.clone(),
        };
        self.files.insert(name.to_owned(), entry);
        let declarations = Declarations::of(file.proto());
        for message in &declarations.messages {
            self.messages.entry(message.clone()).or_default();
        }
        for (extended, number) in declarations.extensions {
            let extensions = self.messages.entry(extended).or_default();
            extensions.insert(number, name.to_owned());
        }
        let symbols = declarations.messages.into_iter().chain(declarations.others);
        self.symbols
            .extend(symbols.map(|symbol| (symbol, name.to_owned())));
        for import in file.deps() {
            self.add(import);
        }
    }

    /// The full names of the services, in alphabetical order.
    pub fn services(&self) -> impl Iterator<Item = &'static str> {
        self.services.iter().copied()
    }

    /// The file of that name, and after it all that it imports, directly or not.
    /// Each is a serialized `FileDescriptorProto`.
    pub fn file(&self, name: &str) -> Option<Vec<Vec<u8>>> {
        let mut names = vec![name];
        let mut files = Vec::new();
        while let Some(&name) = names.get(files.len()) {
            let file = self.files.get(name)?;
            files.push(file.serialized.clone());
            for import in &file.imports {
                if !names.contains(&import.as_str()) {
                    names.push(import);
                }
            }
        }
        Some(files)
    }

    /// The file that declares what has that full name, as [`Described::file`] has it.
    pub fn file_with_symbol(&self, symbol: &str) -> Option<Vec<Vec<u8>>> {
        self.file(self.symbols.get(symbol)?)
    }

    /// The file that declares the extension of that message with that number, as
    /// [`Described::file`] has it.
    pub fn file_with_extension(&self, message: &str, number: i32) -> Option<Vec<Vec<u8>>> {
        self.file(self.messages.get(message)?.get(&number)?)
    }

    /// The numbers of the extensions of a message; nothing if there is no such
    /// message.
    pub fn extension_numbers(&self, message: &str) -> Option<Vec<i32>> {
        let extensions = self.messages.get(message)?;
        Some(extensions.keys().copied().collect())
    }
}

fn serialized(file: &FileDescriptor) -> Vec<u8> {
    let mut file = file.proto().clone();
    // Comments and places, which some files have, are of no use to callers.
    file.source_code_info.clear();
    let bytes = file.write_to_bytes();
    bytes.expect("a descriptor that is compiled in can be written")
}

#[cfg(test)]
mod tests;
