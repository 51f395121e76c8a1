//! The file that rules look at, and what they found.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;

use protobuf::descriptor::FieldDescriptorProto;

use super::element::join;
use super::types::{self, Extension, Types};
use crate::diagnostic::{Diagnostic, Place};
use crate::parse::{MendedFile, ProtoFile, Touched};

/// One file under judgement.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The file.
    pub file: &'a ProtoFile,
    /// The types of all files.
    pub types: &'a Types<'a>,
    findings: RefCell<Vec<Diagnostic>>,
    /// What was changed in the file.
    touched: Option<&'a Touched>,
    /// The paths that the source has, when a rule has asked.
    paths: OnceCell<HashSet<Vec<i32>>>,
    /// The names of the files that this one can see, when a rule has asked.
    reachable: OnceCell<HashSet<&'a str>>,
}

impl<'a> Subject<'a> {
    /// A file without findings so far.
    pub fn new(file: &'a ProtoFile, types: &'a Types<'a>) -> Subject<'a> {
        Subject {
            file,
            types,
            findings: RefCell::default(),
            touched: None,
            paths: OnceCell::new(),
            reachable: OnceCell::new(),
        }
    }

    /// A file that is not as its source has it, without findings so far.
    pub fn of_mended(mended: &'a MendedFile, types: &'a Types<'a>) -> Subject<'a> {
        Subject {
            touched: Some(&mended.touched),
            ..Subject::new(&mended.file, types)
        }
    }

    /// Whether the file has `syntax = "proto3"`.
    pub fn is_proto3(&self) -> bool {
        self.file.descriptor.syntax() == "proto3"
    }

    /// The field or extension with this number of a message, and how options
    /// name it.
    pub fn field(&self, message: &str, number: i32) -> Option<(String, &'a FieldDescriptorProto)> {
        if let Some(extension) = self.extension(message, number) {
            return Some((extension.full_name.clone(), extension.proto));
        }
        let (_, proto) = self.types.message(message)?;
        let field = proto.field.iter().find(|field| field.number() == number)?;
        Some((join(types::name(message), field.name()), field))
    }

    /// Whether the field or extension with this number of a message is declared
    /// in a file with `syntax = "proto3"`.
    pub fn is_in_proto3(&self, message: &str, number: i32) -> bool {
        let file = match self.extension(message, number) {
            Some(extension) => self.types.file(extension.file),
            None => self.types.message(message).map(|(file, _)| file),
        };
        file.is_some_and(|file| file.syntax() == "proto3")
    }

    /// The extension with this number of a message; when several files have
    /// one, which protoc allows, that of this file or of one it imports.
    pub fn extension(&self, message: &str, number: i32) -> Option<&Extension<'a>> {
        let found = self.types.extensions(message, number);
        match found {
            [] | [_] => found.first(),
            several => {
                let reachable = self.reachable.get_or_init(|| self.reachable_files());
                let mut own = several.iter();
                own.find(|extension| reachable.contains(extension.file))
            }
        }
    }

    /// This file, what it imports, what that imports, and so on.
    fn reachable_files(&self) -> HashSet<&'a str> {
        let mut reachable = HashSet::new();
        let mut left = vec![self.file.descriptor.name()];
        while let Some(name) = left.pop() {
            if reachable.insert(name)
                && let Some(file) = self.types.file(name)
            {
                left.extend(file.dependency.iter().map(String::as_str));
            }
        }
        reachable
    }

    /// Whether the source has an element of exactly this path, which the
    /// entries of maps, for one, have not.
    pub fn has_source(&self, path: &[i32]) -> bool {
        let paths = self.paths.get_or_init(|| {
            let info = self.file.source_info();
            info.location.into_iter().map(|found| found.path).collect()
        });
        paths.contains(path)
    }

    /// The text of an element that is within one line.
    pub fn source(&self, path: &[i32]) -> String {
        let place = self.file.diagnostic(path, String::new()).place;
        place.map_or_else(String::new, |place| {
            let rest = place.text.chars().skip(place.column - 1);
            rest.take(place.width).collect()
        })
    }

    /// Reports what is wrong with the element of a path.
    pub fn report(&self, path: &[i32], message: String) {
        self.report_with_help(path, message, None);
    }

    /// Reports what is wrong, and a way out.
    pub fn report_with_help(&self, path: &[i32], message: String, help: Option<&str>) {
        let mut touched = self.touched.iter();
        if touched.any(|touched| touched.explains(path, &message)) {
            return;
        }
        let finding = self.file.diagnostic(path, message);
        let start = || Place::at(&self.file.text, 0, 0, 1);
        self.findings.borrow_mut().push(Diagnostic {
            place: Some(finding.place.unwrap_or_else(start)),
            help: help.map(str::to_owned),
            ..finding
        });
    }

    /// Everything that was reported.
    pub fn into_findings(self) -> Vec<Diagnostic> {
        self.findings.into_inner()
    }
}
