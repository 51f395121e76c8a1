//! Imports: all or nothing, and what is there counts.

use recommendations::book::Book;
use recommendations::history::MAX_INTERACTIONS;
use recommendations::interaction::{Interaction, Kind, Rating};
use recommendations::reader::ReaderId;
use recommendations::store::{Database, ImportSummary, StoreError};

use crate::support::{Place, book, interaction, reader};

fn import(
    database: &mut Database,
    books: Vec<Book>,
    interactions: Vec<(ReaderId, Interaction)>,
) -> Result<ImportSummary, StoreError> {
    database.import(books, interactions, false, &mut |_| ())
}

fn titles(database: &Database) -> Vec<String> {
    let mut titles = Vec::new();
    let look = |book: Book| {
        titles.push(book.title);
        Ok::<(), StoreError>(())
    };
    database.each_book(look).unwrap();
    titles
}

fn histories(database: &Database) -> Vec<(i32, Vec<Interaction>)> {
    let mut histories = Vec::new();
    let look = |reader: ReaderId, history: recommendations::history::History| {
        histories.push((reader.number(), history.interactions().to_vec()));
        Ok::<(), StoreError>(())
    };
    database.each_history(look).unwrap();
    histories
}

#[test]
fn what_is_imported_is_read_in_order() {
    let place = Place::new();
    let mut database = place.open().unwrap();
    let books = vec![book(9, "C"), book(3, "A"), book(7, "B")];
    let [late, early, other] = [
        interaction(1, Kind::Read, 8),
        interaction(5, Kind::Bought, 2),
        interaction(4, Kind::Wanted, 0),
    ];
    let interactions = vec![(reader(6), late), (reader(2), other), (reader(6), early)];
    let summary = import(&mut database, books, interactions).unwrap();
    let expected = ImportSummary {
        books_created: 3,
        created: 3,
        ..ImportSummary::default()
    };
    assert_eq!(summary, expected);
    database.close().unwrap();

    let database = place.open().unwrap();
    assert_eq!(titles(&database), ["A", "B", "C"]);
    assert_eq!(
        histories(&database),
        [(2, vec![other]), (6, vec![early, late])]
    );
}

#[test]
fn the_last_book_of_an_id_is_imported() {
    let mut database = Place::new().open().unwrap();
    let summary = import(&mut database, vec![book(1, "A"), book(1, "B")], Vec::new());
    assert_eq!(summary.unwrap().books_created, 1);
    assert_eq!(titles(&database), ["B"]);
}

#[test]
fn books_are_added_or_all_replaced() {
    let place = Place::new();
    let mut database = place.open().unwrap();
    import(&mut database, vec![book(1, "A"), book(2, "B")], Vec::new()).unwrap();
    let summary = import(&mut database, vec![book(2, "C"), book(3, "D")], Vec::new()).unwrap();
    assert_eq!((summary.books_created, summary.books_replaced), (1, 1));
    assert_eq!(titles(&database), ["A", "C", "D"]);
    let summary = database
        .import(
            vec![book(2, "E"), book(4, "F")],
            Vec::new(),
            true,
            &mut |_| (),
        )
        .unwrap();
    let expected = ImportSummary {
        books_created: 1,
        books_replaced: 1,
        books_deleted: 2,
        ..ImportSummary::default()
    };
    assert_eq!(summary, expected);
    assert_eq!(titles(&database), ["E", "F"]);
}

#[test]
fn the_newest_interaction_counts_whether_given_or_recorded() {
    let place = Place::new();
    let mut database = place.open().unwrap();
    let of = |kind, time| (reader(1), interaction(5, kind, time));
    let mut imported = |given: Vec<(ReaderId, Interaction)>| {
        let summary = import(&mut database, Vec::new(), given).unwrap();
        let [(_, history)] = &histories(&database)[..] else {
            panic!("one reader");
        };
        let counts = [
            summary.created,
            summary.replaced,
            summary.outdated,
            summary.repeated,
        ];
        (counts, history.clone())
    };
    let now = |kind, time| vec![interaction(5, kind, time)];
    // Of those that are given.
    let given = vec![of(Kind::Read, 7), of(Kind::Bought, 8), of(Kind::Wanted, 6)];
    assert_eq!(imported(given), ([1, 0, 0, 2], now(Kind::Bought, 8)));
    // An older one.
    let given = vec![of(Kind::Read, 7)];
    assert_eq!(imported(given), ([0, 0, 1, 0], now(Kind::Bought, 8)));
    // Equally old ones.
    let given = vec![of(Kind::Read, 8), of(Kind::Wanted, 8)];
    assert_eq!(imported(given), ([0, 1, 0, 1], now(Kind::Wanted, 8)));
    // A newer one.
    let given = vec![of(Kind::Read, 9)];
    assert_eq!(imported(given), ([0, 1, 0, 0], now(Kind::Read, 9)));
}

#[test]
fn lists_without_times_can_be_imported_in_any_order() {
    let rated = |stars| Kind::Rated(Rating::new(stars).unwrap());
    let of = |kind| vec![(reader(1), interaction(5, kind, 0))];
    let kinds = [Kind::Wanted, Kind::Bought, Kind::Read, rated(5), rated(1)];
    for first in kinds {
        for last in kinds {
            // Of two ratings the last is the correction.
            let is_outdated = last.rating().is_none() && last < first;
            let counts = if is_outdated { first } else { last };
            let expected = [(1, vec![interaction(5, counts, 0)])];

            let mut apart = Place::new().open().unwrap();
            import(&mut apart, Vec::new(), of(first)).unwrap();
            let summary = import(&mut apart, Vec::new(), of(last)).unwrap();
            assert_eq!(
                [summary.outdated, summary.replaced],
                [usize::from(is_outdated), usize::from(!is_outdated)]
            );
            assert_eq!(histories(&apart), expected);

            let mut together = Place::new().open().unwrap();
            let given = [of(first), of(last)].concat();
            let summary = import(&mut together, Vec::new(), given).unwrap();
            assert_eq!([summary.created, summary.repeated], [1, 1]);
            assert_eq!(histories(&together), expected);
        }
    }
}

#[test]
fn a_history_that_would_be_too_full_undoes_the_import() {
    let place = Place::new();
    let mut database = place.open().unwrap();
    let most = i32::try_from(MAX_INTERACTIONS).unwrap();
    let books = |to| (1..=to).map(|book| (reader(3), interaction(book, Kind::Read, 1)));
    import(&mut database, vec![book(1, "A")], books(most).collect()).unwrap();
    // A repetition is no more.
    import(&mut database, Vec::new(), books(most).collect()).unwrap();
    let one_more = vec![
        (reader(2), interaction(1, Kind::Read, 1)),
        (reader(3), interaction(most + 1, Kind::Read, 1)),
    ];
    let refused = import(&mut database, vec![book(2, "B")], one_more).unwrap_err();
    let expected = format!(
        "{}: reader 3 would have 10001 interactions; a reader has at most 10000",
        place.file().display()
    );
    assert_eq!(refused.to_string(), expected);
    assert_eq!(titles(&database), ["A"]);
    assert_eq!(histories(&database).len(), 1);
}

#[test]
fn progress_grows_to_all_rows() {
    let mut database = Place::new().open().unwrap();
    let mut interactions: Vec<_> = (1..=25_000)
        .map(|number| (reader(number), interaction(1, Kind::Read, 1)))
        .collect();
    // Repeated ones are done too.
    interactions.extend_from_within(..100);
    let mut reports = Vec::new();
    database
        .import(vec![book(1, "A")], interactions, false, &mut |done| {
            reports.push(done);
        })
        .unwrap();
    assert_eq!(reports, [10_000, 20_000, 25_101]);
}
