//! The readers' histories, in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::book::BookId;
use crate::interaction::{Interaction, Kind, Time};
use crate::reader::ReaderId;

/// The most interactions that one reader can have: a book a day for 27 years. Every
/// answer for the reader looks at all of them.
pub const MAX_INTERACTIONS: usize = 10_000;

/// One reader's interactions, the oldest first, those of one second by ascending
/// book; none of a book twice. It never changes, and its clones share it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(Arc<[Interaction]>);

impl History {
    /// The history of these interactions, in any order. Where a book has several,
    /// the newest counts; of those without a time the strongest kind, whatever the
    /// stars; of equal ones the last.
    pub fn new(interactions: impl IntoIterator<Item = Interaction>) -> History {
        let mut newest: HashMap<BookId, Interaction> = HashMap::new();
        for interaction in interactions {
            let known = newest.entry(interaction.book).or_insert(interaction);
            if replaces(&interaction, known) {
                *known = interaction;
            }
        }
        History::of_books(&mut newest.into_values().collect())
    }

    /// The history of these interactions, in any order, none of a book twice. The
    /// list is empty afterwards.
    pub(crate) fn of_books(interactions: &mut Vec<Interaction>) -> History {
        interactions.sort_unstable_by_key(|interaction| (interaction.time, interaction.book));
        History(interactions.drain(..).collect())
    }

    /// The interactions, the oldest first.
    pub fn interactions(&self) -> &[Interaction] {
        &self.0
    }

    /// The interaction with a book.
    pub fn get(&self, book: BookId) -> Option<Interaction> {
        self.0.iter().copied().find(|known| known.book == book)
    }
}

/// Whether a reader's interaction with a book takes the place of the known one:
/// unless that is newer or, where neither has a time, of a stronger kind. So lists
/// without times can come in any order, and a rating can be corrected.
pub(crate) fn replaces(new: &Interaction, known: &Interaction) -> bool {
    if (new.time, known.time) == (Time::UNKNOWN, Time::UNKNOWN) {
        strength(new.kind) >= strength(known.kind)
    } else {
        new.time >= known.time
    }
}

fn strength(kind: Kind) -> u8 {
    match kind {
        Kind::Wanted => 0,
        Kind::Bought => 1,
        Kind::Read => 2,
        Kind::Rated(_) => 3,
    }
}

/// The histories of all readers, for any number of threads that read and one that
/// writes. Who reads waits for nobody but a change to a reader of the same shard.
#[derive(Debug)]
pub struct Histories {
    /// One for each value of the lowest byte of a reader's number.
    shards: Box<[Shard]>,
}

type Shard = RwLock<HashMap<ReaderId, History>>;

impl Default for Histories {
    fn default() -> Histories {
        let shards = (0..=u8::MAX).map(|_| Shard::default()).collect();
        Histories { shards }
    }
}

impl Histories {
    /// A reader's history, empty for a reader who is not known.
    pub fn of(&self, reader: ReaderId) -> History {
        let shard = read(self.shard(reader));
        shard.get(&reader).cloned().unwrap_or_default()
    }

    /// Puts a whole history in place of a reader's.
    pub fn replace(&self, reader: ReaderId, history: History) {
        let mut shard = write(self.shard(reader));
        if history.interactions().is_empty() {
            shard.remove(&reader);
        } else {
            shard.insert(reader, history);
        }
    }

    /// Calls `look` with every reader's history, in no order, a shard at a time.
    /// What changes meanwhile may be seen or not.
    pub fn for_each(&self, mut look: impl FnMut(ReaderId, &History)) {
        for shard in &self.shards {
            // A copy of the references, so that no change waits for `look`.
            let histories: Vec<(ReaderId, History)> = read(shard)
                .iter()
                .map(|(reader, history)| (*reader, history.clone()))
                .collect();
            for (reader, history) in &histories {
                look(*reader, history);
            }
        }
    }

    fn shard(&self, reader: ReaderId) -> &Shard {
        let [lowest, ..] = reader.number().to_le_bytes();
        &self.shards[usize::from(lowest)]
    }
}

// A map is whole between any two of its own operations, so a lock that somebody
// panicked under still guards a good one.
fn read(shard: &Shard) -> RwLockReadGuard<'_, HashMap<ReaderId, History>> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(shard: &Shard) -> RwLockWriteGuard<'_, HashMap<ReaderId, History>> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::Rating;

    fn interaction(book: i32, time: u32, kind: Kind) -> Interaction {
        Interaction {
            book: BookId::new(book).unwrap(),
            kind,
            time: Time::from_seconds(time),
        }
    }

    fn reader(number: i32) -> ReaderId {
        ReaderId::new(number).unwrap()
    }

    #[test]
    fn a_history_is_in_the_order_of_time_then_book() {
        let [a, b, c] = [
            interaction(9, 1, Kind::Read),
            interaction(2, 2, Kind::Read),
            interaction(5, 2, Kind::Read),
        ];
        for given in [[a, b, c], [c, b, a], [b, c, a]] {
            assert_eq!(History::new(given).interactions(), [a, b, c]);
        }
    }

    #[test]
    fn the_newest_of_a_books_interactions_counts() {
        let old = interaction(1, 5, Kind::Read);
        let new = interaction(1, 6, Kind::Wanted);
        assert_eq!(History::new([old, new]).interactions(), [new]);
        assert_eq!(History::new([new, old]).interactions(), [new]);
    }

    #[test]
    fn of_equally_old_ones_the_last_counts() {
        let first = interaction(1, 5, Kind::Read);
        let last = interaction(1, 5, Kind::Wanted);
        assert_eq!(History::new([first, last]).interactions(), [last]);
    }

    #[test]
    fn of_those_without_a_time_the_strongest_kind_counts_in_any_order() {
        let rated = |stars| interaction(1, 0, Kind::Rated(Rating::new(stars).unwrap()));
        let kinds = [Kind::Wanted, Kind::Bought, Kind::Read].map(|kind| interaction(1, 0, kind));
        let from_weakest = [kinds[0], kinds[1], kinds[2], rated(5)];
        for (index, weaker) in from_weakest.into_iter().enumerate() {
            for stronger in from_weakest.into_iter().skip(index) {
                for given in [[weaker, stronger], [stronger, weaker]] {
                    assert_eq!(History::new(given).interactions(), [stronger]);
                }
            }
        }
        // A correction.
        assert_eq!(
            History::new([rated(5), rated(1)]).interactions(),
            [rated(1)]
        );
    }

    #[test]
    fn a_history_that_was_taken_does_not_change() {
        let histories = Histories::default();
        let before = histories.of(reader(3));
        histories.replace(reader(3), History::new([interaction(1, 5, Kind::Read)]));
        assert!(before.interactions().is_empty());
    }

    #[test]
    fn a_reader_without_interactions_is_forgotten() {
        let histories = Histories::default();
        histories.replace(reader(3), History::new([interaction(1, 5, Kind::Read)]));
        histories.replace(reader(3), History::default());
        histories.for_each(|reader, _| panic!("{reader} is still known"));
    }

    #[test]
    fn every_reader_is_looked_at_once() {
        let histories = Histories::default();
        for number in 0..1000 {
            histories.replace(
                reader(number),
                History::new([interaction(1, 5, Kind::Read)]),
            );
        }
        let mut seen = Vec::new();
        histories.for_each(|reader, _| seen.push(reader.number()));
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..1000));
    }
}
