use super::*;
use crate::category::{Categories, Category};

const FILE: &str = "books.csv";

/// Reads the header and then `rows`, the first of which is on line 2.
fn read(rows: &str) -> Result<Vec<Book>, String> {
    parse(format!("{HEADER}\n{rows}").as_bytes())
}

fn parse(bytes: &[u8]) -> Result<Vec<Book>, String> {
    super::parse(FILE, bytes).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(rows: &str, message: &str) {
    assert_eq!(read(rows).unwrap_err(), message);
}

fn ids(books: &[Book]) -> Vec<i32> {
    books.iter().map(|book| book.id.number()).collect()
}

#[test]
fn a_row_becomes_a_book() {
    let books = read("4,\"Murder, They \"\"Said\"\"\",Anne Author,-380,MYSTERY|SELF_HELP\n");
    let expected = Book {
        id: BookId::new(4).unwrap(),
        title: "Murder, They \"Said\"".to_owned(),
        author: "Anne Author".to_owned(),
        year: Some(-380),
        categories: [Category::Mystery, Category::SelfHelp]
            .into_iter()
            .collect(),
    };
    assert_eq!(books.unwrap(), [expected]);
}

#[test]
fn books_keep_the_order_of_the_file() {
    let books = read("9,A,a,1,MYSTERY\n3,B,b,2,SELF_HELP\n7,C,c,3,MYSTERY|SELF_HELP\n");
    assert_eq!(ids(&books.unwrap()), [9, 3, 7]);
}

#[test]
fn an_unknown_author_is_empty() {
    assert_eq!(read("1,Beowulf,,1000,MYSTERY\n").unwrap()[0].author, "");
}

#[test]
fn line_breaks_of_windows_and_a_byte_order_mark_are_read() {
    let text = format!("\u{feff}{HEADER}\r\n1,A,a,1,MYSTERY\r\n2,B,b,2,MYSTERY\r\n");
    assert_eq!(ids(&parse(text.as_bytes()).unwrap()), [1, 2]);
}

#[test]
fn the_last_row_needs_no_line_break() {
    assert_eq!(ids(&read("1,A,a,1,MYSTERY").unwrap()), [1]);
}

#[test]
fn a_file_without_books_is_refused() {
    let message = "books.csv: no books; it must have the header id,title,author,year,categories and at least one row";
    for text in ["", "\n\n", "\u{feff}", HEADER, &format!("{HEADER}\n\n")] {
        assert_eq!(parse(text.as_bytes()).unwrap_err(), message, "{text:?}");
    }
}

#[test]
fn a_wrong_header_is_refused() {
    for (text, found) in [
        ("1,A,a,1,MYSTERY\n", "1,A,a,1,MYSTERY"),
        ("id,title,author,year\n", "id,title,author,year"),
        (
            "ID,Title,Author,Year,Categories\n",
            "ID,Title,Author,Year,Categories",
        ),
        (
            "id;title;author;year;categories\n",
            "id;title;author;year;categories",
        ),
    ] {
        assert_eq!(
            parse(text.as_bytes()).unwrap_err(),
            format!(
                "books.csv:1: header is \"{found}\"; it must be id,title,author,year,categories"
            )
        );
    }
}

#[test]
fn the_line_of_a_wrong_header_is_right_after_blank_lines() {
    assert_eq!(
        parse(b"\n\nid\n").unwrap_err(),
        "books.csv:3: header is \"id\"; it must be id,title,author,year,categories"
    );
}

#[test]
fn a_missing_or_an_extra_column_is_refused() {
    refused(
        "1,A,a,MYSTERY\n",
        "books.csv:2: number of columns is 4; it must be 5: id,title,author,year,categories",
    );
    refused(
        "1,A,a,1,MYSTERY,x\n",
        "books.csv:2: number of columns is 6; it must be 5: id,title,author,year,categories",
    );
}

#[test]
fn an_id_that_is_not_a_positive_number_is_refused() {
    for id in [
        "0",
        "-1",
        "x",
        "",
        " 1",
        "1.0",
        "2147483648",
        "99999999999999999999",
    ] {
        refused(
            &format!("{id},A,a,1,MYSTERY\n"),
            &format!("books.csv:2: id is \"{id}\"; it must be a whole number from 1 to 2147483647"),
        );
    }
}

#[test]
fn the_largest_id_is_a_book() {
    assert_eq!(
        ids(&read("2147483647,A,a,1,MYSTERY\n").unwrap()),
        [i32::MAX]
    );
}

#[test]
fn a_duplicate_id_is_refused_with_the_line_of_the_first() {
    refused(
        "1,A,a,1,MYSTERY\n2,B,b,1,MYSTERY\n1,C,c,1,MYSTERY\n",
        "books.csv:4: id 1 is taken by line 2; every book must have its own",
    );
}

#[test]
fn a_blank_title_is_refused() {
    refused(
        "1,,a,1,MYSTERY\n",
        "books.csv:2: title is \"\"; it must not be blank",
    );
    refused(
        "1,\" \t\",a,1,MYSTERY\n",
        "books.csv:2: title is \" \\t\"; it must not be blank",
    );
}

#[test]
fn texts_have_at_most_1000_bytes() {
    let (most, more) = ("x".repeat(1000), "x".repeat(1001));
    assert!(read(&format!("1,{most},{most},1,MYSTERY\n")).is_ok());
    refused(
        &format!("1,{more},a,1,MYSTERY\n"),
        "books.csv:2: title has 1001 bytes; it must have at most 1000",
    );
    refused(
        &format!("1,A,{more},1,MYSTERY\n"),
        "books.csv:2: author has 1001 bytes; it must have at most 1000",
    );
}

#[test]
fn a_year_that_is_not_a_number_is_refused() {
    for year in ["MCMXL", "1940.5", "10000", "-10000", "99999999999"] {
        refused(
            &format!("1,A,a,{year},MYSTERY\n"),
            &format!(
                "books.csv:2: year is \"{year}\"; it must be a whole number from -9999 to 9999"
            ),
        );
    }
}

#[test]
fn a_year_and_categories_may_be_unknown() {
    let books = read("1,A,a,,\n").unwrap();
    assert_eq!(
        (books[0].year, books[0].categories),
        (None, Categories::NONE)
    );
}

#[test]
fn an_unknown_category_is_refused_with_the_known_ones() {
    for (categories, unknown) in [
        ("ROMANCE", "ROMANCE"),
        ("MYSTERY|", ""),
        ("MYSTERY,ROMANCE", "MYSTERY,ROMANCE"),
    ] {
        refused(
            &format!("1,A,a,1,\"{categories}\"\n"),
            &format!(
                "books.csv:2: category \"{unknown}\" is not known; it must be one of MYSTERY, SCIENCE_FICTION, SELF_HELP"
            ),
        );
    }
}

#[test]
fn a_duplicate_category_is_refused() {
    refused(
        "1,A,a,1,MYSTERY|SELF_HELP|MYSTERY\n",
        "books.csv:2: category MYSTERY is named twice; once is enough",
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    let mut text = format!("{HEADER}\n1,A,a,1,MYSTERY\n2,Caf").into_bytes();
    text.extend(b"\xe9,b,1,MYSTERY\n");
    assert_eq!(
        parse(&text).unwrap_err(),
        "books.csv:3: title is \"Caf\u{fffd}\", which is not UTF-8; save the file as UTF-8"
    );
}

#[test]
fn lines_are_counted_through_quoted_line_breaks_and_blank_lines() {
    for line_break in ["\n", "\r\n"] {
        let text = format!(
            "{HEADER}\n\n1,\"A\nof\nthree lines\",a,1,MYSTERY\n\n\n2,B,b,1,MYSTERY\n0,C,c,1,MYSTERY\n"
        );
        let text = text.replace('\n', line_break);
        assert_eq!(
            parse(text.as_bytes()).unwrap_err(),
            "books.csv:9: id is \"0\"; it must be a whole number from 1 to 2147483647"
        );
    }
}

#[test]
fn a_row_of_many_lines_is_named_by_its_first() {
    refused(
        "1,A,a,1,MYSTERY\n0,\"B\nB\nB\",b,1,MYSTERY\n",
        "books.csv:3: id is \"0\"; it must be a whole number from 1 to 2147483647",
    );
}

#[test]
fn a_quote_that_is_never_closed_is_refused_in_one_line() {
    let rest = "2,B,b,1,MYSTERY\n".repeat(1000);
    let message = read(&format!("1,A,a,1,\"MYSTERY\n{rest}")).unwrap_err();
    assert!(message.starts_with("books.csv:2: category \"MYSTERY\\n2,B"));
    assert!(!message.contains('\n'));
    assert!(message.len() < 200, "{message}");
}

#[test]
fn a_file_that_is_not_there_is_unreadable() {
    let error = open(Path::new("/no/such/books.csv")).unwrap_err();
    assert_eq!(error.to_string(), "/no/such/books.csv: cannot be read");
    assert!(matches!(error, BooksError::Unreadable { .. }));
}

#[test]
fn a_folder_is_unreadable() {
    let error = open(Path::new("/")).unwrap_err();
    assert!(matches!(error, BooksError::Unreadable { .. }), "{error:?}");
}

#[test]
fn no_more_is_read_than_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    std::fs::write(&path, [b'x'; 1001]).unwrap();
    let length = |most| {
        let bytes = read_at_most(&path, most).unwrap();
        bytes.map(|bytes| bytes.len())
    };
    assert_eq!(length(1001), Some(1001));
    assert_eq!(length(1000), None);
}

#[test]
fn a_file_that_is_too_large_is_told_the_limit() {
    let file = FILE.to_owned();
    assert_eq!(
        BooksError::TooLarge { file }.to_string(),
        "books.csv: larger than 268435456 bytes; split it or leave books out"
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
