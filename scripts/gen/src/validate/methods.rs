//! The types of methods.

use std::collections::HashSet;

use protobuf::descriptor::ServiceDescriptorProto;

use super::element::{Element, index, number};
use super::subject::Subject;
use super::types::check_message_type;

/// Within a service a name is looked for among its methods first, as in
/// `rpc Ping(Ping) returns (Pong)`.
pub fn check(subject: &Subject<'_>, service: &Element<'_, ServiceDescriptorProto>) {
    let methods: HashSet<&str> = service.proto.method.iter().map(|m| m.name()).collect();
    for (at, method) in service.proto.method.iter().enumerate() {
        for (part, full_name) in [
            (number::METHOD_INPUT, method.input_type()),
            (number::METHOD_OUTPUT, method.output_type()),
        ] {
            let path = service.part(&[number::SERVICE_METHOD, index(at), part]);
            check_message_type(subject, full_name, &path);
            // To read the source takes long, and seldom is any need.
            let name = full_name.rsplit('.').next().unwrap_or_default();
            if !methods.contains(name) {
                continue;
            }
            let written = subject.source(&path);
            if written == name {
                subject.report_with_help(
                    &path,
                    format!("'{written}' is a method here, not a message"),
                    Some("write the message's full name with a leading dot"),
                );
            }
        }
    }
}
