//! How good lists are.

use std::collections::HashSet;

use serde::Serialize;

use crate::book::BookId;

/// The length of the longest list that is looked at.
pub(super) const LONGEST_LIST: usize = 20;

/// How good a way to recommend is, each figure from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// The held-out books among the first 10, of all held-out books.
    pub recall_at_10: f64,
    /// The held-out books among the first 20, of all held-out books.
    pub recall_at_20: f64,
    /// How far in front the held-out books are among the first 10: the normalised
    /// discounted cumulative gain (Järvelin and Kekäläinen 2002), binary.
    pub ndcg_at_10: f64,
    /// The same among the first 20.
    pub ndcg_at_20: f64,
    /// The books that are among the first 20 of any list, of all books.
    pub coverage: f64,
}

/// The sum of the qualities of lists.
#[derive(Default)]
pub(super) struct Sum {
    lists: usize,
    recall_at_10: f64,
    recall_at_20: f64,
    ndcg_at_10: f64,
    ndcg_at_20: f64,
    listed: HashSet<BookId>,
}

impl Sum {
    /// Adds a list, the best book first, for a reader who wants those books: at
    /// least one.
    pub(super) fn add(&mut self, list: &[BookId], wanted: &[BookId]) {
        self.lists += 1;
        self.recall_at_10 += recall(list, wanted, 10);
        self.recall_at_20 += recall(list, wanted, 20);
        self.ndcg_at_10 += ndcg(list, wanted, 10);
        self.ndcg_at_20 += ndcg(list, wanted, 20);
        self.listed.extend(list.iter().take(LONGEST_LIST));
    }

    /// How many lists were added.
    pub(super) fn lists(&self) -> usize {
        self.lists
    }

    /// The mean of the lists that were added, which are of so many books; none
    /// where there are no lists.
    pub(super) fn mean(&self, books: usize) -> Option<Quality> {
        let lists = self.lists as f64;
        (self.lists > 0).then(|| Quality {
            recall_at_10: self.recall_at_10 / lists,
            recall_at_20: self.recall_at_20 / lists,
            ndcg_at_10: self.ndcg_at_10 / lists,
            ndcg_at_20: self.ndcg_at_20 / lists,
            coverage: self.listed.len() as f64 / books.max(1) as f64,
        })
    }
}

fn recall(list: &[BookId], wanted: &[BookId], most: usize) -> f64 {
    let found = list.iter().take(most).filter(|book| wanted.contains(book));
    found.count() as f64 / wanted.len() as f64
}

fn ndcg(list: &[BookId], wanted: &[BookId], most: usize) -> f64 {
    let places = list.iter().zip(0..).take(most);
    let found = places.filter(|(book, _)| wanted.contains(book));
    let gain: f64 = found.map(|(_, place)| discount(place)).sum();
    let best: f64 = (0..).map(discount).take(most.min(wanted.len())).sum();
    gain / best
}

/// What a wanted book counts at a place, from 0.
fn discount(place: u32) -> f64 {
    1.0 / (f64::from(place) + 2.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn books<const N: usize>(numbers: [i32; N]) -> Vec<BookId> {
        numbers.map(|number| BookId::new(number).unwrap()).into()
    }

    #[test]
    fn the_best_list_has_a_quality_of_1() {
        let mut sum = Sum::default();
        sum.add(&books([3, 1, 2]), &books([1, 2, 3]));
        let best = Quality {
            recall_at_10: 1.0,
            recall_at_20: 1.0,
            ndcg_at_10: 1.0,
            ndcg_at_20: 1.0,
            coverage: 1.0,
        };
        assert_eq!(sum.mean(3), Some(best));
    }

    #[test]
    fn what_is_found_and_where_counts() {
        // Of 9, 8 and 7, the second place has 9 and the fourth 7: 1/log2(3) and
        // 1/log2(5), of 1, 1/log2(3) and 1/log2(4).
        let mut sum = Sum::default();
        sum.add(&books([1, 9, 2, 7]), &books([7, 8, 9]));
        let quality = sum.mean(8).unwrap();
        assert_eq!(quality.recall_at_10, 2.0 / 3.0);
        assert!((quality.ndcg_at_10 - (0.630_930 + 0.430_677) / 2.130_930).abs() < 1e-6);
        assert_eq!(quality.coverage, 0.5);
    }

    #[test]
    fn only_the_first_places_count() {
        let list = books([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        let mut sum = Sum::default();
        sum.add(&list, &books([11]));
        let quality = sum.mean(11).unwrap();
        assert_eq!((quality.recall_at_10, quality.recall_at_20), (0.0, 1.0));
        assert_eq!(quality.ndcg_at_10, 0.0);
        assert!((quality.ndcg_at_20 - 1.0 / 12_f64.log2()).abs() < 1e-12);
    }

    #[test]
    fn every_list_counts_the_same() {
        let mut sum = Sum::default();
        sum.add(&books([1]), &books([1]));
        sum.add(&books([1]), &books([2, 3, 4]));
        assert_eq!(sum.lists(), 2);
        let quality = sum.mean(4).unwrap();
        assert_eq!((quality.recall_at_20, quality.coverage), (0.5, 0.25));
    }

    #[test]
    fn no_list_has_no_quality() {
        assert_eq!(Sum::default().mean(3), None);
    }
}
