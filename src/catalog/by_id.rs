//! Books in the order of their ids.

use std::sync::Arc;

use crate::book::{Book, BookId};

/// The most books of a chunk. A change copies one chunk, and of the others the
/// references: of a million books about as many of the one as of the other.
const MAX_CHUNK: usize = 1024;

/// How far from where it is guessed to be a book is looked for first.
const NEAR: usize = 8;

/// Books by ascending id, in chunks that clones share. Finding a book takes two
/// searches in flat arrays, which is little even where a million books fit no cache:
/// a tree would come from memory node after node.
#[derive(Debug, Clone, Default)]
pub(super) struct ById {
    chunks: Arc<Vec<Arc<Chunk>>>,
    /// The first id that each chunk but the first may have.
    from: Arc<Vec<BookId>>,
    len: usize,
}

#[derive(Debug, Clone, Default)]
struct Chunk {
    ids: Vec<BookId>,
    books: Vec<Arc<Book>>,
}

impl ById {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, id: BookId) -> Option<&Arc<Book>> {
        let chunk = self.chunks.get(self.chunk_of(id))?;
        chunk.books.get(chunk.place(id)?)
    }

    /// The books with a larger id than `last`, or all.
    pub(super) fn after(&self, last: Option<BookId>) -> impl Iterator<Item = &Arc<Book>> {
        let first = last.map_or(0, |last| self.chunk_of(last));
        let chunks = self.chunks.iter().skip(first);
        chunks.enumerate().flat_map(move |(number, chunk)| {
            let last = last.filter(|_| number == 0);
            let passed = last.map_or(0, |last| chunk.ids.partition_point(|&id| id <= last));
            &chunk.books[passed..]
        })
    }

    /// Adds a book, or replaces the one with its id.
    pub(super) fn insert(&mut self, book: Arc<Book>) {
        let number = self.chunk_of(book.id);
        let chunks = Arc::make_mut(&mut self.chunks);
        if chunks.is_empty() {
            chunks.push(Arc::default());
        }
        let chunk = Arc::make_mut(&mut chunks[number]);
        match chunk.ids.binary_search(&book.id) {
            Ok(place) => chunk.books[place] = book,
            Err(place) => {
                chunk.ids.insert(place, book.id);
                chunk.books.insert(place, book);
                self.len += 1;
            }
        }
        if chunk.ids.len() > MAX_CHUNK {
            let later = chunk.split();
            Arc::make_mut(&mut self.from).insert(number, later.ids[0]);
            chunks.insert(number + 1, Arc::new(later));
        }
    }

    /// Takes a book out.
    pub(super) fn remove(&mut self, id: BookId) {
        let number = self.chunk_of(id);
        let Some(place) = self
            .chunks
            .get(number)
            .and_then(|chunk| chunk.ids.binary_search(&id).ok())
        else {
            return;
        };
        let chunk = Arc::make_mut(&mut Arc::make_mut(&mut self.chunks)[number]);
        chunk.ids.remove(place);
        chunk.books.remove(place);
        self.len -= 1;
    }

    /// The number of the chunk that a book with that id is in, if it is in any.
    fn chunk_of(&self, id: BookId) -> usize {
        self.from.partition_point(|&from| from <= id)
    }
}

impl Chunk {
    /// Where a book stands. It is looked for first among those that stand where it
    /// would if the ids were spread evenly, as they are in most shops, and then from
    /// the middle on: that takes several accesses to memory one after the other.
    fn place(&self, id: BookId) -> Option<usize> {
        let [first, last] = [self.ids.first()?, self.ids.last()?];
        let passed = f64::from(id.number() - first.number());
        let range = f64::from(last.number() - first.number()).max(1.0);
        let end = self.ids.len();
        let guess = (passed / range * end as f64) as usize;
        let near = guess.saturating_sub(NEAR)..guess.saturating_add(NEAR).min(end);
        let some = self.ids.get(near.clone())?;
        let place = near.start + some.iter().filter(|&&known| known < id).count();
        match self.ids.get(place) {
            Some(&known) if known == id => Some(place),
            _ => self.ids.binary_search(&id).ok(),
        }
    }

    /// Takes the later half out.
    fn split(&mut self) -> Chunk {
        let half = self.ids.len() / 2;
        Chunk {
            ids: self.ids.split_off(half),
            books: self.books.split_off(half),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::category::Categories;

    fn id(number: i32) -> BookId {
        BookId::new(number).unwrap()
    }

    fn book(number: i32) -> Arc<Book> {
        Arc::new(Book {
            id: id(number),
            title: String::new(),
            author: String::new(),
            year: None,
            categories: Categories::NONE,
        })
    }

    /// Whether there are exactly the books with those ids, and in their order.
    #[track_caller]
    fn check(books: &ById, ids: &BTreeSet<i32>) {
        assert_eq!(books.len(), ids.len());
        assert!(numbers(books.after(None)).eq(ids.iter().copied()));
        for number in 1..END {
            assert_eq!(books.get(id(number)).is_some(), ids.contains(&number));
            let after = numbers(books.after(Some(id(number))));
            let expected = ids.range(number + 1..).copied();
            assert!(after.take(3).eq(expected.take(3)), "after {number}");
        }
    }

    fn numbers<'books>(
        books: impl Iterator<Item = &'books Arc<Book>>,
    ) -> impl Iterator<Item = i32> {
        books.map(|book| book.id.number())
    }

    /// A prime, and so large that there are several chunks.
    const END: i32 = 4_999;

    #[test]
    fn books_of_many_chunks_are_those_that_were_put_in_and_not_taken_out() {
        let mut books = ById::default();
        let mut ids = BTreeSet::new();
        check(&books, &ids);
        let in_some_order = |factor| (1..END).map(move |place| place * factor % END);
        for number in in_some_order(2_741).take(4_000) {
            books.insert(book(number));
            ids.insert(number);
        }
        check(&books, &ids);
        for number in in_some_order(3_301).take(3_000) {
            books.remove(id(number));
            ids.remove(&number);
        }
        check(&books, &ids);
        // A whole chunk.
        for number in 1..2_000 {
            books.remove(id(number));
            ids.remove(&number);
        }
        check(&books, &ids);
        for number in in_some_order(1_009) {
            books.insert(book(number));
            ids.insert(number);
        }
        check(&books, &ids);
    }

    #[test]
    fn books_are_found_however_unevenly_their_ids_are_spread() {
        let low = 1..=600;
        let in_the_middle = (0..300).map(|place| (1 << 30) + place * place);
        let high = i32::MAX - 200..=i32::MAX;
        let ids: BTreeSet<i32> = low.chain(in_the_middle).chain(high).collect();
        let mut books = ById::default();
        for &number in &ids {
            books.insert(book(number));
        }
        for &number in &ids {
            let found = books.get(id(number)).map(|book| book.id.number());
            assert_eq!(found, Some(number));
            for near in [number - 1, number.saturating_add(1)] {
                let is_there = BookId::new(near).is_some_and(|id| books.get(id).is_some());
                assert_eq!(is_there, ids.contains(&near), "{near}");
            }
        }
    }

    #[test]
    fn a_change_leaves_a_clone_alone() {
        let mut books = ById::default();
        for number in 1..END {
            books.insert(book(number));
        }
        let old = books.clone();
        for number in 1..END {
            books.remove(id(number));
        }
        check(&books, &BTreeSet::new());
        check(&old, &(1..END).collect());
    }
}
