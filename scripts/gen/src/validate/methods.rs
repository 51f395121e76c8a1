//! The types of methods.

use protobuf::descriptor::ServiceDescriptorProto;

use super::element::{Element, index, number};
use super::subject::Subject;

/// Within a service a name is looked for among its methods first, as in
/// `rpc Ping(Ping) returns (Pong)`.
pub fn check(subject: &Subject<'_>, service: &Element<'_, ServiceDescriptorProto>) {
    for at in 0..service.proto.method.len() {
        for part in [number::METHOD_INPUT, number::METHOD_OUTPUT] {
            let path = service.part(&[number::SERVICE_METHOD, index(at), part]);
            let written = subject.source(&path);
            let mut methods = service.proto.method.iter();
            if methods.any(|method| method.name() == written) {
                subject.report_with_help(
                    &path,
                    format!("'{written}' is a method here, not a message"),
                    Some("write the message's full name with a leading dot"),
                );
            }
        }
    }
}
