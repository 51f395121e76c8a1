//! Which books are similar to which.

use std::cmp::Reverse;
use std::mem;

use super::books::Books;
use super::evidence::Marks;
use super::fixed;
use super::index::Index;

/// The most neighbours that a book has on one shelf.
pub(super) const MAX_NEIGHBOURS: usize = 50;

/// Of every book and shelf, the most similar books of the shelf: those that the book
/// speaks for the most first, and equal ones in the order of their indexes.
pub(super) struct Neighbours {
    shelves: usize,
    /// Of each book and shelf, where its neighbours begin; and one more, where the
    /// last end.
    begin: Vec<usize>,
    neighbours: Vec<Neighbour>,
}

/// A similar book. The greater of two is the more similar, and of equally similar
/// ones that with the smaller index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Neighbour {
    /// How similar, over 0, in fixed point; in the lists, as a share of all that the
    /// book speaks for.
    pub(super) similarity: u32,
    /// Which book.
    pub(super) book: Reverse<Index>,
}

impl Neighbours {
    /// The neighbours of those books.
    pub(super) fn new(marks: &Marks, books: &Books, shelves: usize) -> Neighbours {
        let sums: Vec<u64> = books
            .indexes()
            .map(|book| marks.readers_of(book).map(|(_, weight)| weight).sum())
            .collect();
        let shrinkage = fixed::shrinkage(&sums, marks.len());
        let roots: Vec<f64> = sums.iter().map(|&sum| fixed::float(sum).sqrt()).collect();
        let mut begin = Vec::with_capacity(books.len() * shelves + 1);
        begin.push(0);
        let mut neighbours = Vec::new();
        // Of each book, the weights of the readers whom it and the present one have
        // in common: 0 but for the books in `found`.
        let mut common = vec![0_u64; books.len()];
        let mut found: Vec<Index> = Vec::new();
        let mut best = vec![Best::default(); shelves];
        let mut best_of_all = Best::default();
        for book in books.indexes() {
            for (reader, weight) in marks.readers_of(book) {
                for &other in marks.candidates_of(reader) {
                    let sum = &mut common[other.place()];
                    if *sum == 0 {
                        found.push(other);
                    }
                    *sum += weight;
                }
            }
            for other in found.drain(..) {
                let sum = mem::take(&mut common[other.place()]);
                if other == book {
                    continue;
                }
                let both = [roots[book.place()], roots[other.place()]];
                let similarity = fixed::similarity(sum, both, shrinkage);
                let neighbour = Neighbour {
                    similarity,
                    book: Reverse(other),
                };
                best_of_all.offer(neighbour);
                for shelf in books.shelves(other).iter() {
                    best[shelf].offer(neighbour);
                }
            }
            let similarities = best_of_all.take().map(|best| u64::from(best.similarity));
            let sum = similarities.sum();
            for best in &mut best {
                let first = neighbours.len();
                let shares = best.take().map(|neighbour| Neighbour {
                    similarity: fixed::share(neighbour.similarity, sum),
                    ..neighbour
                });
                neighbours.extend(shares.filter(|neighbour| neighbour.similarity > 0));
                // Different similarities can be equal shares.
                neighbours[first..].sort_unstable_by(|a, b| b.cmp(a));
                begin.push(neighbours.len());
            }
        }
        neighbours.shrink_to_fit();
        Neighbours {
            shelves,
            begin,
            neighbours,
        }
    }

    /// A book's neighbours on a shelf, the most similar first.
    pub(super) fn of(&self, book: Index, shelf: usize) -> &[Neighbour] {
        let list = book.place() * self.shelves + shelf;
        &self.neighbours[self.begin[list]..self.begin[list + 1]]
    }

    /// The memory that they take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.begin.capacity() * size_of::<usize>()
            + self.neighbours.capacity() * size_of::<Neighbour>()
    }
}

/// The greatest [`MAX_NEIGHBOURS`] of those that were offered, and some more: they
/// are sorted out only now and then.
#[derive(Debug, Clone, Default)]
struct Best {
    kept: Vec<Neighbour>,
    /// The least that can still be one of the greatest.
    least: Option<Neighbour>,
}

impl Best {
    fn offer(&mut self, neighbour: Neighbour) {
        if neighbour.similarity == 0 || self.least.is_some_and(|least| neighbour < least) {
            return;
        }
        self.kept.push(neighbour);
        if self.kept.len() == 4 * MAX_NEIGHBOURS {
            let descending = |a: &Neighbour, b: &Neighbour| b.cmp(a);
            self.kept
                .select_nth_unstable_by(MAX_NEIGHBOURS - 1, descending);
            self.kept.truncate(MAX_NEIGHBOURS);
            self.least = self.kept.last().copied();
        }
    }

    /// The greatest ones, the greatest first; nothing is left.
    fn take(&mut self) -> impl Iterator<Item = Neighbour> {
        self.least = None;
        self.kept.sort_unstable_by(|a, b| b.cmp(a));
        self.kept.truncate(MAX_NEIGHBOURS);
        self.kept.drain(..)
    }
}
