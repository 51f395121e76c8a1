//! Page tokens: where the next page of a list begins.
//!
//! A token is 16 bytes in hexadecimal, so that it stands in a URL as it is:
//!
//! | bytes | hold |
//! | --- | --- |
//! | 1 | the version of this table, [`VERSION`] |
//! | 1 | the list that it belongs to |
//! | 4 | the list's filter: a category's number, -1 for all, or a reader's number |
//! | 4 | the time of the last item that was sent, 0 where items have none |
//! | 4 | the last item's book |
//! | 2 | a checksum of the bytes before |
//!
//! It names the last item and no position, so that nothing is sent twice or left
//! out while others are added and deleted.

use super::{InvalidField, InvalidValue, book_category};
use crate::book::BookId;
use crate::category::Category;
use crate::interaction::Time;
use crate::reader::ReaderId;
use protobuf::Enum;

const VERSION: u8 = 1;
const BOOKS: u8 = b'B';
const INTERACTIONS: u8 = b'I';

/// The filter that lets all books through; no category has the number.
const EVERY_CATEGORY: i32 = -1;

/// What a token says, but for the list that it belongs to.
struct Position {
    filter: i32,
    time: u32,
    book: i32,
}

/// The token of the page after `last` in the list of a category's books.
pub(super) fn after_book(category: Option<Category>, last: BookId) -> String {
    let position = Position {
        filter: category_filter(category),
        time: 0,
        book: last.number(),
    };
    token(BOOKS, &position)
}

/// The last book of the page before; none for the first page.
pub(super) fn last_book(
    token: &str,
    category: Option<Category>,
) -> Result<Option<BookId>, InvalidField> {
    let filter = category_filter(category);
    let last = last_item(token, BOOKS, filter, "category")?;
    Ok(last.map(|(_, book)| book))
}

/// The token of the page after `last` in the list of a reader's interactions.
pub(super) fn after_interaction(reader: ReaderId, (time, book): (Time, BookId)) -> String {
    let position = Position {
        filter: reader.number(),
        time: time.seconds(),
        book: book.number(),
    };
    token(INTERACTIONS, &position)
}

/// Time and book of the last interaction of the page before; none for the first
/// page.
pub(super) fn last_interaction(
    token: &str,
    reader: ReaderId,
) -> Result<Option<(Time, BookId)>, InvalidField> {
    last_item(token, INTERACTIONS, reader.number(), "reader_id")
}

fn category_filter(category: Option<Category>) -> i32 {
    category.map_or(EVERY_CATEGORY, |category| book_category(category).value())
}

fn last_item(
    token: &str,
    list: u8,
    filter: i32,
    filter_field: &'static str,
) -> Result<Option<(Time, BookId)>, InvalidField> {
    if token.is_empty() {
        return Ok(None);
    }
    let invalid = |value| InvalidField::new("page_token", value);
    let garbage = || invalid(InvalidValue::PageToken(token.to_owned()));
    let position = position(list, token).ok_or_else(garbage)?;
    let book = BookId::new(position.book).ok_or_else(garbage)?;
    if position.filter != filter {
        return Err(invalid(InvalidValue::ForeignPageToken {
            token: token.to_owned(),
            field: filter_field,
        }));
    }
    Ok(Some((Time::from_seconds(position.time), book)))
}

fn token(list: u8, position: &Position) -> String {
    let mut bytes = [0; 16];
    bytes[0] = VERSION;
    bytes[1] = list;
    bytes[2..6].copy_from_slice(&position.filter.to_be_bytes());
    bytes[6..10].copy_from_slice(&position.time.to_be_bytes());
    bytes[10..14].copy_from_slice(&position.book.to_be_bytes());
    let checksum = checksum(&bytes[..14]).to_be_bytes();
    bytes[14..].copy_from_slice(&checksum);
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// What a token says, if it is one of that list.
fn position(list: u8, text: &str) -> Option<Position> {
    let number = u128::from_str_radix(text, 16).ok()?;
    let [version, its_list, rest @ ..] = number.to_be_bytes();
    if (version, its_list) != (VERSION, list) {
        return None;
    }
    let [f0, f1, f2, f3, t0, t1, t2, t3, b0, b1, b2, b3, _, _] = rest;
    let position = Position {
        filter: i32::from_be_bytes([f0, f1, f2, f3]),
        time: u32::from_be_bytes([t0, t1, t2, t3]),
        book: i32::from_be_bytes([b0, b1, b2, b3]),
    };
    // There is one way to write a token, with its checksum and in lower case.
    (token(list, &position) == text).then_some(position)
}

/// Fletcher's checksum, RFC 1146, which a changed or swapped digit changes.
fn checksum(bytes: &[u8]) -> u16 {
    let (low, high) = bytes.iter().fold((0, 0), |(low, high), &byte| {
        let low = (low + u16::from(byte)) % 255;
        (low, (high + low) % 255)
    });
    high << 8 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(number: i32) -> BookId {
        BookId::new(number).unwrap()
    }

    fn reader(number: i32) -> ReaderId {
        ReaderId::new(number).unwrap()
    }

    #[test]
    fn a_token_tells_where_the_next_page_begins() {
        for category in [None, Some(Category::Mystery), Some(Category::SelfHelp)] {
            for number in [1, 77, i32::MAX] {
                let token = after_book(category, book(number));
                assert_eq!(last_book(&token, category), Ok(Some(book(number))));
            }
        }
        for seconds in [0, 77, u32::MAX] {
            let last = (Time::from_seconds(seconds), book(5));
            let token = after_interaction(reader(7), last);
            assert_eq!(last_interaction(&token, reader(7)), Ok(Some(last)));
        }
    }

    #[test]
    fn no_token_is_the_first_page() {
        assert_eq!(last_book("", None), Ok(None));
        assert_eq!(last_interaction("", reader(0)), Ok(None));
    }

    #[test]
    fn a_token_stands_in_a_url_as_it_is() {
        let token = after_book(Some(Category::Mystery), book(i32::MAX));
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn garbage_is_refused() {
        let token = after_book(None, book(5));
        let upper = token.to_uppercase();
        let longer = format!("0{token}");
        let signed = format!("+{token}");
        for garbage in [
            "x",
            "0",
            " ",
            "é",
            &token[1..],
            &token[..31],
            &upper,
            &longer,
            &signed,
        ] {
            assert_eq!(
                last_book(garbage, None).unwrap_err().to_string(),
                format!(
                    "page_token is {garbage:?}; \
                     it must be empty or a next_page_token of this method"
                )
            );
        }
    }

    #[test]
    fn a_token_with_a_changed_digit_is_refused() {
        let token = after_interaction(reader(3), (Time::from_seconds(1000), book(5)));
        for place in 0..token.len() {
            for digit in "0123456789abcdef".chars() {
                let mut changed = token.clone();
                changed.replace_range(place..=place, digit.encode_utf8(&mut [0; 4]));
                let is_whole = last_interaction(&changed, reader(3)).is_ok();
                assert_eq!(is_whole, changed == token, "{changed}");
            }
        }
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        let token = after_interaction(reader(0), (Time::UNKNOWN, book(5)));
        assert!(last_book(&token, Some(Category::Mystery)).is_err());
        let token = after_book(Some(Category::Mystery), book(5));
        assert!(last_interaction(&token, reader(0)).is_err());
    }

    #[test]
    fn a_token_of_another_filter_is_refused() {
        let token = after_book(None, book(5));
        assert_eq!(
            last_book(&token, Some(Category::Mystery))
                .unwrap_err()
                .to_string(),
            format!(
                "page_token is \"{token}\"; \
                 it must be sent with the category of the page that gave it"
            )
        );
        let token = after_interaction(reader(1), (Time::UNKNOWN, book(5)));
        assert_eq!(
            last_interaction(&token, reader(2)).unwrap_err().to_string(),
            format!(
                "page_token is \"{token}\"; \
                 it must be sent with the reader_id of the page that gave it"
            )
        );
    }
}
