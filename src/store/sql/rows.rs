//! Books and interactions as rows.

use std::collections::HashSet;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Result, Row, Statement, params};

use crate::book::{Book, BookId, MAX_TEXT_BYTES};
use crate::category::{Categories, Category};
use crate::excerpt::excerpt;
use crate::interaction::{Interaction, Kind, Rating, Time};
use crate::reader::ReaderId;
use crate::store::error::{BadRow, Reason};

/// Inserts a book, or replaces the one with its id.
pub fn put_book(connection: &Connection, book: &Book) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO books (id, title, author, year, categories) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET
           title = excluded.title, author = excluded.author,
           year = excluded.year, categories = excluded.categories",
    )?;
    let categories = book.categories.to_string();
    let (id, title, author) = (book.id.number(), &book.title, &book.author);
    statement.execute(params![id, title, author, book.year, categories])?;
    Ok(())
}

/// Deletes a book.
pub fn delete_book(connection: &Connection, book: BookId) -> Result<()> {
    let mut statement = connection.prepare_cached("DELETE FROM books WHERE id = ?1")?;
    statement.execute([book.number()])?;
    Ok(())
}

/// Deletes every book.
pub fn delete_books(connection: &Connection) -> Result<()> {
    connection.execute("DELETE FROM books", [])?;
    Ok(())
}

/// Inserts an interaction, in place of the one with its key unless that one is
/// newer or, where neither has a time, of a stronger kind; whether it is there
/// now.
pub fn put_interaction(
    connection: &Connection,
    reader: ReaderId,
    interaction: &Interaction,
) -> Result<bool> {
    // The rule of `history::replaces`. The place in the list of all kinds is the
    // kind's strength.
    let mut statement = connection.prepare_cached(
        "INSERT INTO interactions (reader_id, book_id, kind, rating, time)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (reader_id, book_id) DO UPDATE SET
           kind = excluded.kind, rating = excluded.rating, time = excluded.time
         WHERE excluded.time > time OR excluded.time = time AND (
           time <> 0 OR instr('WANTED,BOUGHT,READ,RATED', excluded.kind)
                     >= instr('WANTED,BOUGHT,READ,RATED', kind))",
    )?;
    let (book, kind) = (interaction.book.number(), interaction.kind.name());
    let rating = interaction.kind.rating().map(Rating::stars);
    let time = interaction.time.seconds();
    let rows = statement.execute(params![reader.number(), book, kind, rating, time])?;
    Ok(rows == 1)
}

/// Deletes a reader's interaction with a book.
pub fn delete_interaction(connection: &Connection, reader: ReaderId, book: BookId) -> Result<()> {
    let mut statement = connection
        .prepare_cached("DELETE FROM interactions WHERE reader_id = ?1 AND book_id = ?2")?;
    statement.execute([reader.number(), book.number()])?;
    Ok(())
}

/// Deletes a reader's interactions.
pub fn delete_reader(connection: &Connection, reader: ReaderId) -> Result<()> {
    let mut statement =
        connection.prepare_cached("DELETE FROM interactions WHERE reader_id = ?1")?;
    statement.execute([reader.number()])?;
    Ok(())
}

/// How many interactions there are.
pub fn count_interactions(connection: &Connection) -> Result<usize> {
    connection.query_row("SELECT count(*) FROM interactions", [], |row| count(row, 0))
}

/// The ids of all books.
pub fn book_ids(connection: &Connection) -> Result<HashSet<BookId>> {
    let mut statement = connection.prepare("SELECT id FROM books")?;
    let numbers = statement.query_map([], |row| row.get(0))?;
    let ids = numbers.filter_map(|number| number.map(BookId::new).transpose());
    ids.collect()
}

/// A reader with more than `most` interactions, and how many those are.
pub fn fuller_history(connection: &Connection, most: usize) -> Result<Option<(ReaderId, usize)>> {
    let mut statement = connection.prepare(
        "SELECT reader_id, count(*) FROM interactions
         GROUP BY reader_id HAVING count(*) > ?1 LIMIT 1",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let fuller = |row: &Row<'_>| Ok(ReaderId::new(row.get(0)?).zip(Some(count(row, 1)?)));
    Ok(statement.query_row([most], fuller).optional()?.flatten())
}

fn count(row: &Row<'_>, index: usize) -> Result<usize> {
    let count: i64 = row.get(index)?;
    usize::try_from(count).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, count))
}

/// Every book, by ascending id; [`book`] reads a row of it.
pub fn books(connection: &Connection) -> Result<Statement<'_>> {
    connection.prepare("SELECT id, title, author, year, categories FROM books ORDER BY id")
}

/// Every interaction, by ascending reader and then book; [`interaction`] reads a
/// row of it.
pub fn interactions(connection: &Connection) -> Result<Statement<'_>> {
    connection.prepare(
        "SELECT reader_id, book_id, kind, rating, time FROM interactions
         ORDER BY reader_id, book_id",
    )
}

/// The book in a row of [`books`].
pub fn book(row: &Row<'_>) -> std::result::Result<Book, Reason> {
    let id = row.get_ref(0)?;
    let bad = |column, found, allowed: &str| {
        bad_row("books", format!("id {}", shown(id)), column, found, allowed)
    };
    let text = |index, column| match row.get_ref(index)? {
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(_) => Err(bad(column, row.get_ref(index)?, "UTF-8")),
        },
        other => Err(bad(column, other, "text")),
    };

    let number = integer(id).and_then(BookId::new);
    let number = number.ok_or_else(|| bad("id", id, "from 1 to 2147483647"))?;
    let title = text(1, "title")?;
    if title.trim().is_empty() || title.len() > MAX_TEXT_BYTES {
        let allowed = format!("from 1 to {MAX_TEXT_BYTES} bytes and not blank");
        return Err(bad("title", row.get_ref(1)?, &allowed));
    }
    let author = text(2, "author")?;
    if author.len() > MAX_TEXT_BYTES {
        let allowed = format!("at most {MAX_TEXT_BYTES} bytes");
        return Err(bad("author", row.get_ref(2)?, &allowed));
    }
    let year = match row.get_ref(3)? {
        ValueRef::Null => None,
        other => match integer(other) {
            Some(year @ -9999..=9999) => Some(year),
            _ => return Err(bad("year", other, "null or from -9999 to 9999")),
        },
    };
    let categories = categories(text(4, "categories")?).ok_or_else(|| {
        let names = Category::ALL.map(Category::name).join(", ");
        let allowed = format!("some of {names} with | between them");
        match row.get_ref(4) {
            Ok(found) => bad("categories", found, &allowed),
            Err(error) => error.into(),
        }
    })?;
    Ok(Book {
        id: number,
        title: title.to_owned(),
        author: author.to_owned(),
        year,
        categories,
    })
}

fn categories(written: &str) -> Option<Categories> {
    let mut categories = Categories::NONE;
    for name in written.split('|').filter(|_| !written.is_empty()) {
        let known = |category: &Category| category.name() == name;
        categories.insert(Category::ALL.into_iter().find(known)?);
    }
    Some(categories)
}

/// The reader and the interaction in a row of [`interactions`].
pub fn interaction(row: &Row<'_>) -> std::result::Result<(ReaderId, Interaction), Reason> {
    let (reader, book) = (row.get_ref(0)?, row.get_ref(1)?);
    let (kind, rating, time) = (row.get_ref(2)?, row.get_ref(3)?, row.get_ref(4)?);
    let bad = |column, found, allowed: &str| {
        let key = format!("reader_id {}, book_id {}", shown(reader), shown(book));
        bad_row("interactions", key, column, found, allowed)
    };

    let reader_id = integer(reader).and_then(ReaderId::new);
    let book_id = integer(book).and_then(BookId::new);
    let stars = integer(rating).and_then(Rating::new);
    let kind = match (kind, rating, stars) {
        (ValueRef::Text(b"WANTED"), ValueRef::Null, _) => Kind::Wanted,
        (ValueRef::Text(b"BOUGHT"), ValueRef::Null, _) => Kind::Bought,
        (ValueRef::Text(b"READ"), ValueRef::Null, _) => Kind::Read,
        (ValueRef::Text(b"RATED"), _, Some(stars)) => Kind::Rated(stars),
        (ValueRef::Text(b"RATED"), ..) => return Err(bad("rating", rating, "from 1 to 5")),
        (ValueRef::Text(b"WANTED" | b"BOUGHT" | b"READ"), ..) => {
            return Err(bad("rating", rating, "null where kind is not RATED"));
        }
        _ => return Err(bad("kind", kind, "WANTED, BOUGHT, READ or RATED")),
    };
    let interaction = Interaction {
        book: book_id.ok_or_else(|| bad("book_id", book, "from 1 to 2147483647"))?,
        kind,
        time: integer(time)
            .map(Time::from_seconds)
            .ok_or_else(|| bad("time", time, "from 0 to 4294967295"))?,
    };
    let reader = reader_id.ok_or_else(|| bad("reader_id", reader, "from 0 to 2147483647"))?;
    Ok((reader, interaction))
}

fn integer<Number: TryFrom<i64>>(value: ValueRef<'_>) -> Option<Number> {
    match value {
        ValueRef::Integer(number) => number.try_into().ok(),
        _ => None,
    }
}

fn bad_row(
    table: &'static str,
    key: String,
    column: &'static str,
    found: ValueRef<'_>,
    allowed: &str,
) -> Reason {
    Reason::BadRow(Box::new(BadRow {
        table,
        key,
        column,
        found: shown(found),
        allowed: allowed.to_owned(),
    }))
}

/// A value as a message shows it.
fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => excerpt(&String::from_utf8_lossy(bytes)),
        ValueRef::Blob(bytes) => format!("a blob of {} bytes", bytes.len()),
    }
}
