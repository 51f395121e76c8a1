use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::category::Categories;
use crate::interaction::Kind;

fn id(number: i32) -> BookId {
    BookId::new(number).unwrap()
}

fn book(number: i32, categories: Categories) -> Book {
    Book {
        id: id(number),
        title: format!("Book {number}"),
        author: String::new(),
        year: None,
        categories,
    }
}

fn mystery() -> Categories {
    Categories::from_iter([Category::Mystery])
}

fn page(after: Option<i32>, size: i32, category: Option<Category>) -> CatalogPage {
    CatalogPage {
        category,
        after: after.map(id),
        size: PageSize::new(size).unwrap(),
    }
}

#[track_caller]
fn gives(page: CatalogPage, catalog: &Catalog, expected: &[i32], next: Option<i32>) {
    let found = page.of(catalog);
    let ids: Vec<i32> = found.items.iter().map(|book| book.id.number()).collect();
    assert_eq!((ids.as_slice(), found.next), (expected, next.map(id)));
}

#[test]
fn a_page_goes_on_after_the_last_book() {
    let catalog = Catalog::new([1, 4, 6, 9].map(|number| book(number, mystery())));
    gives(page(None, 2, None), &catalog, &[1, 4], Some(4));
    gives(page(Some(4), 2, None), &catalog, &[6, 9], None);
    gives(page(Some(5), 1, None), &catalog, &[6], Some(6));
    gives(page(Some(9), 2, None), &catalog, &[], None);
}

#[test]
fn a_page_of_long_books_is_shorter_and_goes_on_where_it_ends() {
    let catalog = Catalog::new((1..=300).map(|number| Book {
        title: "x".repeat(1000),
        author: "x".repeat(1000),
        ..book(number, mystery())
    }));
    let mut next = None;
    let mut ids = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let page = page(next, 1000, None).of(&catalog);
        sizes.push(page.items.len());
        ids.extend(page.items.iter().map(|book| book.id.number()));
        match page.next {
            Some(last) => next = Some(last.number()),
            None => break,
        }
    }
    assert_eq!(sizes, [128, 128, 44]);
    assert_eq!(ids, Vec::from_iter(1..=300));
}

#[test]
fn a_page_of_a_category_has_its_books_only() {
    let categories = [1, 2, 3, 4, 5].map(|number| match number {
        2 | 5 => book(number, Categories::NONE),
        _ => book(number, mystery()),
    });
    let catalog = Catalog::new(categories);
    let mysteries = Some(Category::Mystery);
    gives(page(None, 2, mysteries), &catalog, &[1, 3], Some(3));
    gives(page(Some(3), 2, mysteries), &catalog, &[4], None);
    gives(page(None, 3, mysteries), &catalog, &[1, 3, 4], None);
    gives(page(None, 3, Some(Category::SelfHelp)), &catalog, &[], None);
}

#[test]
fn a_history_is_paged_from_the_newest() {
    let interactions = [(1, 100), (2, 200), (3, 200), (4, 300)];
    let history = History::new(interactions.map(|(book, seconds)| Interaction {
        book: id(book),
        kind: Kind::Read,
        time: Time::from_seconds(seconds),
    }));
    let page = |after: Option<(u32, i32)>, size| {
        let page = HistoryPage {
            reader: ReaderId::new(0).unwrap(),
            after: after.map(|(seconds, book)| (Time::from_seconds(seconds), id(book))),
            size: PageSize::new(size).unwrap(),
        };
        let found = page.of(&history);
        let books: Vec<i32> = found.items.iter().map(|each| each.book.number()).collect();
        let next = found
            .next
            .map(|(time, book)| (time.seconds(), book.number()));
        (books, next)
    };
    assert_eq!(page(None, 2), (vec![4, 3], Some((200, 3))));
    assert_eq!(page(Some((200, 3)), 1), (vec![2], Some((200, 2))));
    assert_eq!(page(Some((200, 3)), 2), (vec![2, 1], None));
    assert_eq!(page(Some((250, 9)), 9), (vec![3, 2, 1], None));
    assert_eq!(page(Some((100, 1)), 9), (vec![], None));
}

/// What happens to a catalogue or a history between two pages.
#[derive(Debug, Clone, Copy)]
enum Change {
    Comes(i32),
    Goes(i32),
}

/// Numbers of books that stay, and what happens to others after each page.
fn changes() -> impl Strategy<Value = (BTreeSet<i32>, Vec<Vec<Change>>)> {
    let stays = proptest::collection::btree_set(1..60, 0..30);
    let change = prop_oneof![
        (1..60).prop_map(Change::Comes),
        (1..60).prop_map(Change::Goes),
    ];
    let after_a_page = proptest::collection::vec(change, 0..8);
    (stays, proptest::collection::vec(after_a_page, 0..30))
}

proptest! {
    #[test]
    fn a_book_that_stays_is_on_exactly_one_page(
        (stays, changes) in changes(),
        size in 1..7,
        of_a_category: bool,
    ) {
        let mut catalog = Catalog::new(stays.iter().map(|&number| book(number, mystery())));
        let category = of_a_category.then_some(Category::Mystery);
        let mut changes = changes.into_iter();
        let mut asked = page(None, size, category);
        let mut listed = Vec::new();
        loop {
            let found = asked.of(&catalog);
            prop_assert!(found.items.len() <= asked.size.items());
            listed.extend(found.items.iter().map(|book| book.id.number()));
            asked.after = match found.next {
                Some(next) => Some(next),
                None => break,
            };
            for change in changes.next().into_iter().flatten() {
                match change {
                    Change::Comes(number) => catalog.insert(book(number, mystery())),
                    Change::Goes(number) if stays.contains(&number) => {}
                    Change::Goes(number) => {
                        catalog.remove(id(number));
                    }
                }
            }
        }
        prop_assert!(listed.is_sorted_by(|one, next| one < next), "{listed:?}");
        listed.retain(|number| stays.contains(number));
        prop_assert!(listed.into_iter().eq(stays));
    }

    #[test]
    fn an_interaction_that_stays_is_on_exactly_one_page(
        (stays, changes) in changes(),
        size in 1..7,
    ) {
        // Several of each second.
        let interaction = |book: i32| Interaction {
            book: id(book),
            kind: Kind::Read,
            time: Time::from_seconds(u32::try_from(book % 7).unwrap()),
        };
        let mut all: BTreeSet<i32> = stays.clone();
        let mut changes = changes.into_iter();
        let mut asked = HistoryPage {
            reader: ReaderId::new(0).unwrap(),
            after: None,
            size: PageSize::new(size).unwrap(),
        };
        let mut listed = Vec::new();
        loop {
            let history = History::new(all.iter().map(|&book| interaction(book)));
            let found = asked.of(&history);
            prop_assert!(found.items.len() <= asked.size.items());
            listed.extend(found.items);
            asked.after = match found.next {
                Some(next) => Some(next),
                None => break,
            };
            for change in changes.next().into_iter().flatten() {
                match change {
                    Change::Comes(book) => all.insert(book),
                    Change::Goes(book) => !stays.contains(&book) && all.remove(&book),
                };
            }
        }
        let key = |each: &Interaction| (each.time, each.book);
        prop_assert!(listed.is_sorted_by(|one, next| key(one) > key(next)), "{listed:?}");
        let listed: BTreeSet<i32> = listed.iter().map(|each| each.book.number()).collect();
        prop_assert!(listed.is_superset(&stays));
    }
}
