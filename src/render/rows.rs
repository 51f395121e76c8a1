//! What the answers of a server look like on a line.

use super::{Column, Row};
use crate::client::{Book, Contribution, Interaction, Recommendation, SimilarBook};

impl Row for Recommendation {
    const COLUMNS: &'static [Column] = &[Column::number("ID"), Column::text("TITLE")];

    fn cells(&self) -> Vec<String> {
        vec![self.id.to_string(), self.title.clone()]
    }
}

impl Row for Book {
    const COLUMNS: &'static [Column] = &[
        Column::number("ID"),
        Column::text("TITLE"),
        Column::text("AUTHOR"),
        Column::number("YEAR"),
        Column::text("CATEGORIES"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.title.clone(),
            self.author.clone(),
            number(self.year),
            self.categories.join("|"),
        ]
    }
}

impl Row for SimilarBook {
    const COLUMNS: &'static [Column] = &[
        Column::number("ID"),
        Column::text("TITLE"),
        Column::text("AUTHOR"),
        Column::number("SIMILARITY"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.book.id.to_string(),
            self.book.title.clone(),
            self.book.author.clone(),
            score(self.similarity),
        ]
    }
}

impl Row for Interaction {
    const COLUMNS: &'static [Column] = &[
        Column::number("READER"),
        Column::number("BOOK"),
        Column::text("KIND"),
        Column::number("RATING"),
        Column::text("TIME"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.reader_id.to_string(),
            self.book_id.to_string(),
            self.kind.clone(),
            number(self.rating),
            self.time.clone().unwrap_or_default(),
        ]
    }
}

impl Row for Contribution {
    const COLUMNS: &'static [Column] = &[
        Column::number("BOOK"),
        Column::text("TITLE"),
        Column::number("WEIGHT"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.book_id.to_string(),
            self.title.clone(),
            score(self.weight),
        ]
    }
}

/// The number, nothing where there is none.
fn number(number: Option<i32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// A score for the eye; JSON has all digits, and so it is with [`popularity`].
pub(super) fn score(score: f64) -> String {
    format!("{score:.6}")
}

/// A popularity for the eye: about a count of readers.
pub(super) fn popularity(popularity: f64) -> String {
    format!("{popularity:.1}")
}
