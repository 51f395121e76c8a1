//! The file that rules look at, and what they found.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;

use super::types::Types;
use crate::diagnostic::{Diagnostic, Place};
use crate::parse::ProtoFile;

/// One file under judgement.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The file.
    pub file: &'a ProtoFile,
    /// The types of all files.
    pub types: &'a Types<'a>,
    findings: RefCell<Vec<Diagnostic>>,
    /// The paths that the source has, when a rule has asked.
    paths: OnceCell<HashSet<Vec<i32>>>,
}

impl<'a> Subject<'a> {
    /// A file without findings so far.
    pub fn new(file: &'a ProtoFile, types: &'a Types<'a>) -> Subject<'a> {
        Subject {
            file,
            types,
            findings: RefCell::default(),
            paths: OnceCell::new(),
        }
    }

    /// Whether the file has `syntax = "proto3"`.
    pub fn is_proto3(&self) -> bool {
        self.file.descriptor.syntax() == "proto3"
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
