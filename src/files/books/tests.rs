use super::*;
use crate::category::Category;
use crate::files::Problems;

const FILE: &str = "books.csv";

const HEADER: &str = "id,title,author,year,categories";

/// Reads the header and then `rows`, the first of which is on line 2.
fn read(rows: &str) -> Result<Vec<Book>, String> {
    parse(format!("{HEADER}\n{rows}").as_bytes())
}

fn parse(bytes: &[u8]) -> Result<Vec<Book>, String> {
    parsed(bytes).map_err(|problems| problems.to_string())
}

fn parsed(bytes: &[u8]) -> Result<Vec<Book>, Problems> {
    crate::files::parse(FILE, bytes)
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
fn a_missing_or_an_extra_column_is_refused() {
    refused(
        "1,A,a,MYSTERY\n",
        "books.csv:2: number of columns is 4; it must be 5, as in the header",
    );
    refused(
        "1,A,a,1,MYSTERY,x\n",
        "books.csv:2: number of columns is 6; it must be 5, as in the header",
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
    for year in [
        "MCMXL",
        "1940.5",
        "1940.00",
        ".0",
        "10000",
        "-10000",
        "10000.0",
        "99999999999",
    ] {
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
                "books.csv:2: category \"{unknown}\" is not known; it must be one of MYSTERY, SCIENCE_FICTION, SELF_HELP, several of them joined by |"
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
fn a_year_may_be_a_whole_number_with_a_fraction_of_0() {
    let year = |text: &str| read(&format!("1,A,a,{text},\n")).unwrap()[0].year;
    assert_eq!(year("1997.0"), Some(1997));
    assert_eq!(year("-720.0"), Some(-720));
}

#[test]
fn columns_are_found_by_name() {
    for text in [
        "categories,year,author,title,id\nMYSTERY,1,a,A,7\n",
        "book_id,title,authors,original_publication_year,categories\n7,A,a,1.0,MYSTERY\n",
        "x,id,,title,author,y,year,categories\n?,7,?,A,a,?,1,MYSTERY\n",
        "ID, Title ,Author,YEAR,Categories\n7,A,a,1,MYSTERY\n",
    ] {
        assert_eq!(
            parse(text.as_bytes()).unwrap(),
            read("7,A,a,1,MYSTERY\n").unwrap()
        );
    }
}

#[test]
fn a_book_needs_an_id_and_a_title_only() {
    let books = parse(b"id,title\n7,A\n").unwrap();
    assert_eq!(books, read("7,A,,,\n").unwrap());
}

#[test]
fn an_id_is_called_as_the_header_calls_it() {
    assert_eq!(
        parse(b"book_id,title\n0,A\n2,B\n2,C\n").unwrap_err(),
        "books.csv:2: book_id is \"0\"; it must be a whole number from 1 to 2147483647\n\
         books.csv:4: book_id 2 is taken by line 3; every book must have its own"
    );
}

#[test]
fn a_nul_character_in_a_text_is_refused() {
    refused(
        "1,A\0,a,1,MYSTERY\n",
        "books.csv:2: title is \"A\\0\"; it must not have a NUL character",
    );
}

#[test]
fn every_bad_row_is_told() {
    let problems = parsed(b"id,title\n0,A\n1,B\n1,\n2,\n\n3\n").unwrap_err();
    assert_eq!(problems.count(), 4);
    assert_eq!(problems.bad_rows(), 4);
    assert!(!problems.end_a_file());
    assert_eq!(
        problems.to_string(),
        "books.csv:2: id is \"0\"; it must be a whole number from 1 to 2147483647\n\
         books.csv:4: title is \"\"; it must not be blank\n\
         books.csv:5: title is \"\"; it must not be blank\n\
         books.csv:7: number of columns is 1; it must be 2, as in the header"
    );
}

#[test]
fn a_file_without_books_is_refused() {
    for text in ["", "\n\n", "\u{feff}", "\u{feff}\r\n"] {
        assert_eq!(
            parse(text.as_bytes()).unwrap_err(),
            "books.csv:1: the file is empty; it must have a header and at least one row",
            "{text:?}"
        );
    }
    for text in ["id,title", "id,title\n\n", "\u{feff}id,title\r\n"] {
        assert_eq!(
            parse(text.as_bytes()).unwrap_err(),
            "books.csv:1: the file has a header and no row; it must have at least one",
            "{text:?}"
        );
    }
}

#[test]
fn the_columns_that_are_not_read_are_told() {
    let books = Books::new(FILE, &b"title,isbn,id,Shelf\nA,1,1,1\n"[..]).unwrap();
    assert_eq!(books.ignored_columns(), ["isbn", "Shelf"]);
}
