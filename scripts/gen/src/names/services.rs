//! What a file's services and their rpcs are called in Rust.
//!
//! Names that others have get a `_` behind them. Who comes first is decided by
//! the names, and by the place in the file only where they rank alike: those in
//! `UpperCamelCase` before the others, and of either the shorter, since what is
//! put behind a name makes it another's (`Foo` has a `foo_async`).

use std::collections::{HashMap, HashSet};

use protobuf::descriptor::{MethodDescriptorProto, ServiceDescriptorProto};

use crate::identifier::{camel_case, escape, snake_case};

/// The Rust names of one service.
#[derive(Debug, Clone, Default)]
pub struct ServiceNames {
    /// The trait.
    pub name: String,
    /// The client's type.
    pub client: String,
    /// The function that makes a service of the trait.
    pub create: String,
    /// Those of its rpcs, in the order of the file.
    pub methods: Vec<MethodNames>,
}

/// The Rust names of one rpc.
#[derive(Debug, Clone, Default)]
pub struct MethodNames {
    /// What the trait and the client call it.
    pub name: String,
    /// What the variants with `_opt` and `_async` start with.
    pub stem: String,
    /// The constant that describes it.
    pub constant: String,
}

/// Names that the client has already.
const CLIENT_FUNCTIONS: [&str; 2] = ["new", "spawn"];

/// The names of a file's services, in its order.
pub fn service_names(services: &[ServiceDescriptorProto]) -> Vec<ServiceNames> {
    let mut all = vec![ServiceNames::default(); services.len()];
    let (mut types, mut functions) = (Taken::default(), Taken::default());
    for index in by_rank(services, |service| Rank::of(service.name())) {
        let camel = camel_case(services[index].name());
        all[index] = ServiceNames {
            name: types.free(escape(camel.clone())),
            client: types.free(format!("{camel}Client")),
            create: functions.free(format!("create_{}", snake_case(&camel))),
            methods: method_names(&services[index].method),
        };
    }
    let rpcs: Vec<(usize, usize)> = services
        .iter()
        .enumerate()
        .flat_map(|(index, service)| (0..service.method.len()).map(move |method| (index, method)))
        .collect();
    let names = |&(service, method): &(usize, usize)| {
        let service: &ServiceDescriptorProto = &services[service];
        (service.name(), service.method[method].name())
    };
    let mut constants = Taken::default();
    for at in by_rank(&rpcs, |rpc| {
        let (service, method) = names(rpc);
        let (service, method) = (Rank::of(service), Rank::of(method));
        (service.changes || method.changes, service, method)
    }) {
        let (service, method) = names(&rpcs[at]);
        let service = snake_case(&camel_case(service));
        let constant = format!("METHOD_{service}_{}", snake_case(method)).to_uppercase();
        let (service, method) = rpcs[at];
        all[service].methods[method].constant = constants.free(constant);
    }
    all
}

/// The names of one service's rpcs but their constants, which are the file's.
fn method_names(methods: &[MethodDescriptorProto]) -> Vec<MethodNames> {
    let mut all = vec![MethodNames::default(); methods.len()];
    let mut functions = Functions::new();
    for index in by_rank(methods, |method| Rank::of(method.name())) {
        all[index] = functions.free(&methods[index]);
    }
    all
}

/// The positions of elements, those that come first in front; where they rank
/// alike, as in the file.
fn by_rank<T, K: Ord>(elements: &[T], rank: impl Fn(&T) -> K) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..elements.len()).collect();
    positions.sort_by_cached_key(|position| rank(&elements[*position]));
    positions
}

/// What decides between names, the smaller first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Whether the name is not what it would be in `UpperCamelCase`.
    changes: bool,
    /// Of the name in Rust.
    length: usize,
}

impl Rank {
    fn of(name: &str) -> Rank {
        Rank {
            changes: camel_case(name) != name,
            length: snake_case(name).len(),
        }
    }
}

/// Names that are taken in one namespace.
#[derive(Default)]
struct Taken {
    names: HashSet<String>,
    /// The last one given to each that was asked for: all before it are taken.
    last: HashMap<String, String>,
}

impl Taken {
    /// The name, or the next one with `_` behind it that is free.
    fn free(&mut self, name: String) -> String {
        let last = self.last.entry(name.clone()).or_insert(name);
        while !self.names.insert(last.clone()) {
            last.push('_');
        }
        last.clone()
    }
}

/// The functions of one client.
struct Functions {
    taken: HashSet<String>,
    /// The last names given to rpcs that would be called alike, unary ones
    /// apart: all before them are taken.
    last: HashMap<(bool, String), MethodNames>,
}

impl Functions {
    fn new() -> Functions {
        Functions {
            taken: CLIENT_FUNCTIONS.map(str::to_owned).into(),
            last: HashMap::new(),
        }
    }

    /// A name for an rpc, and the stem of its variants, such that all of them
    /// are free; they are taken then.
    fn free(&mut self, method: &MethodDescriptorProto) -> MethodNames {
        let unary = !method.client_streaming() && !method.server_streaming();
        let snake = snake_case(method.name());
        let MethodNames { name, stem, .. } = self
            .last
            .entry((unary, snake.clone()))
            .or_insert_with(|| MethodNames {
                name: escape(snake.clone()),
                stem: snake,
                constant: String::new(),
            });
        loop {
            let mut all = vec![name.clone(), format!("{stem}_opt")];
            if unary {
                all.extend([format!("{stem}_async"), format!("{stem}_async_opt")]);
            }
            if all.iter().all(|function| !self.taken.contains(function)) {
                self.taken.extend(all);
                return MethodNames {
                    name: name.clone(),
                    stem: stem.clone(),
                    constant: String::new(),
                };
            }
            if name == stem {
                name.push('_');
            } else {
                stem.push('_');
                name.clone_from(stem);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service: its name, and its rpcs, of which those with `stream` in front
    /// are no unary ones.
    fn service(name: &str, rpcs: &[&str]) -> ServiceDescriptorProto {
        let mut service = ServiceDescriptorProto::new();
        service.set_name(name.to_owned());
        for rpc in rpcs {
            let mut method = MethodDescriptorProto::new();
            method.set_name(rpc.trim_start_matches("stream ").to_owned());
            method.set_server_streaming(rpc.starts_with("stream "));
            service.method.push(method);
        }
        service
    }

    /// What the trait, the client and the constructor of each are called.
    fn types(names: &[&str]) -> Vec<String> {
        let services: Vec<_> = names.iter().map(|name| service(name, &[])).collect();
        let text = |service: &ServiceNames| {
            format!("{} {} {}", service.name, service.client, service.create)
        };
        service_names(&services).iter().map(text).collect()
    }

    /// What each rpc and its variants are called.
    fn functions(rpcs: &[&str]) -> Vec<String> {
        let service = &service_names(&[service("S", rpcs)])[0];
        let text = |rpc: &MethodNames| format!("{} {}_opt", rpc.name, rpc.stem);
        service.methods.iter().map(text).collect()
    }

    /// The same in whatever order two elements stand.
    #[track_caller]
    fn in_both_orders(names: fn(&[&str]) -> Vec<String>, wanted: [(&str, &str); 2]) {
        let [first, second] = wanted;
        assert_eq!(names(&[first.0, second.0]), [first.1, second.1]);
        assert_eq!(names(&[second.0, first.0]), [second.1, first.1]);
    }

    #[test]
    fn a_service_keeps_its_names_when_one_that_clashes_is_put_before_it() {
        for newcomer in ["foo", "FOO", "Foo_", "_foo"] {
            in_both_orders(
                types,
                [
                    ("Foo", "Foo FooClient create_foo"),
                    (newcomer, "Foo_ FooClient_ create_foo_"),
                ],
            );
        }
        in_both_orders(
            types,
            [
                ("Foo", "Foo FooClient create_foo"),
                ("FooClient", "FooClient_ FooClientClient create_foo_client"),
            ],
        );
    }

    #[test]
    fn an_rpc_keeps_its_names_when_one_that_clashes_is_put_before_it() {
        for (newcomer, names) in [
            ("foo", "foo_ foo__opt"),
            ("FOO", "foo_ foo__opt"),
            ("stream foo", "foo_ foo__opt"),
            ("FooAsync", "foo_async_ foo_async__opt"),
            ("stream FooAsync", "foo_async_ foo_async__opt"),
            ("FooOpt", "foo_opt_ foo_opt_opt"),
            ("foo_async_opt", "foo_async_opt_ foo_async_opt_opt"),
        ] {
            in_both_orders(functions, [("Foo", "foo foo_opt"), (newcomer, names)]);
        }
    }

    #[test]
    fn an_rpc_that_needs_no_change_keeps_its_names_beside_a_shorter_one_that_does() {
        in_both_orders(
            functions,
            [
                ("FooAsync", "foo_async foo_async_opt"),
                ("foo", "foo_ foo__opt"),
            ],
        );
    }

    #[test]
    fn a_constant_keeps_its_name_when_one_that_clashes_is_put_before_it() {
        let foo = service("Foo", &["BarBaz"]);
        let bar = service("FooBar", &["Baz"]);
        let constants = |services: &[ServiceDescriptorProto]| -> Vec<String> {
            let names = service_names(services).into_iter();
            names
                .flat_map(|service| service.methods)
                .map(|method| method.constant)
                .collect()
        };
        let (kept, changed) = ("METHOD_FOO_BAR_BAZ", "METHOD_FOO_BAR_BAZ_");
        assert_eq!(constants(&[foo.clone(), bar.clone()]), [kept, changed]);
        assert_eq!(constants(&[bar.clone(), foo]), [changed, kept]);
        let other = service("foo", &["bar_baz"]);
        assert_eq!(constants(&[other.clone(), bar.clone()]), [changed, kept]);
        assert_eq!(constants(&[bar, other]), [kept, changed]);
    }

    #[test]
    fn names_that_rank_alike_follow_in_the_order_of_the_file() {
        assert_eq!(
            functions(&["f_", "f__", "stream _f", "f___"]),
            ["f f_opt", "f_ f__opt", "f__ f___opt", "f___ f____opt"]
        );
    }
}
