//! Which editions have what an option declares: `feature_support = {…}`.

use protobuf::CodedInputStream;

use super::options::{self, Options};
use super::subject::Subject;

/// `FieldOptions.FeatureSupport`. Editions ascend by number.
#[derive(Debug, Default)]
struct FeatureSupport {
    introduced: i32,
    deprecated: Option<i32>,
    has_warning: bool,
    removed: Option<i32>,
    has_removal_error: bool,
}

/// Checks the fields and enum values of a file.
pub fn check(subject: &Subject<'_>, all: &[Options<'_>]) {
    for options in all {
        let number = match options.kind.message {
            "FieldOptions" => 22,
            "EnumValueOptions" => 4,
            _ => continue,
        };
        let parts = u32::try_from(number).map(|number| options::contents(options.unknown, number));
        let parts = parts.unwrap_or_default();
        if parts.is_empty() {
            continue;
        }
        let Ok(support) = read(&parts.concat()) else {
            continue;
        };
        for problem in problems(&support) {
            subject.report(
                &[options.path.as_slice(), &[number]].concat(),
                format!("feature_support of '{}' {problem}", options.scope),
            );
        }
    }
}

fn problems(support: &FeatureSupport) -> Vec<&'static str> {
    let mut problems = Vec::new();
    match support.deprecated {
        Some(deprecated) => {
            if deprecated < support.introduced {
                problems.push("has edition_deprecated before edition_introduced");
            }
            if !support.has_warning {
                problems.push("has edition_deprecated but no deprecation_warning");
            }
        }
        None if support.has_warning => {
            problems.push("has a deprecation_warning but no edition_deprecated");
        }
        None => {}
    }
    match support.removed {
        Some(removed) => {
            if support
                .deprecated
                .is_some_and(|deprecated| deprecated >= removed)
            {
                problems.push("has edition_deprecated not before edition_removed");
            }
            if removed < support.introduced {
                problems.push("has edition_removed before edition_introduced");
            }
            if removed > support.introduced && !support.has_removal_error {
                problems.push("has edition_removed but no removal_error");
            }
        }
        None if support.has_removal_error => {
            problems.push("has a removal_error but no edition_removed");
        }
        None => {}
    }
    problems
}

fn read(bytes: &[u8]) -> protobuf::Result<FeatureSupport> {
    let mut support = FeatureSupport::default();
    let mut input = CodedInputStream::from_bytes(bytes);
    while let Some(tag) = input.read_raw_tag_or_eof()? {
        match tag >> 3 {
            1 => support.introduced = input.read_int32()?,
            2 => support.deprecated = Some(input.read_int32()?),
            3 => support.has_warning = input.read_bytes().map(|_| true)?,
            4 => support.removed = Some(input.read_int32()?),
            5 => support.has_removal_error = input.read_bytes().map(|_| true)?,
            _ => break,
        }
    }
    Ok(support)
}
