//! Which index the book of an id has.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::index::Index;
use crate::book::BookId;

/// The indexes of books, by id. Every call looks all books of a history up, and a
/// million books fit no cache. Most shops number their books through, so low ids
/// stand in an array, which takes one access to memory; only the others are hashed.
pub(super) struct Indexes {
    /// By the id's number, with [`NONE`] where there is no book.
    low: Vec<u32>,
    /// Of all ids that are too high for that: with a cheap hash that has a key of
    /// chance, since the ids are chosen by whoever imports books.
    high: HashMap<BookId, Index, RandomState>,
}

/// No index is as much: ids have 31 bits.
const NONE: u32 = u32::MAX;

impl Indexes {
    /// The places of those ids, none of which is there twice.
    pub(super) fn new(ids: &[BookId]) -> Indexes {
        // As much as the array takes then, a map of them would take, too.
        let low_end = 2 * ids.len();
        let low = ids
            .iter()
            .map(|&id| number(id))
            .filter(|&low| low < low_end);
        let mut indexes = Indexes {
            low: vec![NONE; low.max().map_or(0, |last| last + 1)],
            high: HashMap::default(),
        };
        for (place, &id) in ids.iter().enumerate() {
            let index = Index::new(place);
            match indexes.low.get_mut(number(id)) {
                Some(low) => *low = index.number(),
                None => {
                    indexes.high.insert(id, index);
                }
            }
        }
        indexes.high.shrink_to_fit();
        indexes
    }

    pub(super) fn get(&self, id: BookId) -> Option<Index> {
        match self.low.get(number(id)) {
            Some(&NONE) => None,
            Some(&low) => Some(Index::of_number(low)),
            None => self.high.get(&id).copied(),
        }
    }

    /// The memory that they take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        // A hash map has a byte beside each place, and an eighth of them is free.
        let places = self.high.capacity() / 7 * 8;
        self.low.capacity() * size_of::<u32>() + places * (size_of::<(BookId, Index)>() + 1)
    }
}

fn number(id: BookId) -> usize {
    usize::try_from(id.number()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn every_id_has_its_place_and_no_other_has_one(
            ids in prop::collection::hash_set(
                prop_oneof![3 => 1..100_i32, 1 => 1..=i32::MAX, 1 => Just(i32::MAX)],
                0..60,
            ),
            others in prop::collection::vec(prop_oneof![1..200_i32, 1..=i32::MAX], 0..60),
        ) {
            let ids: Vec<BookId> = ids.into_iter().filter_map(BookId::new).collect();
            let indexes = Indexes::new(&ids);
            let asked = others.into_iter().filter_map(BookId::new);
            for id in asked.chain(ids.iter().copied()) {
                let place = ids.iter().position(|&known| known == id);
                prop_assert_eq!(indexes.get(id), place.map(Index::new));
            }
        }
    }

    #[test]
    fn an_array_takes_no_more_than_two_numbers_a_book() {
        let ids = [1, 2, 7, 8, i32::MAX].map(|number| BookId::new(number).unwrap());
        let indexes = Indexes::new(&ids);
        assert_eq!((indexes.low.len(), indexes.high.len()), (9, 1));
    }
}
