//! Copies of a file, linked beside all others.

use std::collections::{BTreeMap, HashSet};

use protox::prost_reflect::prost_types::FileDescriptorProto;

use super::{LinkError, Pools, visible};
use crate::parse::faults::{Fault, faults, numbered};
use crate::parse::load::Parsed;

impl Pools {
    /// Pools for changed copies of a file: they have nothing but what it
    /// imports, and are not these. `None` where the run has options of its own,
    /// which only tell what a file means where it can be linked.
    pub fn aside(&self) -> Option<Pools> {
        let is_plain = self.own_options.is_none();
        is_plain.then(|| Pools {
            is_partial: true,
            has_descriptor: self.has_descriptor,
            qualified: self.qualified.clone(),
            options: self.options.clone(),
            ..Pools::default()
        })
    }

    /// Links a copy of a file; its descriptor, encoded.
    ///
    /// # Errors
    ///
    /// What is wrong with it. [`faults_aside`](Self::faults_aside) tells all.
    pub fn link_aside(
        &mut self,
        files: &BTreeMap<String, Parsed>,
        name: &str,
        copy: &FileDescriptorProto,
    ) -> Result<Vec<u8>, LinkError> {
        let mut link = |copy: FileDescriptorProto| {
            let linked = self.link_with(files, name, Some(copy));
            linked.map(|(encoded, _)| encoded)
        };
        link(copy.clone()).or_else(|error| match qualified(files, name, copy) {
            Some(qualified) => link(qualified),
            None => Err(error),
        })
    }

    /// The errors of a copy with source info that cannot be linked, whether
    /// names are as they are written or in full.
    pub fn faults_aside(
        &mut self,
        files: &BTreeMap<String, Parsed>,
        name: &str,
        copy: &FileDescriptorProto,
    ) -> Option<Vec<Fault>> {
        let file = files.get(name)?;
        let locations = &copy.source_code_info.as_ref()?.location;
        let mut faults_of = |mut copy: FileDescriptorProto| {
            copy.source_code_info = Some(numbered(&copy));
            match self.link_with(files, name, Some(copy)) {
                Err(LinkError::Wrong(error)) => Some(faults(file, locations, error)),
                _ => None,
            }
        };
        let mut found = faults_of(copy.clone())?;
        if let Some(qualified) = qualified(files, name, copy) {
            let others = faults_of(qualified)?;
            let paths: HashSet<_> = others.iter().map(|fault| &fault.path).collect();
            found.retain(|fault| paths.contains(&fault.path));
        }
        Some(found)
    }
}

/// A copy with names in full, if there are any to write so.
fn qualified(
    files: &BTreeMap<String, Parsed>,
    name: &str,
    copy: &FileDescriptorProto,
) -> Option<FileDescriptorProto> {
    let mut qualified = copy.clone();
    visible(files, name)
        .qualify(&mut qualified)
        .then_some(qualified)
}
