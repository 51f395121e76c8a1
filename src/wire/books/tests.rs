use protobuf::{Enum, Message};

use super::*;
use crate::category::Category;
use crate::query::PageSize;
use crate::server::limits;
use crate::wire::MAX_ITEMS;

fn gaudy_night() -> bookshop::Book {
    bookshop::Book {
        id: 2,
        title: "Gaudy Night".to_owned(),
        author: "Dorothy L. Sayers".to_owned(),
        year: Some(1935),
        categories: vec![BookCategory::MYSTERY.into()],
        ..Default::default()
    }
}

/// The largest book that is valid.
fn largest() -> bookshop::Book {
    bookshop::Book {
        id: i32::MAX,
        title: "t".repeat(MAX_TEXT_BYTES),
        author: "a".repeat(MAX_TEXT_BYTES),
        year: Some(-9999),
        categories: BookCategory::VALUES
            .iter()
            .map(|&each| each.into())
            .collect(),
        ..Default::default()
    }
}

fn unknown_category() -> EnumOrUnknown<BookCategory> {
    EnumOrUnknown::from_i32(3)
}

/// A change of the book that makes it invalid.
#[track_caller]
fn refused(change: impl FnOnce(&mut bookshop::Book), message: &str) {
    let mut changed = gaudy_night();
    change(&mut changed);
    let request = bookshop::ImportBooksRequest {
        books: vec![gaudy_night(), changed],
        ..Default::default()
    };
    let invalid = imported(&request).unwrap_err();
    assert_eq!(invalid.to_string(), format!("books[1].{message}"));
}

#[test]
fn a_book_is_the_same_after_a_way_there_and_back() {
    let unknown = bookshop::Book {
        author: String::new(),
        year: None,
        categories: Vec::new(),
        ..gaudy_night()
    };
    for message in [gaudy_night(), largest(), unknown] {
        assert_eq!(super::message(&book(&message).unwrap()), message);
    }
}

#[test]
fn a_book_with_a_number_below_1_is_refused() {
    refused(|book| book.id = 0, "id is 0; it must be 1 or more");
    refused(|book| book.id = -7, "id is -7; it must be 1 or more");
}

#[test]
fn a_book_without_a_title_is_refused() {
    let message = "title is \"\"; it must not be blank";
    refused(|book| book.title.clear(), message);
    let message = "title is \" \\t\"; it must not be blank";
    refused(|book| book.title = " \t".to_owned(), message);
}

#[test]
fn a_text_of_more_than_1000_bytes_is_refused() {
    // The last letter has two bytes.
    let text = || format!("{}é", "x".repeat(999));
    let message = "title has 1001 bytes; it must have at most 1000";
    refused(|book| book.title = text(), message);
    let message = "author has 1001 bytes; it must have at most 1000";
    refused(|book| book.author = text(), message);
}

#[test]
fn a_text_with_the_character_that_files_cannot_hold_is_refused() {
    let message = "title is \"a\\0b\"; it must not hold U+0000";
    refused(|book| book.title = "a\0b".to_owned(), message);
    let message = "author is \"\\0\"; it must not hold U+0000";
    refused(|book| book.author = "\0".to_owned(), message);
}

#[test]
fn a_year_of_more_than_four_digits_is_refused() {
    for year in [-10_000, 10_000, 1_935_000, i32::MIN] {
        let message = format!("year is {year}; it must be from -9999 to 9999, or not set");
        refused(|book| book.year = Some(year), &message);
    }
}

#[test]
fn a_category_that_the_contract_does_not_have_is_refused() {
    refused(
        |book| book.categories.push(unknown_category()),
        "categories[1] is 3; it must be one of 0 (MYSTERY), 1 (SCIENCE_FICTION), 2 (SELF_HELP)",
    );
}

#[test]
fn a_category_that_is_there_twice_is_refused() {
    refused(
        |book| book.categories.push(BookCategory::MYSTERY.into()),
        "categories[1] is MYSTERY, which is there already; it must be there once",
    );
}

#[test]
fn the_first_wrong_field_of_the_contract_is_refused() {
    let change = |book: &mut bookshop::Book| {
        book.year = Some(10_000);
        book.author = "x".repeat(1001);
    };
    refused(change, "author has 1001 bytes; it must have at most 1000");
}

#[test]
fn a_message_has_at_most_1000_books() {
    let request = |count| bookshop::ImportBooksRequest {
        books: vec![gaudy_night(); count],
        ..Default::default()
    };
    assert_eq!(imported(&request(MAX_ITEMS)).unwrap().len(), MAX_ITEMS);
    assert_eq!(
        imported(&request(MAX_ITEMS + 1)).unwrap_err().to_string(),
        "books has 1001 items; it must have at most 1000"
    );
    assert!(imported(&request(0)).unwrap().is_empty());
}

#[test]
fn a_number_below_1_is_no_book() {
    let message = "book_id is 0; it must be 1 or more";
    let get = wanted(&bookshop::GetBookRequest::default());
    let delete = unwanted(&bookshop::DeleteBookRequest::default());
    let similar = similar_query(&bookshop::ListSimilarBooksRequest::default());
    assert_eq!(get.unwrap_err().to_string(), message);
    assert_eq!(delete.unwrap_err().to_string(), message);
    assert_eq!(similar.unwrap_err().to_string(), message);
}

#[test]
fn an_empty_request_asks_for_the_first_50_books() {
    let expected = CatalogPage {
        category: None,
        after: None,
        size: PageSize::new(50).unwrap(),
    };
    assert_eq!(page(&bookshop::ListBooksRequest::default()), Ok(expected));
}

#[test]
fn a_page_is_asked_for_by_size_category_and_token() {
    let refused = |request: bookshop::ListBooksRequest, message: &str| {
        assert_eq!(page(&request).unwrap_err().to_string(), message);
    };
    let mut request = bookshop::ListBooksRequest {
        page_size: -1,
        page_token: "next".to_owned(),
        category: Some(unknown_category()),
        ..Default::default()
    };
    refused(request.clone(), "page_size is -1; it must be 0 or more");
    request.page_size = 1;
    refused(
        request.clone(),
        "category is 3; it must be one of 0 (MYSTERY), 1 (SCIENCE_FICTION), 2 (SELF_HELP)",
    );
    request.category = Some(BookCategory::MYSTERY.into());
    refused(
        request,
        "page_token is \"next\"; it must be empty or a next_page_token of this method",
    );
}

#[test]
fn similar_books_are_asked_for_by_book_category_and_count() {
    let request = |category, max_results| bookshop::ListSimilarBooksRequest {
        book_id: 7,
        category,
        max_results,
        ..Default::default()
    };
    let query = similar_query(&request(Some(BookCategory::SELF_HELP.into()), 60)).unwrap();
    let SimilarQuery {
        book,
        category,
        limit,
    } = query;
    assert_eq!((book.number(), category), (7, Some(Category::SelfHelp)));
    assert_eq!(limit.books(), 50);
    assert_eq!(
        similar_query(&request(None, -1)).unwrap_err().to_string(),
        "max_results is -1; it must be 0 or more"
    );
    assert_eq!(
        similar_query(&request(Some(unknown_category()), 1))
            .unwrap_err()
            .to_string(),
        "category is 3; it must be one of 0 (MYSTERY), 1 (SCIENCE_FICTION), 2 (SELF_HELP)"
    );
}

#[test]
fn similar_books_come_with_their_similarities() {
    let book = Arc::new(book(&gaudy_night()).unwrap());
    let reply = similar_response(&[(book, 0.25)]);
    let expected = bookshop::SimilarBook {
        book: Some(gaudy_night()).into(),
        similarity: 0.25,
        ..Default::default()
    };
    assert_eq!(reply.similar_books, [expected]);
}

#[test]
fn the_largest_page_is_half_of_what_every_client_takes() {
    let books = vec![largest(); PageSize::MAX];
    let reply = bookshop::ListBooksResponse {
        books,
        next_page_token: "0".repeat(32),
        ..Default::default()
    };
    let bytes = reply.compute_size();
    assert!(bytes < 2 * 1024 * 1024, "{bytes}");
}

#[test]
fn a_request_holds_32_of_the_largest_books() {
    let request = |count| {
        let books = vec![largest(); count];
        let request = bookshop::ImportBooksRequest {
            books,
            ..Default::default()
        };
        i32::try_from(request.compute_size()).unwrap()
    };
    assert!(request(32) <= limits::MAX_REQUEST_BYTES);
    assert!(request(33) > limits::MAX_REQUEST_BYTES);
}
