//! What the command line takes.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use recommendations::category::Category;
use recommendations::client::Timeout;
use recommendations::duration;
use recommendations::files::{self, NoTime};
use recommendations::import::Sources;
use recommendations::interaction::{Kind, Rating, Time};
use recommendations::render::Format;
use recommendations::usage::whole_number;

use super::connection::Connection;

/// Asks a recommendations server for books, and tells it of books and readers.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage. An error is one line on standard
/// error.
#[derive(Parser)]
#[command(name = super::PROGRAM, version, arg_required_else_help = false)]
pub struct Arguments {
    #[command(flatten)]
    pub connection: Connection,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Print books of a category for a reader
    ///
    /// Fields: id, title. In JSON a book is such as
    /// {"id":4,"title":"The Hitchhiker's Guide to the Galaxy"}.
    Recommend(Recommend),

    /// Print the books that readers of one book also have, the most similar first
    ///
    /// Fields: id, title, author, similarity (over 0 and below 1); in JSON also year
    /// and categories.
    Similar(Similar),

    /// Print why a book is recommended to a reader
    ///
    /// Prints the books of the reader's history that speak for it, the strongest
    /// first. Fields: book, title, weight. A table has the score, the popularity and
    /// the reader's own interaction with the book below, JSON is one object with all
    /// of it.
    ///
    /// The score is the sum of the weights. The popularity is the number of the book's
    /// readers, times how much better than the average book it is rated; it decides
    /// among books of one score.
    Explain(Explain),

    /// Print the books of the catalogue by ascending id
    ///
    /// Fields: id, title, author, year, categories. They are fetched a page at a
    /// time; TSV and JSON are printed as they come.
    ListBooks(ListBooks),

    /// Print one book of the catalogue
    ///
    /// Fields: id, title, author, year, categories.
    GetBook(GetBook),

    /// Record what a reader did with a book, and print what is recorded now
    ///
    /// A reader has at most one interaction with a book: it replaces the one before,
    /// unless that is newer. So it may be repeated. The book need not be in the
    /// catalogue. Fields: reader, book, kind, rating, time.
    Record(Record),

    /// Print what a reader did with books, the newest first
    ///
    /// Fields: reader, book, kind, rating, time. They are fetched a page at a time;
    /// TSV and JSON are printed as they come.
    History(History),

    /// Send books and interactions from CSV files
    ///
    /// Books replace those with their ids, interactions those of their reader and
    /// book unless they are older: sending a file again does no harm. Both files are
    /// read before anything is sent.
    ///
    /// The files have a header that names their columns, in any order; other columns
    /// are ignored. A book has id (or book_id) and title, and may have author (or
    /// authors), year (or original_publication_year) and categories (MYSTERY,
    /// SCIENCE_FICTION, SELF_HELP, joined by |; blank where a book has others, and then
    /// it is never recommended). An interaction has reader_id (or
    /// user_id) and book_id, and may have kind (WANTED, BOUGHT, READ, RATED), rating
    /// (1 to 5) and time (RFC 3339 or seconds since 1970). Without a kind it is
    /// RATED where there is a rating and WANTED elsewhere; without a time it is older
    /// than all that is recorded.
    ///
    /// Every bad row is told as file:line: reason, and then nothing is sent.
    ///
    /// Prints a row for each file. Fields: what was imported, how many were created,
    /// replaced and, being older than what is recorded, left out.
    Import(Import),

    /// Remove a book from the catalogue; histories keep it
    DeleteBook(DeleteBook),

    /// Forget what a reader did with a book
    DeleteInteraction(DeleteInteraction),

    /// Forget everything about a reader
    DeleteReader(DeleteReader),

    /// Print whether the servers take calls
    ///
    /// Asks each server, also one that other commands avoid, and nothing is sent
    /// twice. Fields: status (SERVING, NOT_SERVING or UNKNOWN), address. Succeeds
    /// only if all are SERVING.
    Health(Health),

    /// Measure how long the servers take to answer
    ///
    /// Calls the health check, of several servers each in turn, and nothing is sent
    /// twice. A call that is not counted comes first and connects. Fields: seq,
    /// time_ms, error. A table has the smallest, mean and largest time and the
    /// percentiles below, also after Ctrl-C, once the call under way is over. JSON is
    /// one object with all of it. Succeeds only if every call was answered.
    Ping(Ping),
}

#[derive(Args)]
pub struct Output {
    /// How to print it [default: table on a terminal, tsv in a pipe]
    ///
    /// In a table and in TSV a row is always one line: \t, \n, \r and \\ stand for a
    /// tab, line breaks and a backslash in a text, \u{1b} and its like for other
    /// control characters.
    #[arg(long, value_enum, env = "RECOMMENDATIONS_CLIENT_FORMAT")]
    pub format: Option<Format>,
}

#[derive(Args)]
pub struct Reader {
    /// The reader's number, 0 or more
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = whole_number(0, i32::MAX),
        allow_negative_numbers = true
    )]
    pub user: i32,
}

#[derive(Args)]
pub struct Book {
    /// The book's number, 1 or more
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = whole_number(1, i32::MAX),
        allow_negative_numbers = true
    )]
    pub book: i32,
}

#[derive(Args)]
pub struct Recommend {
    #[command(flatten)]
    pub reader: Reader,

    /// mystery, science-fiction or self-help; also as SCIENCE_FICTION
    #[arg(long)]
    pub category: Category,

    /// How many books at most, none for 0; the server gives no more than 100
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RECOMMENDATIONS_MAX_RESULTS",
        default_value_t = 10,
        value_parser = whole_number(0, i32::MAX),
        allow_negative_numbers = true
    )]
    pub max_results: i32,

    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
pub struct Similar {
    #[command(flatten)]
    pub book: Book,

    /// Only books of this category: mystery, science-fiction or self-help
    #[arg(long)]
    pub category: Option<Category>,

    /// How many books at most; the server gives no more than 50, and 10 for 0
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RECOMMENDATIONS_MAX_RESULTS",
        default_value_t = 10,
        value_parser = whole_number(0, i32::MAX),
        allow_negative_numbers = true
    )]
    pub max_results: i32,

    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
pub struct Explain {
    #[command(flatten)]
    pub reader: Reader,

    #[command(flatten)]
    pub book: Book,

    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
pub struct ListBooks {
    /// Only books of this category: mystery, science-fiction or self-help
    #[arg(long)]
    pub category: Option<Category>,

    /// How many books at most [default: all]
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RECOMMENDATIONS_LIMIT",
        value_parser = whole_number(0, usize::MAX)
    )]
    pub limit: Option<usize>,

    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
pub struct GetBook {
    #[command(flatten)]
    pub book: Book,

    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
pub struct Record {
    #[command(flatten)]
    pub reader: Reader,

    #[command(flatten)]
    pub book: Book,

    #[command(flatten)]
    done: Done,

    /// When, such as 2026-11-24T16:19:32Z or in seconds since 1970, until 2106
    /// [default: the server's clock]
    #[arg(long, value_parser = time)]
    pub time: Option<Time>,

    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Done {
    /// What the reader did: wanted (means to read it), bought or read; also as READ
    #[arg(long, value_parser = unrated)]
    kind: Option<Kind>,

    /// How many stars the reader gave, from 1 to 5
    #[arg(long, value_name = "STARS", value_parser = rating, allow_negative_numbers = true)]
    rating: Option<Rating>,
}

impl Record {
    /// What was done.
    pub fn kind(&self) -> Kind {
        let rated = self.done.rating.map(Kind::Rated);
        // One of the two is required.
        rated.or(self.done.kind).unwrap_or(Kind::Wanted)
    }
}

#[derive(Args)]
pub struct History {
    #[command(flatten)]
    pub reader: Reader,

    /// How many interactions at most [default: all]
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RECOMMENDATIONS_LIMIT",
        value_parser = whole_number(0, usize::MAX)
    )]
    pub limit: Option<usize>,

    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
pub struct Import {
    #[command(flatten)]
    pub sources: Sources,

    /// How long sending a file may take: 30s, 10m or a whole number of seconds; at most 1h,
    /// and the server ends a connection that is half an hour old
    #[arg(
        long,
        value_name = "DURATION",
        env = "RECOMMENDATIONS_IMPORT_TIMEOUT",
        default_value = "30m"
    )]
    pub import_timeout: Timeout,

    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
pub struct DeleteBook {
    #[command(flatten)]
    pub book: Book,
}

#[derive(Args)]
pub struct DeleteInteraction {
    #[command(flatten)]
    pub reader: Reader,

    #[command(flatten)]
    pub book: Book,
}

#[derive(Args)]
pub struct DeleteReader {
    #[command(flatten)]
    pub reader: Reader,
}

#[derive(Args)]
pub struct Health {
    /// The full name of a service, such as bookshop.v1.Books [default: the server as
    /// a whole]
    pub service: Option<String>,

    /// Print the status now and whenever it changes, until the server is gone
    ///
    /// --timeout does not end it. A line is printed at once: tables have no header, and JSON is an object a line.
    #[arg(long)]
    pub watch: bool,

    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
pub struct Ping {
    /// How many calls
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RECOMMENDATIONS_COUNT",
        default_value_t = 5,
        value_parser = whole_number(1_u32, 1_000_000)
    )]
    pub count: u32,

    /// How long from the beginning of a call to that of the next, where that is
    /// answered by then: 200ms, 1s or a whole number of seconds; at most 1h
    #[arg(
        long,
        value_name = "DURATION",
        env = "RECOMMENDATIONS_INTERVAL",
        default_value = "1s",
        value_parser = duration::parse_up_to_an_hour
    )]
    pub interval: Duration,

    #[command(flatten)]
    pub output: Output,
}

/// A kind that has no rating.
fn unrated(text: &str) -> Result<Kind, &'static str> {
    let is = |kind: &Kind| text.eq_ignore_ascii_case(kind.name());
    let kind = [Kind::Wanted, Kind::Bought, Kind::Read]
        .into_iter()
        .find(is);
    kind.ok_or("it must be wanted, bought or read; for what is rated, give --rating")
}

fn rating(text: &str) -> Result<Rating, String> {
    let stars = text.parse().ok().and_then(Rating::new);
    stars.ok_or_else(|| "it must be from 1 to 5".to_owned())
}

fn time(text: &str) -> Result<Time, NoTime> {
    files::time(text.as_bytes())
}
