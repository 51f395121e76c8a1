//! Options that protoc 35 does not have in files without an edition.

use super::element::number;
use super::options::Options;
use super::subject::Subject;

const PHP_GENERIC_SERVICES: i32 = 42;

/// Checks all options of a file.
pub fn check(subject: &Subject<'_>, all: &[Options<'_>]) {
    check_removed(subject);
    for options in all {
        let features = options.kind.features;
        let set = u32::try_from(features).is_ok_and(|number| options.unknown.get(number).is_some());
        if set {
            subject.report_with_help(
                &[options.path.as_slice(), &[features]].concat(),
                "'features' can only be set in files with an edition".to_owned(),
                Some("editions are not supported; proto2 and proto3 fix every feature"),
            );
        }
    }
}

fn check_removed(subject: &Subject<'_>) {
    let options = &subject.file.descriptor.options;
    if options.php_generic_services.is_some() {
        subject.report(
            &[number::FILE_OPTIONS, PHP_GENERIC_SERVICES],
            "option 'php_generic_services' is no longer defined; remove it".to_owned(),
        );
    }
}
