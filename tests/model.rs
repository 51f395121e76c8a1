//! The model's promises, against a naive one and on whatever books and readers
//! there may be. Failing cases are kept in `model.proptest-regressions`.

#[path = "model/reference.rs"]
mod reference;

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};
use recommendations::book::{Book, BookId};
use recommendations::catalog::Catalog;
use recommendations::category::Category;
use recommendations::history::{Histories, History};
use recommendations::interaction::{Interaction, Kind, Rating, Time};
use recommendations::model::{MAX_EVIDENCE, Model};
use recommendations::query::{Query, ResultLimit};
use recommendations::reader::ReaderId;

use self::reference::{Numbers, Reference};

fn id(number: i32) -> BookId {
    BookId::new(number).unwrap()
}

fn book(number: i32, categories: &[Category]) -> Book {
    Book {
        id: id(number),
        title: format!("Book {number}"),
        author: String::new(),
        year: None,
        categories: categories.iter().copied().collect(),
    }
}

fn interaction(book: i32, kind: Kind, time: u32) -> Interaction {
    Interaction {
        book: id(book),
        kind,
        time: Time::from_seconds(time),
    }
}

fn read(book: i32) -> Interaction {
    interaction(book, Kind::Read, 0)
}

fn rated(book: i32, stars: u8) -> Interaction {
    interaction(book, Kind::Rated(Rating::new(stars).unwrap()), 0)
}

/// Readers 0, 1, 2 and so on with those histories.
fn histories(of: &[History]) -> Histories {
    let histories = Histories::default();
    for (number, history) in (0..).zip(of) {
        histories.replace(ReaderId::new(number).unwrap(), history.clone());
    }
    histories
}

fn query(category: Category, limit: i32) -> Query {
    Query {
        reader: ReaderId::new(0).unwrap(),
        category,
        limit: ResultLimit::new(limit).unwrap(),
    }
}

fn list(
    model: &Model,
    catalog: &Catalog,
    history: &History,
    category: Category,
    limit: i32,
) -> Vec<BookId> {
    let books = model.recommend(catalog, history, &query(category, limit));
    books.iter().map(|book| book.id).collect()
}

fn numbers(books: Vec<BookId>) -> Vec<i32> {
    books.into_iter().map(BookId::number).collect()
}

fn some_kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Wanted),
        Just(Kind::Bought),
        Just(Kind::Read),
        (1_u8..=5).prop_map(|stars| Kind::Rated(Rating::new(stars).unwrap())),
    ]
}

fn some_history(books: i32, most: usize) -> impl Strategy<Value = History> {
    vec((1..=books, some_kind(), 0_u32..4), 0..=most).prop_map(|interactions| {
        let interactions = interactions.into_iter();
        History::new(interactions.map(|(book, kind, time)| interaction(book, kind, time)))
    })
}

fn some_catalog(books: i32, most: usize) -> impl Strategy<Value = Catalog> {
    let categories = proptest::sample::subsequence(Category::ALL.to_vec(), 0..=3);
    vec((1..=books, categories), 0..=most).prop_map(|books| {
        let books = books.into_iter();
        Catalog::new(books.map(|(number, categories)| book(number, &categories)))
    })
}

fn some_category() -> impl Strategy<Value = Category> {
    proptest::sample::select(&Category::ALL)
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(20_261_124),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/model.proptest-regressions"
        )))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_list_is_the_naive_one_also_when_the_catalogue_has_changed_since(
        catalog in some_catalog(40, 40),
        now in some_catalog(45, 40),
        readers in vec(some_history(42, 12), 0..12),
        stranger in some_history(50, 12),
        category in some_category(),
        limit in 0..=20_i32,
    ) {
        let model = Model::build(&catalog, &histories(&readers));
        let reference = Reference::new(&catalog, &readers, Numbers::Rounded);
        for catalog in [&catalog, &now] {
            for history in readers.iter().chain([&stranger]) {
                let mut expected = reference.list(catalog, history, category);
                expected.truncate(limit.try_into().unwrap());
                prop_assert_eq!(list(&model, catalog, history, category, limit), expected);
            }
        }
    }

    #[test]
    fn scores_are_those_of_the_formula_within_rounding(
        catalog in some_catalog(40, 40),
        readers in vec(some_history(42, 12), 0..12),
    ) {
        let model = Model::build(&catalog, &histories(&readers));
        let reference = Reference::new(&catalog, &readers, Numbers::Plain);
        for history in &readers {
            for category in Category::ALL {
                let scores = reference.scores(history, category);
                for book in catalog.books_in(category) {
                    let score = scores.get(&book.id).copied().unwrap_or_default();
                    let found = model.explain(history, book.id);
                    prop_assert!((found.score - score).abs() < 1e-7, "{found:?}, not {score}");
                    let popularity = reference.popularity(book.id);
                    prop_assert!((found.popularity - popularity).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn a_list_has_no_book_twice_none_of_the_history_and_the_category_alone(
        catalog in some_catalog(60, 60),
        now in some_catalog(60, 60),
        readers in vec(some_history(70, 30), 1..10),
        category in some_category(),
        limit in 0..=100_i32,
    ) {
        let model = Model::build(&catalog, &histories(&readers));
        for history in &readers {
            let books = list(&model, &now, history, category, limit);
            let distinct: BTreeSet<BookId> = books.iter().copied().collect();
            prop_assert_eq!(distinct.len(), books.len());
            for &book in &books {
                prop_assert_eq!(history.get(book), None);
                prop_assert!(now.get(book).unwrap().categories.contains(category));
            }
            let all = now.books().filter(|book| book.categories.contains(category));
            let eligible = all.filter(|book| history.get(book.id).is_none()).count();
            prop_assert_eq!(books.len(), eligible.min(limit.try_into().unwrap()));
        }
    }

    #[test]
    fn an_explanation_adds_up_to_its_score_and_scores_are_in_the_lists_order(
        catalog in some_catalog(60, 60),
        readers in vec(some_history(60, 20), 1..10),
        category in some_category(),
    ) {
        let model = Model::build(&catalog, &histories(&readers));
        for history in &readers {
            let mut scores = Vec::new();
            for book in list(&model, &catalog, history, category, 100) {
                let explanation = model.explain(history, book);
                let weights = explanation.contributions.iter().map(|(_, weight)| weight);
                prop_assert_eq!(weights.sum::<f64>(), explanation.score);
                for (of, weight) in &explanation.contributions {
                    prop_assert!(reference::evidence(history).contains(of));
                    prop_assert!(*weight > 0.0 && *weight < 1.0);
                }
                let weights = explanation.contributions.iter().map(|(_, weight)| weight);
                prop_assert!(weights.is_sorted_by(|more, less| more >= less));
                scores.push((explanation.score, explanation.popularity));
            }
            prop_assert!(scores.is_sorted_by(|better, worse| better >= worse));
        }
    }

    #[test]
    fn the_order_in_which_the_data_came_changes_no_bit(
        (catalog, shuffled) in some_catalog(60, 60).prop_flat_map(|catalog| {
            let books: Vec<Book> = catalog.books().map(|book| Book::clone(book)).collect();
            (Just(catalog), Just(books).prop_shuffle())
        }),
        (readers, order) in vec(some_history(60, 20), 1..12).prop_flat_map(|readers| {
            let order: Vec<usize> = (0..readers.len()).collect();
            (Just(readers), Just(order).prop_shuffle())
        }),
        factor in proptest::sample::select(&[1, 3, 256]),
    ) {
        let model = Model::build(&catalog, &histories(&readers));
        let others = Histories::default();
        for place in order {
            let number = i32::try_from(place).unwrap() * factor;
            let interactions = readers[place].interactions().iter().rev().copied();
            others.replace(ReaderId::new(number).unwrap(), History::new(interactions));
        }
        let other = Model::build(&Catalog::new(shuffled), &others);
        for number in 1..=60 {
            for history in &readers {
                prop_assert_eq!(model.explain(history, id(number)), other.explain(history, id(number)));
            }
            for category in Category::ALL.map(Some).into_iter().chain([None]) {
                prop_assert_eq!(
                    model.similar(&catalog, id(number), category, 50),
                    other.similar(&catalog, id(number), category, 50)
                );
            }
        }
        for history in &readers {
            for category in Category::ALL {
                prop_assert_eq!(
                    list(&model, &catalog, history, category, 100),
                    list(&other, &catalog, history, category, 100)
                );
            }
        }
    }

    #[test]
    fn similar_books_are_the_naive_ones(
        catalog in some_catalog(40, 40),
        now in some_catalog(40, 40),
        readers in vec(some_history(42, 12), 0..12),
        most in 0..=50_usize,
    ) {
        let model = Model::build(&catalog, &histories(&readers));
        let reference = Reference::new(&catalog, &readers, Numbers::Rounded);
        for number in 1..=42 {
            for category in Category::ALL {
                let mut expected = reference.neighbours(id(number), category);
                expected.retain(|&(book, _)| now.get_in(category, book).is_some());
                expected.truncate(most);
                let found = model.similar(&now, id(number), Some(category), most);
                let found: Vec<_> = found.iter().map(|(book, like)| (book.id, *like)).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(4))]

    #[test]
    fn books_that_nobody_has_change_no_list_however_many_they_are(
        readers in vec(some_history(300, 100), 1..40),
    ) {
        let few = Catalog::new((1..=300).map(|number| book(number, &[MYSTERY])));
        let idle = (1000..80_000).map(|number| book(number, &[Category::SelfHelp]));
        let many = Catalog::new(few.books().map(|book| Book::clone(book)).chain(idle));
        let model = Model::build(&few, &histories(&readers));
        let model_of_many = Model::build(&many, &histories(&readers));
        for history in &readers {
            prop_assert_eq!(
                list(&model_of_many, &many, history, MYSTERY, 100),
                list(&model, &few, history, MYSTERY, 100)
            );
        }
    }

    #[test]
    fn only_the_50_best_neighbours_and_the_200_latest_books_count(
        readers in vec(btree_set(1..=230_i32, 0..=225), 20..30),
    ) {
        let catalog = Catalog::new((1..=230).map(|number| book(number, &[Category::Mystery])));
        let readers: Vec<History> = readers
            .into_iter()
            .map(|books| History::new(books.into_iter().map(|book| interaction(book, Kind::Read, 3))))
            .collect();
        let model = Model::build(&catalog, &histories(&readers));
        let reference = Reference::new(&catalog, &readers, Numbers::Rounded);
        for number in (1..=230).step_by(10) {
            let found = model.similar(&catalog, id(number), None, 1000);
            let found: Vec<_> = found.iter().map(|(book, like)| (book.id, *like)).collect();
            prop_assert_eq!(found, reference.neighbours(id(number), Category::Mystery));
        }
    }
}

const MYSTERY: Category = Category::Mystery;

fn five_mysteries() -> Catalog {
    Catalog::new((1..=5).map(|number| book(number, &[MYSTERY])))
}

#[test]
fn an_unknown_reader_gets_the_popular_books() {
    let readers = [
        History::new([read(4), read(2)]),
        History::new([read(4), read(2)]),
        History::new([read(4), read(3)]),
    ];
    let model = Model::build(&five_mysteries(), &histories(&readers));
    let books = list(&model, &five_mysteries(), &History::default(), MYSTERY, 10);
    assert_eq!(numbers(books), [4, 2, 3, 1, 5]);
}

#[test]
fn without_any_history_books_are_in_the_order_of_their_ids() {
    let model = Model::build(&five_mysteries(), &Histories::default());
    let books = list(&model, &five_mysteries(), &History::default(), MYSTERY, 3);
    assert_eq!(numbers(books), [1, 2, 3]);
}

#[test]
fn an_empty_category_gives_an_empty_list() {
    let readers = [History::new([read(1), read(2)])];
    let model = Model::build(&five_mysteries(), &histories(&readers));
    let books = list(
        &model,
        &five_mysteries(),
        &readers[0],
        Category::SelfHelp,
        10,
    );
    assert!(books.is_empty());
}

#[test]
fn a_rating_of_1_or_2_excludes_and_is_no_evidence() {
    let readers = [
        History::new([rated(1, 5), rated(2, 4)]),
        History::new([rated(1, 3), rated(3, 2)]),
        History::new([rated(1, 3), rated(3, 1)]),
    ];
    let model = Model::build(&five_mysteries(), &histories(&readers));
    let similar = model.similar(&five_mysteries(), id(1), None, 10);
    assert_eq!(
        numbers(similar.iter().map(|(book, _)| book.id).collect()),
        [2]
    );
    for stars in [1, 2] {
        let history = History::new([rated(1, stars)]);
        assert!(model.explain(&history, id(2)).contributions.is_empty());
        let books = list(&model, &five_mysteries(), &history, MYSTERY, 10);
        assert!(!books.contains(&id(1)));
        assert_eq!(books.len(), 4);
    }
}

#[test]
fn what_stands_in_no_category_tells_of_taste_and_is_not_recommended() {
    // Book 8 has no category, book 9 is not in the catalogue.
    let catalog = Catalog::new([book(1, &[MYSTERY]), book(2, &[MYSTERY]), book(8, &[])]);
    let reader = History::new([read(2), read(8), read(9)]);
    let model = Model::build(&catalog, &histories(&[reader]));
    for evidence in [8, 9] {
        let history = History::new([read(evidence)]);
        let books = list(&model, &catalog, &history, MYSTERY, 10);
        assert_eq!(numbers(books), [2, 1]);
        assert!(model.explain(&history, id(2)).score > 0.0);
        assert_eq!(model.explain(&history, id(8)).score, 0.0);
        assert_eq!(model.similar(&catalog, id(evidence), None, 10).len(), 1);
    }
    assert!(model.knows(id(9)) && !model.knows(id(10)));
}

#[test]
fn deleted_and_moved_books_vanish_at_once() {
    let readers = [History::new([read(1), read(2), read(3), read(4)])];
    let mut catalog = five_mysteries();
    let model = Model::build(&catalog, &histories(&readers));
    catalog.remove(id(2));
    catalog.insert(book(3, &[Category::SelfHelp]));
    let history = History::new([read(1)]);
    assert_eq!(
        numbers(list(&model, &catalog, &history, MYSTERY, 10)),
        [4, 5]
    );
    assert_eq!(
        numbers(list(&model, &catalog, &history, Category::SelfHelp, 10)),
        [3]
    );
    let similar = model.similar(&catalog, id(1), Some(MYSTERY), 10);
    assert_eq!(
        numbers(similar.iter().map(|(book, _)| book.id).collect()),
        [4]
    );
}

#[test]
fn a_new_book_follows_those_that_are_known() {
    let readers = [History::new([read(4), read(5)])];
    let mut catalog = five_mysteries();
    catalog.remove(id(2));
    let model = Model::build(&catalog, &histories(&readers));
    catalog.insert(book(2, &[MYSTERY]));
    let books = list(&model, &catalog, &History::new([read(5)]), MYSTERY, 10);
    assert_eq!(numbers(books), [4, 1, 2, 3]);
    let books = list(&model, &catalog, &History::new([read(2)]), MYSTERY, 10);
    assert_eq!(numbers(books), [4, 5, 1, 3]);
}

#[test]
fn of_two_equally_read_books_the_better_rated_is_the_more_popular() {
    let readers = [
        History::new([rated(1, 3), rated(2, 5), rated(3, 4)]),
        History::new([rated(1, 3), rated(2, 5), rated(3, 4)]),
    ];
    let model = Model::build(&five_mysteries(), &histories(&readers));
    let books = list(&model, &five_mysteries(), &History::default(), MYSTERY, 3);
    assert_eq!(numbers(books), [2, 3, 1]);
}

#[test]
fn what_came_after_the_model_counts_in_the_next_call() {
    let readers = [
        History::new([read(1), read(3)]),
        History::new([read(2), read(4)]),
    ];
    let model = Model::build(&five_mysteries(), &histories(&readers));
    let first = |read: Interaction| {
        let history = History::new([read]);
        numbers(list(&model, &five_mysteries(), &history, MYSTERY, 1))
    };
    assert_eq!(first(read(1)), [3]);
    assert_eq!(first(read(2)), [4]);
}

#[test]
fn the_oldest_books_of_a_long_history_are_excluded_and_no_evidence() {
    let most = i32::try_from(MAX_EVIDENCE).unwrap();
    let catalog = Catalog::new([book(1, &[MYSTERY]), book(2, &[MYSTERY])]);
    let both = [History::new([read(1), read(2)])];
    let model = Model::build(&catalog, &histories(&both));
    let with_later = |later: i32| {
        let others = (0..later).map(|number| interaction(1000 + number, Kind::Read, 5));
        History::new(others.chain([read(1)]))
    };
    let enough = with_later(most);
    assert_eq!(model.explain(&enough, id(2)).contributions, []);
    assert_eq!(numbers(list(&model, &catalog, &enough, MYSTERY, 10)), [2]);
    let short = with_later(most - 1);
    assert_eq!(model.explain(&short, id(2)).contributions.len(), 1);
}

#[test]
fn a_model_knows_how_large_it_is() {
    let readers = [History::new([read(1), read(7)]), History::new([read(1)])];
    let model = Model::build(&five_mysteries(), &histories(&readers));
    assert_eq!(
        (model.books(), model.readers(), model.interactions()),
        (6, 2, 3)
    );
    assert!(model.bytes() > Model::default().bytes());
}

#[test]
fn many_threads_may_ask_one_model() {
    fn check<Shared: Send + Sync>() {}
    check::<Model>();
}
