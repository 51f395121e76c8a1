//! Elements of a file, found by the paths of its source info.

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto,
};

/// What has ranges of numbers.
pub enum Owner<'a> {
    /// A message.
    Message(&'a mut DescriptorProto),
    /// An enum.
    Enum(&'a mut EnumDescriptorProto),
}

/// The message or enum at a path of source info.
pub fn owner_of<'a>(file: &'a mut FileDescriptorProto, path: &[i32]) -> Option<Owner<'a>> {
    const MESSAGE_TYPE: i32 = 4;
    const ENUM_TYPE: i32 = 5;
    match *path {
        [MESSAGE_TYPE, at, ref rest @ ..] => owner_in(element(&mut file.message_type, at)?, rest),
        [ENUM_TYPE, at] => element(&mut file.enum_type, at).map(Owner::Enum),
        _ => None,
    }
}

fn owner_in<'a>(message: &'a mut DescriptorProto, path: &[i32]) -> Option<Owner<'a>> {
    const NESTED_TYPE: i32 = 3;
    const ENUM_TYPE: i32 = 4;
    match *path {
        [] => Some(Owner::Message(message)),
        [NESTED_TYPE, at, ref rest @ ..] => owner_in(element(&mut message.nested_type, at)?, rest),
        [ENUM_TYPE, at] => element(&mut message.enum_type, at).map(Owner::Enum),
        _ => None,
    }
}

/// The element with an index of source info.
pub fn element<T>(elements: &mut [T], at: i32) -> Option<&mut T> {
    elements.get_mut(usize::try_from(at).ok()?)
}
