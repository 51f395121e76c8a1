//! Interactions in CSV files.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use csv::StringRecord;
use recommendations::book::BookId;
use recommendations::interaction::{Kind, Rating, Time};
use recommendations::reader::ReaderId;
use recommendations::shop::NewInteraction;

use super::arguments;
use super::import::{STANDARD_INPUT, is_standard_input, standard_input};

/// The interactions of the file at `path`, or of standard input for `-`.
pub fn open(path: &Path) -> anyhow::Result<Vec<NewInteraction>> {
    if is_standard_input(path) {
        return parse(STANDARD_INPUT, &standard_input()?);
    }
    let file = path.display().to_string();
    let bytes = fs::read(path).with_context(|| format!("{file}: cannot be read"))?;
    parse(&file, &bytes)
}

fn parse(file: &str, bytes: &[u8]) -> anyhow::Result<Vec<NewInteraction>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().with_context(|| file.to_owned())?.clone();
    let column = |name: &str| header.iter().position(|column| column == name);
    let Some(reader_column) = column("reader_id").or(column("user_id")) else {
        bail!("{file}:1: header has no reader_id; it must be reader_id,book_id,kind,rating,time");
    };
    let Some(book_column) = column("book_id") else {
        bail!("{file}:1: header has no book_id; it must be reader_id,book_id,kind,rating,time");
    };
    let optional = [column("kind"), column("rating"), column("time")];
    let mut interactions = Vec::new();
    for row in reader.records() {
        let row = row.with_context(|| file.to_owned())?;
        let field = |column: usize| row.get(column).unwrap_or_default();
        let optional = optional.map(|column| column.map(field).unwrap_or_default());
        let interaction = interaction(field(reader_column), field(book_column), optional);
        let interaction = interaction.with_context(|| format!("{file}:{}", line(&row)))?;
        interactions.push(interaction);
    }
    Ok(interactions)
}

fn line(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

fn interaction(
    reader: &str,
    book: &str,
    [kind, rating, time]: [&str; 3],
) -> anyhow::Result<NewInteraction> {
    let reader_id = reader.parse().ok().and_then(ReaderId::new);
    let book_id = book.parse().ok().and_then(BookId::new);
    Ok(NewInteraction {
        reader: reader_id
            .with_context(|| format!("reader_id is {reader:?}; it must be 0 or more"))?,
        book: book_id.with_context(|| format!("book_id is {book:?}; it must be 1 or more"))?,
        kind: self::kind(kind, rating)?,
        time: self::time(time)?,
    })
}

fn kind(kind: &str, rating: &str) -> anyhow::Result<Kind> {
    let stars = match rating {
        "" => None,
        _ => {
            let stars = rating.parse().ok().and_then(Rating::new);
            Some(stars.with_context(|| format!("rating is {rating:?}; it must be from 1 to 5"))?)
        }
    };
    match (kind, stars) {
        ("" | "RATED", Some(stars)) => Ok(Kind::Rated(stars)),
        ("" | "WANTED", None) => Ok(Kind::Wanted),
        ("BOUGHT", None) => Ok(Kind::Bought),
        ("READ", None) => Ok(Kind::Read),
        ("RATED", None) => bail!("rating is not set; with RATED it must be from 1 to 5"),
        ("WANTED" | "BOUGHT" | "READ", Some(_)) => {
            bail!("rating is {rating}; with {kind} it must not be set")
        }
        _ => bail!("kind is {kind:?}; it must be one of WANTED, BOUGHT, READ, RATED"),
    }
}

fn time(text: &str) -> anyhow::Result<Option<Time>> {
    if text.is_empty() {
        return Ok(None);
    }
    let time = match text.parse() {
        Ok(seconds) => Ok(Time::from_seconds(seconds)),
        Err(_) => arguments::time(text),
    };
    time.map(Some)
        .map_err(|rule| anyhow::anyhow!("time is {text:?}; {rule}"))
}
