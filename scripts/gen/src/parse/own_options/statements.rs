//! Options as protoc holds them before it reads them: what each statement sets,
//! one behind the other.
//!
//! prost-reflect makes one message of the statements of an element. So a file
//! is linked several times, each time with one statement of each element.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use protox::prost::Message as _;
use protox::prost_reflect::prost_types::{FileDescriptorProto, UninterpretedOption};
use protox::prost_reflect::{DescriptorPool, MessageDescriptor};

use super::reading::{declared, wire_type};
use super::{OwnOptions, UNINTERPRETED_OPTION};
use crate::custom_options::edit_options;
use crate::leniency::Linking;
use crate::wire::{self, Edit};

/// The bytes of options, by their path.
pub type Statements = HashMap<Vec<i32>, Vec<u8>>;

/// What the statements in a file set, which can be linked in a pool; `None`
/// where one cannot.
pub fn statements(
    own: &OwnOptions,
    file: &FileDescriptorProto,
    linking: &Linking,
    pool: &DescriptorPool,
) -> Option<Statements> {
    let unlinked = file.encode_to_vec();
    let mut lists: HashMap<Vec<i32>, List> = HashMap::new();
    edit_options(&unlinked, &mut |path, _, options| {
        lists.insert(path.to_vec(), List::new(options));
        Edit::Keep
    });
    let most = lists.values().map(|list| list.statements.len()).max()?;
    // protoc looks those that are extensions up when it has read the others.
    let [mut plain, mut custom] = [Statements::new(), Statements::new()];
    for at in 0..most {
        let with_one = edit_options(&unlinked, &mut |_, _, options| {
            let mut count = 0;
            Edit::Replace(wire::edit(options, |field| {
                count += usize::from(field.number == UNINTERPRETED_OPTION);
                match field.number {
                    UNINTERPRETED_OPTION if count != at + 1 => Edit::Drop,
                    _ => Edit::Keep,
                }
            }))
        });
        let mut pool = pool.clone();
        let file = FileDescriptorProto::decode(with_one.as_slice()).ok()?;
        let name = file.name().to_owned();
        let link = || {
            pool.add_file_descriptor_proto(file).ok()?;
            Some(pool.get_file_by_name(&name)?.encode_to_vec())
        };
        let linked = catch_unwind(AssertUnwindSafe(link)).ok()??;
        edit_options(&linking.undo(&linked), &mut |path, name, options| {
            if let Some(list) = lists.get(path)
                && let Some(statement) = list.statements.get(at)
            {
                let options = list.without_set(at, options);
                let message = pool.get_message_by_name(&format!("google.protobuf.{name}"));
                let options = message.map_or(options.clone(), |message| {
                    own.renumbered(&message, &unpacked(&message, &options, statement.names))
                });
                let held = if statement.is_custom {
                    &mut custom
                } else {
                    &mut plain
                };
                held.entry(path.to_vec()).or_default().extend(options);
            }
            Edit::Keep
        });
    }
    for (path, options) in custom {
        plain.entry(path).or_default().extend(options);
    }
    Some(plain)
}

/// The options of an element before they are linked.
struct List {
    /// What is set already.
    set: Vec<Vec<u8>>,
    statements: Vec<Statement>,
}

struct Statement {
    /// How many names it has, one in the message of the other.
    names: usize,
    is_custom: bool,
}

impl List {
    fn new(options: &[u8]) -> List {
        let (statements, set): (Vec<_>, Vec<_>) = wire::fields(options)
            .into_iter()
            .partition(|field| field.number == UNINTERPRETED_OPTION);
        let statements = statements.iter().filter_map(|statement| {
            let option = UninterpretedOption::decode(statement.content?).ok()?;
            Some(Statement {
                names: option.name.len(),
                is_custom: option.name.first()?.is_extension,
            })
        });
        List {
            statements: statements.collect(),
            set: set.iter().map(|field| field.raw.to_vec()).collect(),
        }
    }

    /// Options without what was set already, but for the first statement.
    fn without_set(&self, at: usize, options: &[u8]) -> Vec<u8> {
        wire::edit(options, |field| {
            if at > 0 && self.set.iter().any(|set| set == field.raw) {
                Edit::Drop
            } else {
                Edit::Keep
            }
        })
    }
}

/// What a statement with so many names sets. protoc packs no list before it
/// reads it.
fn unpacked(message: &MessageDescriptor, options: &[u8], names: usize) -> Vec<u8> {
    wire::edit(options, |field| {
        let Some(found) = declared(message, field.number) else {
            return Edit::Keep;
        };
        match (found.kind.as_message(), field.content, field.group) {
            (Some(nested), Some(content), _) if names > 1 => {
                Edit::Replace(unpacked(nested, content, names - 1))
            }
            (Some(nested), _, Some(group)) if names > 1 => {
                let mut out = Vec::new();
                wire::write_group(&mut out, field.number, &unpacked(nested, group, names - 1));
                Edit::Raw(out)
            }
            (None, Some(item), _) if found.is_packed => {
                let mut out = Vec::new();
                wire::write_tag(&mut out, field.number, wire_type(&found.kind));
                out.extend_from_slice(item);
                Edit::Raw(out)
            }
            _ => Edit::Keep,
        }
    })
}
