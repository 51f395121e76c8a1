//! Features, which files without an edition cannot set.

use protobuf::UnknownValueRef;

use super::options::Options;
use super::subject::Subject;

/// Checks all options of a file.
pub fn check(subject: &Subject<'_>, all: &[Options<'_>]) {
    for options in all {
        let features = options.kind.features;
        // A descriptor.proto of somebody's own may have another type.
        let is_set = u32::try_from(features).is_ok_and(|number| {
            let value = options.unknown.get(number);
            matches!(value, Some(UnknownValueRef::LengthDelimited(_)))
        });
        if is_set {
            subject.report_with_help(
                &[options.path.as_slice(), &[features]].concat(),
                "'features' can only be set in files with an edition".to_owned(),
                Some("editions are not supported; proto2 and proto3 fix every feature"),
            );
        }
    }
}
