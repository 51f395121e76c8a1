//! The messages of the service `Readers`.

use protobuf::well_known_types::timestamp::Timestamp;
use protobuf::{EnumOrUnknown, MessageField};

use super::{InvalidField, InvalidValue, book_id, count, items, page_size, page_token, reader_id};
use crate::book::BookId;
use crate::catalog::Catalog;
use crate::interaction::{Interaction, Kind, Rating, Time};
use crate::model::Explanation;
use crate::pages::{HistoryPage, Page};
use crate::pb::bookshop::{self, interaction::Kind as KindNumber};
use crate::reader::ReaderId;
use crate::shop::{NewInteraction, Recorded};

/// The most contributions that an explanation lists.
pub const MAX_CONTRIBUTIONS: usize = 200;

/// The interaction that is to be recorded.
///
/// # Errors
///
/// [`InvalidField`] for its first field that is not valid.
pub fn recorded(
    request: &bookshop::RecordInteractionRequest,
) -> Result<NewInteraction, InvalidField> {
    let missing = || InvalidField::new("interaction", InvalidValue::Missing);
    let message = request.interaction.as_ref().ok_or_else(missing)?;
    new_interaction(message).map_err(|invalid| invalid.within("interaction"))
}

/// The interactions of an import's message.
///
/// # Errors
///
/// [`InvalidField`] for the first interaction that is not valid.
pub fn imported(
    request: &bookshop::ImportInteractionsRequest,
) -> Result<Vec<NewInteraction>, InvalidField> {
    items("interactions", &request.interactions, new_interaction)
}

/// The reply to an import.
pub fn import_response(recorded: &Recorded) -> bookshop::ImportInteractionsResponse {
    bookshop::ImportInteractionsResponse {
        created: count(recorded.created),
        replaced: count(recorded.replaced),
        outdated: count(recorded.outdated),
        ..Default::default()
    }
}

/// The page of a history that is asked for.
///
/// # Errors
///
/// [`InvalidField`] for the first field that is not valid.
pub fn page(request: &bookshop::ListInteractionsRequest) -> Result<HistoryPage, InvalidField> {
    let reader = reader_id(request.reader_id)?;
    let size = page_size(request.page_size)?;
    let after = page_token::last_interaction(&request.page_token, reader)?;
    Ok(HistoryPage {
        reader,
        after,
        size,
    })
}

/// The reply with a page of a history.
pub fn page_response(
    asked: &HistoryPage,
    page: &Page<Interaction, (Time, BookId)>,
) -> bookshop::ListInteractionsResponse {
    let interactions = page.items.iter();
    let next = page
        .next
        .map(|last| page_token::after_interaction(asked.reader, last));
    bookshop::ListInteractionsResponse {
        interactions: interactions
            .map(|&each| message(asked.reader, each))
            .collect(),
        next_page_token: next.unwrap_or_default(),
        ..Default::default()
    }
}

/// The reader and the book whose interaction is to be forgotten.
///
/// # Errors
///
/// [`InvalidField`] for the first field that is not valid.
pub fn forgotten(
    request: &bookshop::DeleteInteractionRequest,
) -> Result<(ReaderId, BookId), InvalidField> {
    Ok((reader_id(request.reader_id)?, book_id(request.book_id)?))
}

/// The reader who is to be forgotten.
///
/// # Errors
///
/// [`InvalidField`] when the number is not valid.
pub fn forgotten_reader(request: &bookshop::DeleteReaderRequest) -> Result<ReaderId, InvalidField> {
    reader_id(request.reader_id)
}

/// The reply to a reader's deletion, with the count of what was forgotten.
pub fn delete_response(interactions: usize) -> bookshop::DeleteReaderResponse {
    bookshop::DeleteReaderResponse {
        deleted_interactions: count(interactions),
        ..Default::default()
    }
}

/// The reader and the book of a recommendation that is to be explained.
///
/// # Errors
///
/// [`InvalidField`] for the first field that is not valid.
pub fn explained(
    request: &bookshop::ExplainRecommendationRequest,
) -> Result<(ReaderId, BookId), InvalidField> {
    Ok((reader_id(request.reader_id)?, book_id(request.book_id)?))
}

/// The reply with an explanation: titles from the catalogue, and the reader's own
/// interaction with the book.
pub fn explanation(
    explanation: &Explanation,
    catalog: &Catalog,
    reader: ReaderId,
    own: Option<Interaction>,
) -> bookshop::ExplainRecommendationResponse {
    let listed = explanation.contributions.iter().take(MAX_CONTRIBUTIONS);
    let contributions = listed.map(|&(book, weight)| bookshop::Contribution {
        book_id: book.number(),
        title: catalog
            .get(book)
            .map(|book| book.title.clone())
            .unwrap_or_default(),
        weight,
        ..Default::default()
    });
    bookshop::ExplainRecommendationResponse {
        score: explanation.score,
        contributions: contributions.collect(),
        popularity: explanation.popularity,
        interaction: own.map(|own| message(reader, own)).into(),
        ..Default::default()
    }
}

/// The interaction as a message.
pub fn message(reader: ReaderId, interaction: Interaction) -> bookshop::Interaction {
    let Interaction { book, kind, time } = interaction;
    bookshop::Interaction {
        reader_id: reader.number(),
        book_id: book.number(),
        kind: kind_number(kind).into(),
        rating: kind.rating().map(|rating| rating.stars().into()),
        interaction_time: Some(timestamp(time)).into(),
        ..Default::default()
    }
}

/// The interaction as a message of a request, without a time where the server is
/// to take its own clock.
pub fn new_message(new: &NewInteraction) -> bookshop::Interaction {
    bookshop::Interaction {
        reader_id: new.reader.number(),
        book_id: new.book.number(),
        kind: kind_number(new.kind).into(),
        rating: new.kind.rating().map(|rating| rating.stars().into()),
        interaction_time: new.time.map(timestamp).into(),
        ..Default::default()
    }
}

/// The kind as a message has it.
pub fn kind_number(kind: Kind) -> KindNumber {
    match kind {
        Kind::Wanted => KindNumber::WANTED,
        Kind::Bought => KindNumber::BOUGHT,
        Kind::Read => KindNumber::READ,
        Kind::Rated(_) => KindNumber::RATED,
    }
}

/// The time as a message.
pub fn timestamp(time: Time) -> Timestamp {
    Timestamp {
        seconds: time.seconds().into(),
        ..Default::default()
    }
}

/// The interaction in a message.
fn new_interaction(message: &bookshop::Interaction) -> Result<NewInteraction, InvalidField> {
    Ok(NewInteraction {
        reader: reader_id(message.reader_id)?,
        book: book_id(message.book_id)?,
        kind: kind(message.kind, message.rating)?,
        time: time(&message.interaction_time)?,
    })
}

fn kind(number: EnumOrUnknown<KindNumber>, rating: Option<i32>) -> Result<Kind, InvalidField> {
    let kind = match number.enum_value() {
        Ok(KindNumber::WANTED) => Kind::Wanted,
        Ok(KindNumber::BOUGHT) => Kind::Bought,
        Ok(KindNumber::READ) => Kind::Read,
        Ok(KindNumber::RATED) => return self::rating(rating).map(Kind::Rated),
        Ok(KindNumber::KIND_UNSPECIFIED) | Err(_) => {
            let unknown = InvalidValue::UnknownKind(number.value());
            return Err(InvalidField::new("kind", unknown));
        }
    };
    match rating {
        None => Ok(kind),
        Some(rating) => {
            let kind = kind.name();
            let unwanted = InvalidValue::UnwantedRating { rating, kind };
            Err(InvalidField::new("rating", unwanted))
        }
    }
}

fn rating(stars: Option<i32>) -> Result<Rating, InvalidField> {
    let invalid = |value| InvalidField::new("rating", value);
    let stars = stars.ok_or_else(|| invalid(InvalidValue::NoRating))?;
    let rating = u8::try_from(stars).ok().and_then(Rating::new);
    rating.ok_or_else(|| invalid(InvalidValue::Rating(stars)))
}

/// The time in a message, to the second; none if the server is to take its own
/// clock.
fn time(message: &MessageField<Timestamp>) -> Result<Option<Time>, InvalidField> {
    let Some(&Timestamp { seconds, nanos, .. }) = message.as_ref() else {
        return Ok(None);
    };
    let invalid = |field, value| InvalidField::new(field, value).within("interaction_time");
    let seconds =
        u32::try_from(seconds).map_err(|_| invalid("seconds", InvalidValue::Seconds(seconds)))?;
    if !(0..1_000_000_000).contains(&nanos) {
        return Err(invalid("nanos", InvalidValue::Nanos(nanos)));
    }
    Ok(Some(Time::from_seconds(seconds)))
}

#[cfg(test)]
mod tests;
