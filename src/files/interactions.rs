//! Interactions, a row each.

use std::io::Read;

use crate::book::BookId;
use crate::interaction::{Interaction, Kind, Rating, Time};
use crate::reader::ReaderId;

use super::columns::{Field, Fields, Names};
use super::problem::Problem;
use super::row::RowError;
use super::rows::Rows;
use super::time::time;

const REQUIRED: [Names; 2] = [&["reader_id", "user_id"], &["book_id"]];

const OPTIONAL: [Names; 3] = [&["kind"], &["rating"], &["time"]];

/// The interactions of a file, in the order of its rows, also those of one reader
/// and book; [`newest`] leaves one of them. There may be none: so is the export of
/// a shop that nobody has visited yet.
///
/// After a problem that [ends the file](Problem::ends_the_file) comes nothing.
#[derive(Debug)]
pub struct Interactions<Source> {
    rows: Rows<Source, 2, 3>,
}

impl<Source: Read> Interactions<Source> {
    /// The interactions in `source`, which problems call `file`.
    ///
    /// # Errors
    ///
    /// [`Problem`] when it cannot be read, is no CSV file, or has no header with
    /// the columns of interactions.
    pub fn new(file: &str, source: Source) -> Result<Self, Problem> {
        let rows = Rows::new(file, source, REQUIRED, OPTIONAL)?;
        Ok(Interactions { rows })
    }

    /// The columns of the file that are not read.
    pub fn ignored_columns(&self) -> &[String] {
        self.rows.ignored_columns()
    }
}

impl<Source: Read> Iterator for Interactions<Source> {
    /// A line, from 1, and the interaction that is there, with its reader.
    type Item = Result<(u64, (ReaderId, Interaction)), Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next(|_, fields| interaction(fields))
    }
}

/// Leaves one interaction of a reader with a book: the newest, and of equally old
/// ones the strongest. Sorts them by reader, then by book; how many it took out.
///
/// What is left does not depend on the order that they came in.
pub fn newest(interactions: &mut Vec<(ReaderId, Interaction)>) -> usize {
    let given = interactions.len();
    interactions.sort_unstable_by(|(reader, a), (other, b)| {
        let order = (reader, a.book).cmp(&(other, b.book));
        // What counts comes first, for that is what remains.
        order.then_with(|| (b.time, b.kind).cmp(&(a.time, a.kind)))
    });
    interactions.dedup_by_key(|(reader, interaction)| (*reader, interaction.book));
    given - interactions.len()
}

/// The interaction in a row, and its reader.
fn interaction(fields: &Fields<'_, 2, 3>) -> Result<(ReaderId, Interaction), RowError> {
    let [reader, book] = fields.required;
    let [kind, rating, time] = fields.optional;
    let reader = reader.number(0, ReaderId::new)?;
    let interaction = Interaction {
        book: book.number(1, BookId::new)?,
        kind: self::kind(filled(kind), filled(rating))?,
        time: filled(time).map_or(Ok(Time::UNKNOWN), moment)?,
    };
    Ok((reader, interaction))
}

/// The field, unless it is blank.
fn filled(field: Option<Field<'_>>) -> Option<Field<'_>> {
    field.filter(|field| !field.bytes.is_empty())
}

/// What was done. What has a rating is rated, and what has nothing is wanted: so
/// goodbooks-10k has it.
fn kind(kind: Option<Field<'_>>, rating: Option<Field<'_>>) -> Result<Kind, RowError> {
    let rated = rating.map(stars).transpose()?.map(Kind::Rated);
    let Some(kind) = kind else {
        return Ok(rated.unwrap_or(Kind::Wanted));
    };
    let is = |name: &str| kind.bytes.eq_ignore_ascii_case(name.as_bytes());
    if is("RATED") {
        return rated.ok_or(RowError::MissingRating);
    }
    let others = [Kind::Wanted, Kind::Bought, Kind::Read];
    let Some(other) = others.into_iter().find(|other| is(other.name())) else {
        return Err(RowError::Kind(kind.excerpt()));
    };
    match rating {
        None => Ok(other),
        Some(rating) => Err(RowError::NeedlessRating {
            kind: other.name(),
            rating: rating.excerpt(),
        }),
    }
}

fn stars(field: Field<'_>) -> Result<Rating, RowError> {
    let stars = match *field.bytes {
        [digit @ b'0'..=b'9'] => Rating::new(digit - b'0'),
        _ => None,
    };
    stars.ok_or_else(|| RowError::Rating(field.excerpt()))
}

fn moment(field: Field<'_>) -> Result<Time, RowError> {
    time(field.bytes).map_err(|_| RowError::Time(field.excerpt()))
}

#[cfg(test)]
mod tests;
