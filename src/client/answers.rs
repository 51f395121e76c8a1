//! What a server answers, as it sent it: nothing of it is checked.

use protobuf::{Enum, EnumOrUnknown};
use serde::Serialize;

use crate::interaction::Time;
use crate::pb::{BookRecommendation, bookshop};

/// A book that the server recommends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// The book's number.
    pub id: i32,
    /// Its title.
    pub title: String,
}

/// A book of the server's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Book {
    /// The book's number.
    pub id: i32,
    /// Its title.
    pub title: String,
    /// Who wrote it, empty where nobody knows.
    pub author: String,
    /// The year of the first edition; none where nobody knows.
    pub year: Option<i32>,
    /// The names of its categories, the number of one without a name.
    pub categories: Vec<String>,
}

/// A book that is similar to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimilarBook {
    /// The similar book.
    #[serde(flatten)]
    pub book: Book,
    /// How similar, over 0 and below 1.
    pub similarity: f64,
}

/// What a reader did with a book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interaction {
    /// The reader's number.
    pub reader_id: i32,
    /// The book's number.
    pub book_id: i32,
    /// The name of what was done, the number of what has no name.
    pub kind: String,
    /// From 1 to 5 stars, where it is a rating.
    pub rating: Option<i32>,
    /// When, in RFC 3339; seconds since 1970 where it is not from 1970 to 2106. None
    /// where nobody knows.
    pub time: Option<String>,
}

/// Why a book is recommended to a reader.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The sum of all contributions.
    pub score: f64,
    /// How popular the book is.
    pub popularity: f64,
    /// The reader's own interaction with it: then it is not recommended.
    pub interaction: Option<Interaction>,
    /// The books of the history that speak for it, the strongest first.
    pub contributions: Vec<Contribution>,
}

/// How much a book of a reader's history speaks for another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// The book of the history.
    pub book_id: i32,
    /// Its title, empty where the catalogue does not have it.
    pub title: String,
    /// How much it adds to the score.
    pub weight: f64,
}

/// What became of imported books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BooksImported {
    /// How many the catalogue did not have.
    pub created: i64,
    /// How many it had.
    pub replaced: i64,
}

/// What became of imported interactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct InteractionsImported {
    /// How many were new.
    pub created: i64,
    /// How many took the place of a recorded one.
    pub replaced: i64,
    /// How many were left out, since the recorded one is newer.
    pub outdated: i64,
}

impl From<BookRecommendation> for Recommendation {
    fn from(book: BookRecommendation) -> Self {
        let BookRecommendation { id, title, .. } = book;
        Recommendation { id, title }
    }
}

impl From<bookshop::Book> for Book {
    fn from(book: bookshop::Book) -> Self {
        let categories = book.categories.into_iter();
        Book {
            id: book.id,
            title: book.title,
            author: book.author,
            year: book.year,
            categories: categories.map(name).collect(),
        }
    }
}

impl From<bookshop::SimilarBook> for SimilarBook {
    fn from(similar: bookshop::SimilarBook) -> Self {
        SimilarBook {
            book: similar.book.unwrap_or_default().into(),
            similarity: similar.similarity,
        }
    }
}

impl From<bookshop::Interaction> for Interaction {
    fn from(interaction: bookshop::Interaction) -> Self {
        let seconds = interaction.interaction_time.get_or_default().seconds;
        let time = match u32::try_from(seconds).map(Time::from_seconds) {
            Ok(Time::UNKNOWN) => None,
            Ok(time) => Some(time.to_string()),
            Err(_) => Some(seconds.to_string()),
        };
        Interaction {
            reader_id: interaction.reader_id,
            book_id: interaction.book_id,
            kind: name(interaction.kind),
            rating: interaction.rating,
            time,
        }
    }
}

impl From<bookshop::ExplainRecommendationResponse> for Explanation {
    fn from(explanation: bookshop::ExplainRecommendationResponse) -> Self {
        let contributions = explanation.contributions.into_iter();
        Explanation {
            score: explanation.score,
            popularity: explanation.popularity,
            interaction: explanation.interaction.into_option().map(Interaction::from),
            contributions: contributions.map(Contribution::from).collect(),
        }
    }
}

impl From<bookshop::Contribution> for Contribution {
    fn from(contribution: bookshop::Contribution) -> Self {
        Contribution {
            book_id: contribution.book_id,
            title: contribution.title,
            weight: contribution.weight,
        }
    }
}

impl From<bookshop::ImportBooksResponse> for BooksImported {
    fn from(imported: bookshop::ImportBooksResponse) -> Self {
        BooksImported {
            created: imported.created,
            replaced: imported.replaced,
        }
    }
}

impl From<bookshop::ImportInteractionsResponse> for InteractionsImported {
    fn from(imported: bookshop::ImportInteractionsResponse) -> Self {
        InteractionsImported {
            created: imported.created,
            replaced: imported.replaced,
            outdated: imported.outdated,
        }
    }
}

/// The value's name in the contract; its number, where a newer server knows more
/// of them.
fn name<Value: Enum + std::fmt::Debug>(value: EnumOrUnknown<Value>) -> String {
    match value.enum_value() {
        Ok(known) => format!("{known:?}"),
        Err(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_server_knows_is_shown_as_a_number() {
        let book = bookshop::Book {
            categories: vec![EnumOrUnknown::from_i32(2), EnumOrUnknown::from_i32(3)],
            ..Default::default()
        };
        assert_eq!(Book::from(book).categories, ["SELF_HELP", "3"]);
        let interaction = bookshop::Interaction {
            kind: EnumOrUnknown::from_i32(9),
            ..Default::default()
        };
        assert_eq!(Interaction::from(interaction).kind, "9");
    }

    #[test]
    fn a_time_that_no_clock_shows_is_a_number() {
        let mut interaction = bookshop::Interaction::default();
        let time =
            |interaction: &bookshop::Interaction| Interaction::from(interaction.clone()).time;
        interaction.interaction_time.mut_or_insert_default().seconds = -1;
        assert_eq!(time(&interaction).as_deref(), Some("-1"));
    }

    #[test]
    fn a_time_that_nobody_knows_is_none() {
        let mut interaction = bookshop::Interaction::default();
        assert_eq!(Interaction::from(interaction.clone()).time, None);
        interaction.interaction_time.mut_or_insert_default().seconds = 0;
        assert_eq!(Interaction::from(interaction).time, None);
    }
}
