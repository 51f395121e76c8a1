use std::collections::HashMap;

use super::*;
use crate::category::Category;

#[test]
fn the_first_100_problems_are_told_and_the_others_counted() {
    let text = format!("id,title\n{}", "0,A\n".repeat(1234));
    let problems = parse("books.csv", text.as_bytes()).unwrap_err();
    assert_eq!(problems.count(), 1234);
    assert_eq!(problems.shown().len(), MAX_SHOWN);
    let message = problems.to_string();
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), 101);
    assert!(lines[99].starts_with("books.csv:101: id is"));
    assert_eq!(lines[100], "and 1134 more");
}

#[test]
fn what_ends_a_file_is_told_also_after_100_bad_rows() {
    let text = format!("id,title\n{}\"", "0,A\n".repeat(150));
    let problems = parse("books.csv", text.as_bytes()).unwrap_err();
    assert!(problems.end_a_file());
    assert_eq!((problems.count(), problems.bad_rows()), (151, 150));
    assert!(
        problems.to_string().ends_with(
            "\nbooks.csv:152: a quote is opened in this row and never closed\nand 50 more"
        )
    );
}

/// The tutorial's books, by id from 1.
const TUTORIAL: [(&str, Category); 9] = [
    ("The Maltese Falcon", Category::Mystery),
    ("Murder on the Orient Express", Category::Mystery),
    ("The Hound of the Baskervilles", Category::Mystery),
    (
        "The Hitchhiker's Guide to the Galaxy",
        Category::ScienceFiction,
    ),
    ("Ender's Game", Category::ScienceFiction),
    ("The Dune Chronicles", Category::ScienceFiction),
    (
        "The 7 Habits of Highly Effective People",
        Category::SelfHelp,
    ),
    (
        "How to Win Friends and Influence People",
        Category::SelfHelp,
    ),
    ("Man's Search for Meaning", Category::SelfHelp),
];

#[test]
fn the_tutorials_books_are_compiled_in() {
    let books = built_in().unwrap();
    for ((title, category), id) in TUTORIAL.into_iter().zip(1..) {
        let book = books.iter().find(|book| book.id.number() == id).unwrap();
        assert_eq!(book.title, title);
        assert!(book.categories.contains(category));
    }
}

#[test]
fn a_hundred_books_of_each_category_are_compiled_in() {
    let books = built_in().unwrap();
    for category in Category::ALL {
        let of_category = books
            .iter()
            .filter(|book| book.categories.contains(category));
        assert!(of_category.count() >= 100, "{category}");
    }
}

#[test]
fn no_book_is_compiled_in_twice() {
    let mut seen = HashMap::new();
    for book in built_in().unwrap() {
        let key = (book.title.to_lowercase(), book.author.to_lowercase());
        if let Some(first) = seen.insert(key, book.id) {
            panic!("{} is {first} and {}", book.title, book.id);
        }
    }
}

#[test]
fn every_book_that_is_compiled_in_has_an_author_and_a_year() {
    for book in built_in().unwrap() {
        assert!(!book.author.trim().is_empty(), "{}", book.title);
        assert!(book.year.is_some(), "{}", book.title);
    }
}
