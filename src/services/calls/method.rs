//! The methods of the services that the server offers, and what holds for each.

use std::collections::HashMap;
use std::sync::Arc;

use protobuf::descriptor::ServiceDescriptorProto;
use protobuf::reflect::FileDescriptor;

use super::figures::{Figures, MethodFigures};
use super::room::Room;

/// A service that the server offers.
#[derive(Clone, Copy)]
pub struct Offered {
    /// Its name with the package's.
    pub name: &'static str,
    /// The file that declares it.
    pub file: fn() -> &'static FileDescriptor,
    /// Its methods that everybody may call whom the server lets connect. All others,
    /// also those that are added one day, are for those who may write.
    pub for_everybody: &'static [&'static str],
    /// Where its calls find room,
    pub room: Room,
    /// and where those do whose requests or replies are a stream.
    pub streams: Room,
}

impl Offered {
    /// Whether everybody may call a method.
    pub(crate) fn is_for_everybody(&self, method: &str) -> bool {
        self.for_everybody.contains(&method)
    }

    /// The names of its methods, and what of theirs is a stream.
    pub(crate) fn methods(&self) -> Vec<(String, Shape)> {
        let file = (self.file)().proto();
        let is_it = |declared: &&ServiceDescriptorProto| match file.package() {
            "" => declared.name() == self.name,
            package => self.name == format!("{package}.{}", declared.name()),
        };
        let methods = file.service.iter().filter(is_it).flat_map(|it| &it.method);
        methods
            .map(|method| {
                let shape = match (method.client_streaming(), method.server_streaming()) {
                    (false, false) => Shape::Unary,
                    (true, false) => Shape::ClientStream,
                    (false, true) => Shape::ServerStream,
                    (true, true) => Shape::BothStreams,
                };
                (method.name().to_owned(), shape)
            })
            .collect()
    }
}

/// What of a method is a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing.
    Unary,
    /// Its requests.
    ClientStream,
    /// Its replies.
    ServerStream,
    /// Both.
    BothStreams,
}

/// A method that can be called.
#[derive(Debug)]
pub(super) struct Method {
    /// Such as `bookshop.v1.Books/GetBook`.
    pub(super) name: String,
    pub(super) is_for_writers: bool,
    pub(super) room: Room,
    pub(super) figures: MethodFigures,
}

/// All methods, by the path that a call names.
#[derive(Debug)]
pub(super) struct Methods {
    by_path: HashMap<String, Arc<Method>>,
    other: Arc<Method>,
}

impl Methods {
    pub(super) fn new(offered: impl IntoIterator<Item = Offered>, figures: &Figures) -> Methods {
        let mut by_path = HashMap::new();
        for service in offered {
            for (name, shape) in service.methods() {
                let method = Method {
                    name: format!("{}/{name}", service.name),
                    is_for_writers: !service.is_for_everybody(&name),
                    room: match shape {
                        Shape::Unary => service.room,
                        _ => service.streams,
                    },
                    figures: figures.of_method(service.name, &name, shape),
                };
                by_path.insert(format!("/{}", method.name), Arc::new(method));
            }
        }
        let other = Method {
            name: "unknown".to_owned(),
            is_for_writers: true,
            room: Room::Work,
            figures: figures.of_method("unknown", "unknown", Shape::Unary),
        };
        let other = Arc::new(other);
        Methods { by_path, other }
    }

    /// How many calls to them have been taken.
    pub(super) fn taken(&self) -> u64 {
        let methods = self.by_path.values().chain([&self.other]);
        methods.map(|method| method.figures.started.get()).sum()
    }

    /// The method with that path. gRPC calls no others than those that are
    /// registered; if one of them is not offered, few may call it.
    pub(super) fn at(&self, path: &[u8]) -> Arc<Method> {
        let path = str::from_utf8(path).unwrap_or_default();
        Arc::clone(self.by_path.get(path).unwrap_or(&self.other))
    }
}
