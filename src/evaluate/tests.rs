use super::*;
use crate::book::Book;
use crate::interaction::{Interaction, Kind, Time};

fn book(number: i32, categories: &[Category]) -> Book {
    Book {
        id: BookId::new(number).unwrap(),
        title: format!("Book {number}"),
        author: String::new(),
        year: None,
        categories: categories.iter().copied().collect(),
    }
}

fn history(books: impl IntoIterator<Item = i32>) -> History {
    History::new(books.into_iter().map(|book| Interaction {
        book: BookId::new(book).unwrap(),
        kind: Kind::Read,
        time: Time::UNKNOWN,
    }))
}

/// Two tastes: readers with an even number have mysteries, 1 to 5, the others have
/// science fiction, 6 to 10; a reader without any taste of their own has book 11,
/// which is in no catalogue.
fn two_tastes() -> (Catalog, Histories) {
    let mysteries = (1..=5).map(|number| book(number, &[Category::Mystery]));
    let fiction = (6..=10).map(|number| book(number, &[Category::ScienceFiction]));
    let histories = Histories::default();
    for number in 0..20 {
        let books = if number % 2 == 0 { 1..=5 } else { 6..=10 };
        histories.replace(ReaderId::new(number).unwrap(), history(books));
    }
    histories.replace(ReaderId::new(20).unwrap(), history([11]));
    (Catalog::new(mysteries.chain(fiction)), histories)
}

#[test]
fn what_every_reader_of_the_same_books_has_is_found() {
    let (catalog, histories) = two_tastes();
    let report = evaluate(&catalog, &histories, &Options::default());
    assert_eq!(report.readers, 21);
    assert_eq!(report.held_out_interactions, 20);
    assert_eq!(report.training_interactions, 81);
    let [all, mystery, fiction, self_help] = report.parts.as_slice() else {
        panic!("{report:?}");
    };
    assert_eq!((all.name, all.books, all.readers), ("ALL", 11, 20));
    assert_eq!((mystery.books, mystery.readers), (5, 10));
    assert_eq!((fiction.held_out_books, fiction.readers), (10, 10));
    // A reader has four of five books, so the list is the fifth and then, by their
    // popularity, the other taste's.
    for part in [all, mystery, fiction] {
        let model = part.model.unwrap();
        assert_eq!(
            (model.recall_at_10, model.ndcg_at_10),
            (1.0, 1.0),
            "{part:?}"
        );
    }
    assert!(all.popularity.unwrap().ndcg_at_20 < 1.0);
    assert_eq!(mystery.popularity.unwrap().ndcg_at_20, 1.0);
    assert_eq!((self_help.books, self_help.readers), (0, 0));
    assert_eq!((self_help.model, self_help.popularity), (None, None));
}

#[test]
fn the_seed_alone_chooses_the_figures() {
    let (catalog, histories) = two_tastes();
    let report = |seed| evaluate(&catalog, &histories, &Options { seed });
    assert_eq!(report(7), report(7));
    assert_ne!(report(7).parts, report(8).parts);
}

#[test]
fn where_nothing_can_be_held_out_there_are_no_figures_and_that_is_said() {
    let (catalog, _) = two_tastes();
    let histories = Histories::default();
    histories.replace(ReaderId::new(1).unwrap(), history(1..=4));
    let report = evaluate(&catalog, &histories, &Options::default());
    for part in &report.parts {
        assert_eq!((part.readers, part.model, part.popularity), (0, None, None));
    }
    let text = report.to_string();
    let row = text.lines().find(|line| line.contains("MYSTERY")).unwrap();
    let words: Vec<&str> = row.split_whitespace().collect();
    let expected = ["MYSTERY", "5", "0", "0", "model", "-", "-", "-", "-", "-"];
    assert_eq!(words, expected, "{text}");
    let said = "nothing could be held out: no reader has 5 books or more, those rated 1 or 2 \
                left aside";
    assert!(text.lines().any(|line| line == said), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["parts"][1]["model"], serde_json::Value::Null);
}

#[test]
fn a_report_is_a_table_with_the_protocol_below_it() {
    let (catalog, histories) = two_tastes();
    let text = evaluate(&catalog, &histories, &Options { seed: 7 }).to_string();
    let lines: Vec<&str> = text.lines().collect();
    let words: Vec<&str> = lines[3].split_whitespace().collect();
    let first = ["ALL", "11", "20", "20", "model", "1.000", "1.000"];
    assert_eq!(words[..first.len()], first, "{text}");
    assert!(lines.iter().all(|line| line.trim_end() == *line), "{text}");
    let below = "seed 7; 21 readers; 81 interactions in training, 20 held out";
    let place = lines.iter().position(|line| *line == below).unwrap();
    let rules: Vec<&str> = lines[place + 1..].iter().map(|line| &line[2..]).collect();
    assert_eq!(rules, PROTOCOL);
}

#[test]
fn a_report_is_json_too() {
    let (catalog, histories) = two_tastes();
    let report = evaluate(&catalog, &histories, &Options { seed: 7 });
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["seed"], 7);
    assert_eq!(json["parts"][1]["name"], "MYSTERY");
    assert_eq!(json["parts"][1]["model"]["recall_at_10"], 1.0);
    assert_eq!(json["protocol"][0], PROTOCOL[0]);
}
