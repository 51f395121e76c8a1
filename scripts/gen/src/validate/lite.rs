//! `optimize_for = LITE_RUNTIME`, which changes what a file may touch.

use protobuf::descriptor::FileDescriptorProto;
use protobuf::descriptor::file_options::OptimizeMode;

use super::element::{Elements, index, number};
use super::subject::Subject;
use super::types;

/// Checks a file and its imports.
pub fn check(subject: &Subject<'_>) {
    if is_lite(&subject.file.descriptor) {
        check_extendees(subject);
        check_services(subject);
    } else {
        check_imports(subject);
    }
}

fn is_lite(file: &FileDescriptorProto) -> bool {
    file.options.optimize_for() == OptimizeMode::LITE_RUNTIME
}

fn check_imports(subject: &Subject<'_>) {
    for (at, import) in subject.file.descriptor.dependency.iter().enumerate() {
        if subject.types.file(import).is_some_and(is_lite) {
            subject.report_with_help(
                &[number::FILE_DEPENDENCY, index(at)],
                format!("'{import}' has optimize_for = LITE_RUNTIME and this file has not"),
                Some(
                    "give this file 'option optimize_for = LITE_RUNTIME', or take it from that one",
                ),
            );
        }
    }
}

fn check_extendees(subject: &Subject<'_>) {
    for extension in &Elements::new(&subject.file.descriptor).extensions {
        let extendee = extension.proto.extendee();
        if let Some((file, _)) = subject.types.message(extendee)
            && !is_lite(file)
        {
            subject.report(
                &extension.part(&[number::FIELD_EXTENDEE]),
                format!(
                    "a file with optimize_for = LITE_RUNTIME cannot extend '{}', which is in a file without",
                    types::name(extendee)
                ),
            );
        }
    }
}

fn check_services(subject: &Subject<'_>) {
    let options = &subject.file.descriptor.options;
    if !options.cc_generic_services() && !options.java_generic_services() {
        return;
    }
    for at in 0..subject.file.descriptor.service.len() {
        subject.report(
            &[number::FILE_SERVICE, index(at), number::NAME],
            "a file with optimize_for = LITE_RUNTIME cannot have services with cc_generic_services or java_generic_services".to_owned(),
        );
    }
}
