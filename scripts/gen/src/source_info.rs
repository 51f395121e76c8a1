//! Source info in protoc's order and with protoc's columns.

use std::cmp::Reverse;
use std::collections::HashMap;

use protobuf::descriptor::SourceCodeInfo;
use protobuf::descriptor::source_code_info::Location;

use crate::leniency;

/// A line and a column, from 0.
type Position = (i32, i32);

/// Where a location comes in protoc's order: by its start, the longer ones
/// first, then those around others, then by rank.
type Key = (Position, Reverse<Position>, usize, usize);

/// The source info of a text as protoc has it.
pub fn as_protoc(mut info: SourceCodeInfo, text: &str) -> SourceCodeInfo {
    sort(&mut info.location);
    let lines: Vec<&str> = text.split('\n').collect();
    shorten_negative_ends(&mut info.location, &lines);
    if text.contains('\t') || text.contains(leniency::is_stand_in) {
        for location in &mut info.location {
            count_columns(&mut location.span, &lines);
        }
    }
    info
}

/// Sorts locations into the order in which protoc meets them.
fn sort(locations: &mut [Location]) {
    let moved = moved(locations);
    locations.sort_by_cached_key(|location| {
        moved
            .get(&location.path)
            .copied()
            .unwrap_or_else(|| key(location))
    });
    // The options of several extension ranges are written once; protoc repeats
    // them range by range.
    let in_options = |left: &Location, right: &Location| {
        range_of(&left.path).is_some() && range_of(&right.path).is_some()
    };
    for options in locations.chunk_by_mut(in_options) {
        options.sort_by(|left, right| range_of(&left.path).cmp(&range_of(&right.path)));
    }
}

/// The path of the extension range whose options a path is in.
fn range_of(path: &[i32]) -> Option<&[i32]> {
    const MESSAGE_TYPE: i32 = 4;
    const NESTED_TYPE: i32 = 3;
    const EXTENSION_RANGE: i32 = 5;
    const OPTIONS: i32 = 3;
    let [MESSAGE_TYPE, _, below @ ..] = path else {
        return None;
    };
    let parts = below.chunks(2);
    let nested = parts.take_while(|part| part[0] == NESTED_TYPE).count();
    match below.get(2 * nested..)? {
        [EXTENSION_RANGE, _, OPTIONS, ..] => path.get(..2 * nested + 4),
        _ => None,
    }
}

/// A single negative number of an enum's `reserved` ends, for protoc, with its
/// minus sign.
fn shorten_negative_ends(locations: &mut [Location], lines: &[&str]) {
    const START: i32 = 1;
    const END: i32 = 2;
    let mut start: Option<(Vec<i32>, Position)> = None;
    for location in locations {
        let Some((part, range)) = location.path.split_last() else {
            continue;
        };
        let (position, _) = ends(&location.span);
        match start.take() {
            Some((path, before))
                if *part == END
                    && path == range
                    && before == position
                    && is_minus(lines, position) =>
            {
                location.span = vec![position.0, position.1, position.1 + 1];
            }
            _ if *part == START => start = Some((range.to_vec(), position)),
            _ => {}
        }
    }
}

fn is_minus(lines: &[&str], (line, column): Position) -> bool {
    let index = |n: i32| usize::try_from(n).ok();
    let line = index(line).and_then(|line| lines.get(line));
    line.zip(index(column))
        .is_some_and(|(line, column)| line.as_bytes().get(column) == Some(&b'-'))
}

fn key(location: &Location) -> Key {
    let (start, end) = ends(&location.span);
    (start, Reverse(end), location.path.len(), 0)
}

fn ends(span: &[i32]) -> (Position, Position) {
    match *span {
        [line, start, end] => ((line, start), (line, end)),
        [line, start, end_line, end] => ((line, start), (end_line, end)),
        _ => ((0, 0), (0, 0)),
    }
}

/// The locations that protoc records elsewhere than where they start.
fn moved(locations: &[Location]) -> HashMap<Vec<i32>, Key> {
    let by_path: HashMap<&[i32], &Location> = locations
        .iter()
        .map(|location| (location.path.as_slice(), location))
        .collect();
    let mut moved = HashMap::new();
    for location in locations {
        let path = &location.path;
        if let Some(field) = extension_of(path).and_then(|field| by_path.get(field)) {
            // The extendee is written once, before all fields of the block.
            let (start, end, _, _) = key(field);
            moved.insert(path.clone(), (start, end, path.len(), 0));
        }
    }
    let messages: HashMap<&[i32], &Location> = locations
        .iter()
        .filter(|location| is_message(&location.path))
        .map(|location| (location.span.as_slice(), location))
        .collect();
    for field in locations.iter().filter(|l| is_field(&l.path)) {
        if let Some(message) = messages.get(field.span.as_slice()) {
            move_group(field, message, &by_path, &mut moved);
        }
    }
    moved
}

/// The message of a group comes after the group's number and options.
fn move_group(
    field: &Location,
    message: &Location,
    by_path: &HashMap<&[i32], &Location>,
    moved: &mut HashMap<Vec<i32>, Key>,
) {
    const NAME: i32 = 1;
    const NUMBER: i32 = 3;
    const TYPE_NAME: i32 = 6;
    const OPTIONS: i32 = 8;
    let part = |path: &[i32], number: i32| [path, &[number]].concat();
    let last = [OPTIONS, NUMBER]
        .iter()
        .find_map(|number| by_path.get(part(&field.path, *number).as_slice()));
    let Some(last) = last else { return };
    let (_, start) = ends(&last.span);
    for (rank, path) in [
        message.path.clone(),
        part(&message.path, NAME),
        part(&field.path, TYPE_NAME),
    ]
    .into_iter()
    .enumerate()
    {
        moved.insert(path, (start, Reverse(start), 0, rank));
    }
}

/// The path of the extension, when a path is that of its extendee.
fn extension_of(path: &[i32]) -> Option<&[i32]> {
    match path {
        [7, _, 2] => path.get(..2),
        [4, .., 6, _, 2] if !path.len().is_multiple_of(2) => path.get(..path.len() - 1),
        _ => None,
    }
}

fn is_field(path: &[i32]) -> bool {
    path.len().is_multiple_of(2) && matches!(path, [7, _] | [4, .., 2 | 6, _])
}

fn is_message(path: &[i32]) -> bool {
    path.len().is_multiple_of(2) && matches!(path, [4, _] | [4, .., 3, _])
}

/// protoc moves a tab to the next multiple of eight, and counts a byte that is
/// no UTF-8 once.
fn count_columns(span: &mut [i32], lines: &[&str]) {
    let end_line = if span.len() == 4 { 2 } else { 0 };
    let end_column = span.len().saturating_sub(1);
    for (line, column) in [(0, 1), (end_line, end_column)] {
        let text = span
            .get(line)
            .and_then(|line| lines.get(usize::try_from(*line).ok()?));
        if let (Some(text), Some(column)) = (text, span.get_mut(column)) {
            let bytes = usize::try_from(*column).unwrap_or_default();
            let before = text.char_indices().take_while(|(at, _)| *at < bytes);
            *column = before.fold(0, |column, (_, character)| match character {
                '\t' => column + 8 - column % 8,
                _ if leniency::is_stand_in(character) => column + 1,
                _ => column + i32::try_from(character.len_utf8()).unwrap_or(1),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_reach_to_the_next_multiple_of_eight() {
        let mut span = [0, 1, 4];
        count_columns(&mut span, &["\ta\tb"]);
        assert_eq!(span, [0, 8, 17]);
        let mut span = [0, 0, 1, 1];
        count_columns(&mut span, &["{", "\t}"]);
        assert_eq!(span, [0, 0, 1, 8]);
    }

    #[test]
    fn bytes_that_are_no_utf8_count_once() {
        let mut span = [0, 7, 9];
        count_columns(&mut span, &["é'\u{10ffff}';"]);
        assert_eq!(span, [0, 4, 6]);
    }

    #[test]
    fn an_extendee_follows_its_extension() {
        let location = |path: &[i32], span: &[i32]| Location {
            path: path.to_vec(),
            span: span.to_vec(),
            ..Location::default()
        };
        let mut locations = vec![
            location(&[7], &[0, 0, 3, 1]),
            location(&[7, 0], &[1, 2, 30]),
            location(&[7, 0, 1], &[1, 20, 21]),
            location(&[7, 0, 2], &[0, 7, 10]),
            location(&[7, 0, 4], &[1, 2, 10]),
        ];
        sort(&mut locations);
        let paths: Vec<Vec<i32>> = locations.into_iter().map(|l| l.path).collect();
        assert_eq!(
            paths,
            [
                vec![7],
                vec![7, 0],
                vec![7, 0, 2],
                vec![7, 0, 4],
                vec![7, 0, 1]
            ]
        );
    }
}
