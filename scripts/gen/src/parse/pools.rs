//! The pools that files are linked in.
//!
//! protoc lets two files give one number to their extensions of one message
//! (most private options are number 50001), as long as nothing decodes both.
//! A pool of prost-reflect cannot hold them: it would take one for the other,
//! and panic. So files that clash are linked in different pools, each with
//! what they import; there is one pool where none do.
//!
//! A pool that lost extensions over a file that it could not take is given up.

mod aside;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use protox::prost_reflect::prost_types::{DescriptorProto, FileDescriptorProto};
use protox::prost_reflect::{DescriptorError, DescriptorPool};

use super::load::{self, Parsed};
use super::own_options::{OwnOptions, Statements};
use super::well_known;
use crate::leniency::{self, Linking, Scopes};
use crate::validate::index;

/// An extension's number with the last part of the extended message's name.
/// Two messages may share that part; the files only get pools of their own.
pub type ExtensionNumber = (String, i32);

/// The extensions that a file declares.
pub fn extension_numbers(file: &FileDescriptorProto) -> Vec<ExtensionNumber> {
    fn add(message: &DescriptorProto, numbers: &mut Vec<ExtensionNumber>) {
        numbers.extend(message.extension.iter().map(number));
        for nested in &message.nested_type {
            add(nested, numbers);
        }
    }
    fn number(field: &protox::prost_reflect::prost_types::FieldDescriptorProto) -> ExtensionNumber {
        let extendee = field.extendee().rsplit('.').next().unwrap_or_default();
        (extendee.to_owned(), field.number())
    }
    let mut numbers: Vec<ExtensionNumber> = file.extension.iter().map(number).collect();
    for message in &file.message_type {
        add(message, &mut numbers);
    }
    numbers
}

/// Pools with the files that are in each.
#[derive(Default)]
pub struct Pools {
    pools: Vec<Pool>,
    public_imports: HashMap<String, Vec<String>>,
    /// Whether a pool may lack what a file needs: where two files number
    /// extensions alike, and once a pool is gone.
    is_partial: bool,
    /// The pool that could not take the last file.
    spoiled: Option<Pool>,
    /// Whether descriptor.proto is linked.
    has_descriptor: bool,
    /// The files whose names are written in full before they are linked.
    qualified: HashSet<String>,
    /// What each pool starts with, where that matters.
    options: Option<FileDescriptorProto>,
    /// What a file of the run makes of all options.
    own_options: Option<OwnOptions>,
}

#[derive(Default)]
struct Pool {
    pool: DescriptorPool,
    files: HashSet<String>,
    numbers: HashMap<ExtensionNumber, String>,
}

impl Pool {
    /// Whether it has all that it had before it could not take a file:
    /// prost-reflect 0.16 then keeps as many extensions as there are messages.
    fn is_whole_after(&self, error: &LinkError) -> bool {
        let extensions = self.pool.all_extensions().count();
        let messages = self.pool.all_messages().count();
        matches!(error, LinkError::Wrong(_)) && extensions <= messages
    }
}

/// Why a file was not linked.
pub enum LinkError {
    /// The file is wrong.
    Wrong(DescriptorError),
    /// prost-reflect panicked.
    Panicked,
    /// protoc's descriptor.proto cannot read the options at a path.
    Unreadable(Vec<i32>),
}

impl Pools {
    /// Pools for these files, with none of them in yet.
    pub fn new(files: &BTreeMap<String, Parsed>) -> Pools {
        let mut numbers: HashMap<&ExtensionNumber, &str> = HashMap::new();
        let mut clash = false;
        for (name, file) in files {
            for number in &file.extension_numbers {
                clash |= numbers
                    .insert(number, name)
                    .is_some_and(|other| other != name);
            }
        }
        let sets_options = files.values().any(|file| file.sets_options);
        let has_options = files.values().any(|file| file.has_options);
        Pools {
            is_partial: clash,
            own_options: OwnOptions::new(files),
            options: (sets_options && !has_options)
                .then(load::known_options)
                .flatten(),
            ..Pools::default()
        }
    }

    /// Links a file whose imports are linked; its descriptor, encoded, and
    /// whether characters in it came to stand for bytes.
    ///
    /// # Errors
    ///
    /// What is wrong with it. [`explain`](Self::explain) tells where.
    pub fn link(
        &mut self,
        files: &BTreeMap<String, Parsed>,
        name: &str,
    ) -> Result<(Vec<u8>, bool), LinkError> {
        let error = match self.link_with(files, name, None) {
            Err(LinkError::Wrong(error)) => error,
            linked => return linked,
        };
        let mut descriptor = files.get(name).map(Parsed::descriptor).unwrap_or_default();
        if !visible(files, name).qualify(&mut descriptor) {
            return Err(LinkError::Wrong(error));
        }
        let spoiled = self.spoiled.take();
        self.qualified.insert(name.to_owned());
        let linked = self.link_with(files, name, None);
        if linked.is_ok() {
            return linked;
        }
        // It speaks of names as they are written.
        self.qualified.remove(name);
        self.spoiled = spoiled;
        Err(LinkError::Wrong(error))
    }

    /// The error of the file that [`link`](Self::link) just refused, from its
    /// descriptor with source info. A pool would keep that to the end.
    pub fn explain(
        &mut self,
        files: &BTreeMap<String, Parsed>,
        name: &str,
        places: &FileDescriptorProto,
    ) -> Option<LinkError> {
        let spoiled = self.spoiled.take();
        let error = self.link_with(files, name, Some(places.clone())).err();
        error.or_else(|| {
            // It is wrong beside files that it does not import.
            self.pools.push(spoiled?);
            let index = self.pools.len() - 1;
            let error = self.add(index, files, &[name.to_owned()], Some(places.clone()));
            self.pools.pop();
            error.err()
        })
    }

    fn link_with(
        &mut self,
        files: &BTreeMap<String, Parsed>,
        name: &str,
        places: Option<FileDescriptorProto>,
    ) -> Result<(Vec<u8>, bool), LinkError> {
        let needed = match self.is_partial {
            true => {
                let mut needed = with_imports(files, name);
                if self.options.is_none() && self.has_descriptor {
                    needed.insert(0, well_known::DESCRIPTOR.to_owned());
                }
                needed
            }
            false => vec![name.to_owned()],
        };
        let index = self.pool_for(files, &needed);
        let (linking, statements) = match self.add(index, files, &needed, places) {
            Ok(added) => added,
            Err(error) => {
                if !self.pools[index].is_whole_after(&error) {
                    self.spoiled = Some(self.pools.remove(index));
                    self.is_partial = true;
                }
                return Err(error);
            }
        };
        self.has_descriptor |= name == well_known::DESCRIPTOR;
        let pool = &self.pools[index];
        let encode = || {
            pool.pool
                .get_file_by_name(name)
                .map(|file| file.encode_to_vec())
        };
        let encoded = catch_unwind(AssertUnwindSafe(encode))
            .ok()
            .flatten()
            .ok_or(LinkError::Panicked)?;
        let linked = linking.undo(&encoded);
        let Some(own) = &self.own_options else {
            return Ok((linked, false));
        };
        let has_options = files.get(name).is_some_and(|file| file.has_options);
        let restored = own
            .restore(&linked, statements.as_ref(), &pool.pool, has_options)
            .map_err(|unreadable| LinkError::Unreadable(unreadable.0))?;
        let is_odd = |bytes| leniency::restored_bytes(bytes).is_some();
        let has_odd_strings = is_odd(&restored) && !is_odd(&linked);
        Ok((restored, has_odd_strings))
    }

    /// Adds files to a pool, the last one with `places`; what was changed in
    /// that one, and what its options are, where each statement counts.
    fn add(
        &mut self,
        index: usize,
        files: &BTreeMap<String, Parsed>,
        needed: &[String],
        mut places: Option<FileDescriptorProto>,
    ) -> Result<(Linking, Option<Statements>), LinkError> {
        let pool = &mut self.pools[index];
        let mut linking = Linking::default();
        let mut statements = None;
        for (at, file) in needed.iter().enumerate() {
            if pool.files.contains(file) {
                continue;
            }
            let Some(parsed) = files.get(file) else {
                continue;
            };
            let places = places.take_if(|_| at + 1 == needed.len());
            let is_placed = places.is_some();
            let mut descriptor = places.unwrap_or_else(|| parsed.descriptor());
            if self.qualified.contains(file) {
                visible(files, file).qualify(&mut descriptor);
            }
            let all_types = || types_of(files, file);
            let seen = || visible(files, file);
            leniency::mend_values(&mut descriptor, &pool.pool, all_types, seen);
            if let Some(own) = self.own_options.as_ref().filter(|_| parsed.has_options) {
                own.hide(&mut descriptor);
            }
            linking = leniency::prepare(&mut descriptor, &mut self.public_imports);
            if is_placed {
                leniency::add_map_entry_places(&mut descriptor);
            }
            if let Some(own) = self.own_options.as_ref().filter(|_| at + 1 == needed.len()) {
                statements = own.statements(&descriptor, &linking, &pool.pool);
            }
            let add = || pool.pool.add_file_descriptor_proto(descriptor);
            catch_unwind(AssertUnwindSafe(add))
                .map_err(|_| LinkError::Panicked)?
                .map_err(LinkError::Wrong)?;
            pool.files.insert(file.clone());
            for number in &parsed.extension_numbers {
                pool.numbers.insert(number.clone(), file.clone());
            }
        }
        Ok((linking, statements))
    }

    /// The first pool that can take all of some files, or a new one.
    fn pool_for(&mut self, files: &BTreeMap<String, Parsed>, needed: &[String]) -> usize {
        let fits = |pool: &Pool| {
            needed
                .iter()
                .filter(|file| !pool.files.contains(*file))
                .filter_map(|file| Some((file, files.get(file)?)))
                .all(|(name, file)| {
                    file.extension_numbers
                        .iter()
                        .all(|number| pool.numbers.get(number).is_none_or(|other| other == name))
                })
        };
        self.pools.iter().position(fits).unwrap_or_else(|| {
            let mut pool = Pool::default();
            if let Some(options) = &self.options {
                // What fails leaves prost-reflect's own options.
                let _ = pool.pool.add_file_descriptor_proto(options.clone());
            }
            self.pools.push(pool);
            self.pools.len() - 1
        })
    }
}

/// The types that a file can use, its own included, without options; `None`
/// where they cannot be linked.
pub fn types_of(files: &BTreeMap<String, Parsed>, name: &str) -> Option<DescriptorPool> {
    let mut pool = DescriptorPool::default();
    let mut public_imports = HashMap::new();
    for file in with_imports(files, name) {
        let mut descriptor = files.get(&file)?.descriptor();
        descriptor.source_code_info = None;
        leniency::drop_options(&mut descriptor);
        leniency::prepare(&mut descriptor, &mut public_imports);
        let add = || pool.add_file_descriptor_proto(descriptor);
        catch_unwind(AssertUnwindSafe(add)).ok()?.ok()?;
    }
    Some(pool)
}

/// What a file sees: what it declares, what its imports do, and what those
/// import publicly.
fn visible(files: &BTreeMap<String, Parsed>, name: &str) -> Scopes {
    let mut scopes = Scopes::default();
    let mut seen = HashSet::from([name]);
    let mut left = vec![name];
    while let Some(file) = left.pop() {
        let Some(parsed) = files.get(file) else {
            continue;
        };
        let descriptor = parsed.descriptor();
        scopes.add(&descriptor);
        let is_public = |at: usize| descriptor.public_dependency.contains(&index(at));
        for (at, import) in parsed.dependency.iter().enumerate() {
            if (file == name || is_public(at)) && seen.insert(import) {
                left.push(import);
            }
        }
    }
    scopes
}

/// A file and all that it imports, imports first.
fn with_imports(files: &BTreeMap<String, Parsed>, name: &str) -> Vec<String> {
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    let mut stack = vec![(name, 0)];
    while let Some((file, next)) = stack.pop() {
        let imports = files.get(file).map(|file| &file.dependency);
        match imports.and_then(|imports| imports.get(next)) {
            Some(import) => {
                stack.push((file, next + 1));
                if seen.insert(import.as_str()) {
                    stack.push((import, 0));
                }
            }
            None => order.push(file.to_owned()),
        }
    }
    order
}
