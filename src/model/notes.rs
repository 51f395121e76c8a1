//! What is noted of books while they are ranked.

mod flat;
mod table;

use std::cmp::Reverse;

use self::flat::Flat;
use self::table::Table;
use super::fixed::MAX_EVIDENCE;
use super::index::Index;
use super::neighbours::{MAX_NEIGHBOURS, Neighbour};

/// Which books have a score and which are excluded.
#[derive(Default)]
pub(super) struct Notes {
    /// Whether the notes are in the table.
    in_table: bool,
    flat: Flat,
    table: Table,
}

/// Flat notes of more books would leave the processor's own caches. Of fewer they are
/// faster than a table.
const MOST_FLAT: usize = 1 << 16;

/// A book and its score. The greater of two goes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scored {
    pub(super) score: u64,
    pub(super) book: Reverse<Index>,
}

impl Notes {
    /// Begins with empty notes for that many books, of which a history has that many.
    pub(super) fn begin(&mut self, books: usize, own: usize) {
        self.in_table = books > MOST_FLAT;
        if self.in_table {
            self.table
                .begin(own + own.min(MAX_EVIDENCE) * MAX_NEIGHBOURS);
            self.flat.begin(0);
        } else {
            self.flat.begin(books);
            self.table.begin(0);
        }
    }

    /// Excludes a book, before it has a score.
    pub(super) fn exclude(&mut self, book: Index) {
        if self.in_table {
            self.table.exclude(book);
        } else {
            self.flat.exclude(book);
        }
    }

    /// Adds the similarities of neighbours to their scores.
    pub(super) fn add(&mut self, neighbours: &[Neighbour]) {
        if self.in_table {
            self.table.add(neighbours);
        } else {
            self.flat.add(neighbours);
        }
    }

    /// Whether nothing is noted of a book: it has no score and is not excluded.
    pub(super) fn is_empty(&self, book: Index) -> bool {
        if self.in_table {
            self.table.is_empty(book)
        } else {
            self.flat.is_empty(book)
        }
    }

    /// Whether a book is excluded.
    pub(super) fn is_excluded(&self, book: Index) -> bool {
        if self.in_table {
            self.table.is_excluded(book)
        } else {
            self.flat.is_excluded(book)
        }
    }

    /// The books with a score that are not excluded, in no order.
    pub(super) fn scored(&self) -> impl Iterator<Item = Scored> {
        // One of the two has none.
        self.flat
            .scored()
            .chain(self.table.scored().iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noted(notes: &Notes, books: u32) -> (Vec<Scored>, Vec<[bool; 2]>) {
        let mut scored: Vec<Scored> = notes.scored().collect();
        scored.sort_unstable();
        let of_books = (0..books).map(Index::of_number);
        let noted = of_books.map(|book| [notes.is_empty(book), notes.is_excluded(book)]);
        (scored, noted.collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_table_has_the_same_notes_as_there_are_without_it(
            calls in prop::collection::vec(
                (
                    prop::collection::btree_set(0..500_u32, 0..20),
                    prop::collection::vec(
                        prop::collection::btree_map(0..500_u32, 1_u32.., 0..MAX_NEIGHBOURS),
                        0..20,
                    ),
                ),
                0..5,
            ),
        ) {
            let [mut flat, mut table] = [(); 2].map(|()| Notes::default());
            for (excluded, lists) in calls {
                let own = excluded.len().max(lists.len());
                flat.begin(500, own);
                table.begin(MOST_FLAT + 1, own);
                for notes in [&mut flat, &mut table] {
                    for &book in &excluded {
                        notes.exclude(Index::of_number(book));
                    }
                    for list in &lists {
                        let list: Vec<Neighbour> = list
                            .iter()
                            .map(|(&book, &similarity)| Neighbour {
                                similarity,
                                book: Reverse(Index::of_number(book)),
                            })
                            .collect();
                        notes.add(&list);
                    }
                }
                prop_assert_eq!(noted(&flat, 500), noted(&table, 500));
            }
        }
    }
}
