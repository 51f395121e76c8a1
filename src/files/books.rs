//! Books, a row each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Read;

use crate::book::{Book, BookId, MAX_TEXT_BYTES};
use crate::category::Categories;

use super::columns::{Field, Fields, Names};
use super::problem::Problem;
use super::row::RowError;
use super::rows::Rows;

const REQUIRED: [Names; 2] = [&["id", "book_id"], &["title"]];

const OPTIONAL: [Names; 3] = [
    &["author", "authors"],
    &["year", "original_publication_year"],
    &["categories"],
];

/// The books of a file, in the order of its rows. A file without any is a problem.
///
/// After a problem that [ends the file](Problem::ends_the_file) comes nothing.
#[derive(Debug)]
pub struct Books<Source> {
    rows: Rows<Source, 2, 3>,
    /// Which line has which id.
    lines: HashMap<BookId, u64>,
}

impl<Source: Read> Books<Source> {
    /// The books in `source`, which problems call `file`.
    ///
    /// # Errors
    ///
    /// [`Problem`] when it cannot be read, is no CSV file, or has no header with
    /// the columns of books.
    pub fn new(file: &str, source: Source) -> Result<Self, Problem> {
        Ok(Books {
            rows: Rows::new(file, source, REQUIRED, OPTIONAL)?,
            lines: HashMap::new(),
        })
    }

    /// The columns of the file that are not read.
    pub fn ignored_columns(&self) -> &[String] {
        self.rows.ignored_columns()
    }
}

impl<Source: Read> Iterator for Books<Source> {
    /// A line, from 1, and the book that is there.
    type Item = Result<(u64, Book), Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let lines = &mut self.lines;
        let next = self.rows.next(|line, fields| {
            let book = book(fields)?;
            match lines.entry(book.id) {
                Entry::Vacant(entry) => entry.insert(line),
                Entry::Occupied(entry) => {
                    return Err(RowError::DuplicateId {
                        column: fields.required[0].column,
                        id: book.id,
                        first: *entry.get(),
                    });
                }
            };
            Ok(book)
        });
        next.or_else(|| self.rows.no_rows().map(Err))
    }
}

/// The book in a row.
fn book(fields: &Fields<'_, 2, 3>) -> Result<Book, RowError> {
    let [id, title] = fields.required;
    let [author, year, categories] = fields.optional;
    let book = Book {
        id: id.number(1, BookId::new)?,
        title: text(title)?,
        author: author.map_or(Ok(String::new()), text)?,
        year: year.map_or(Ok(None), self::year)?,
        categories: categories.map_or(Ok(Categories::NONE), self::categories)?,
    };
    if book.title.trim().is_empty() {
        return Err(RowError::BlankTitle(title.excerpt()));
    }
    Ok(book)
}

fn text(field: Field<'_>) -> Result<String, RowError> {
    let bytes = field.bytes.len();
    if bytes > MAX_TEXT_BYTES {
        let column = field.column;
        return Err(RowError::TooLong { column, bytes });
    }
    Ok(field.text()?.to_owned())
}

/// The year, or none where it is not known. goodbooks-10k writes it as `1997.0`.
fn year(field: Field<'_>) -> Result<Option<i16>, RowError> {
    let text = field.text()?;
    if text.is_empty() {
        return Ok(None);
    }
    let whole = text.strip_suffix(".0").unwrap_or(text);
    let year = whole.parse().ok();
    let year = year.filter(|number| (-9999..=9999).contains(number));
    year.map(Some).ok_or_else(|| RowError::Year {
        column: field.column,
        found: field.excerpt(),
    })
}

fn categories(field: Field<'_>) -> Result<Categories, RowError> {
    let names = field.text()?;
    let mut categories = Categories::NONE;
    if names.is_empty() {
        return Ok(categories);
    }
    for name in names.split('|') {
        let category = name.parse()?;
        if !categories.insert(category) {
            return Err(RowError::DuplicateCategory(category));
        }
    }
    Ok(categories)
}

#[cfg(test)]
mod tests;
