//! Ranges of numbers: reserved ones and those for extensions.

use protobuf::descriptor::{DescriptorProto, EnumDescriptorProto};

use super::element::{Element, index, number};
use super::subject::Subject;

/// A range of numbers, both ends included.
#[derive(Debug, Clone)]
struct Range {
    kind: &'static str,
    first: i32,
    last: i32,
    path: Vec<i32>,
}

/// The ranges of a message: in ascending order, none over another.
pub fn check_message(subject: &Subject<'_>, message: &Element<'_, DescriptorProto>) {
    let reserved = message
        .proto
        .reserved_range
        .iter()
        .enumerate()
        .map(|(at, range)| Range {
            kind: "reserved",
            first: range.start(),
            last: range.end().saturating_sub(1),
            path: message.part(&[number::MESSAGE_RESERVED_RANGE, index(at)]),
        });
    let extensions = message
        .proto
        .extension_range
        .iter()
        .enumerate()
        .map(|(at, range)| Range {
            kind: "extension",
            first: range.start(),
            last: range.end().saturating_sub(1),
            path: message.part(&[number::MESSAGE_EXTENSION_RANGE, index(at)]),
        });
    check(subject, reserved.chain(extensions).collect());
}

/// The reserved ranges of an enum.
pub fn check_enum(subject: &Subject<'_>, enumeration: &Element<'_, EnumDescriptorProto>) {
    let reserved = enumeration
        .proto
        .reserved_range
        .iter()
        .enumerate()
        .map(|(at, range)| Range {
            kind: "reserved",
            first: range.start(),
            last: range.end(),
            path: enumeration.part(&[number::ENUM_RESERVED_RANGE, index(at)]),
        });
    check(subject, reserved.collect());
}

fn check(subject: &Subject<'_>, mut ranges: Vec<Range>) {
    ranges.retain(|range| is_ascending(subject, range));
    // By number, so that a long list of ranges takes no longer than to sort
    // it; the source order of two decides which of them is reported.
    let mut sorted: Vec<(usize, Range)> = ranges.into_iter().enumerate().collect();
    sorted.sort_by_key(|(at, range)| (range.first, *at));
    let mut widest: Option<(usize, Range)> = None;
    for (at, range) in sorted {
        match &widest {
            Some((before, other)) if other.last >= range.first => {
                if *before < at {
                    report_overlap(subject, &range, other);
                } else {
                    report_overlap(subject, other, &range);
                }
                if range.last > other.last {
                    widest = Some((at, range));
                }
            }
            _ => widest = Some((at, range)),
        }
    }
}

fn is_ascending(subject: &Subject<'_>, range: &Range) -> bool {
    if range.first > range.last {
        subject.report(
            &range.path,
            format!(
                "{} range {} to {} is empty; its end must not be less than its start",
                range.kind, range.first, range.last
            ),
        );
    }
    range.first <= range.last
}

fn report_overlap(subject: &Subject<'_>, second: &Range, first: &Range) {
    subject.report(
        &second.path,
        format!(
            "{} range {} to {} overlaps with {} range {} to {}",
            second.kind, second.first, second.last, first.kind, first.first, first.last
        ),
    );
}
