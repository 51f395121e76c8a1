//! How many calls are in flight, and how many may be.
//!
//! A call is in flight from when it is admitted until its answer is there. Those
//! that find no room are refused at once: they would only wait where their caller
//! cannot see it, and make every other wait longer.

use prometheus_client::metrics::gauge::Gauge;

use crate::wire::Refusal;

/// How many calls may be in flight unless it is set. Each holds a request of at
/// most 64 KiB.
pub const MAX_IN_FLIGHT: u32 = 1024;

/// How many watches may be open. A client has one for each of its connections.
/// Together they take some 80 MB.
///
/// A place is free again when the client cancels, its deadline passes or its
/// connection closes; if it vanishes without a word, when the keepalive notices.
const MAX_WATCHES: u32 = 4096;

/// How many conversations may be open. They are for people who look round, not for
/// every client.
const MAX_CONVERSATIONS: u32 = 100;

/// Which calls a call shares its room with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Calls whose request has not come yet. How many may wait for it is not decided
    /// here, since the oldest give way to the new.
    Arriving,
    /// Calls that take as long as the server needs for them.
    Work,
    /// Calls that take as long as their caller likes: at most a quarter of the
    /// others, so that callers that say nothing do not keep out those that do.
    Import,
    /// Calls that wait for news.
    Watch,
    /// Calls that ask one thing after the other.
    Conversation,
    /// Calls that are admitted always: whoever watches over the server must learn
    /// that it is alive when it is busy most of all.
    Always,
}

/// The rooms of all calls.
#[derive(Debug)]
pub(super) struct Rooms {
    arriving: Places,
    work: Places,
    imports: Places,
    watches: Places,
    conversations: Places,
    always: Places,
}

impl Rooms {
    /// Rooms whose calls the gauges count that `gauge` gives for their names.
    pub(super) fn new(max_in_flight: u32, gauge: impl Fn(&'static str) -> Gauge) -> Rooms {
        let places = |name, most| Places {
            taken: gauge(name),
            most,
        };
        Rooms {
            arriving: places("arriving", u32::MAX),
            work: places("work", max_in_flight),
            imports: places("import", max_in_flight.div_ceil(4)),
            watches: places("watch", MAX_WATCHES),
            conversations: places("conversation", MAX_CONVERSATIONS),
            always: places("always", u32::MAX),
        }
    }

    /// A place for a call, which is free again when it is dropped.
    pub(super) fn enter(&self, room: Room) -> Result<Place, Refusal> {
        self.of(room).enter()
    }

    fn of(&self, room: Room) -> &Places {
        match room {
            Room::Arriving => &self.arriving,
            Room::Work => &self.work,
            Room::Import => &self.imports,
            Room::Watch => &self.watches,
            Room::Conversation => &self.conversations,
            Room::Always => &self.always,
        }
    }
}

#[derive(Debug)]
struct Places {
    taken: Gauge,
    most: u32,
}

/// A call's place in its room.
#[derive(Debug)]
pub(super) struct Place(Gauge);

impl Places {
    fn enter(&self) -> Result<Place, Refusal> {
        // Counted first, so that never more than the most are inside.
        let others = self.taken.inc();
        let place = Place(self.taken.clone());
        if others < i64::from(self.most) {
            Ok(place)
        } else {
            Err(Refusal::Overloaded(self.most))
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_call_ends() {
        let rooms = Rooms::new(2, |_| Gauge::default());
        let first = rooms.enter(Room::Work).unwrap();
        let _second = rooms.enter(Room::Work).unwrap();
        let refused = rooms.enter(Room::Work).unwrap_err();
        assert_eq!(refused, Refusal::Overloaded(2));
        assert_eq!(rooms.work.taken.get(), 2);
        drop(first);
        rooms.enter(Room::Work).unwrap();
    }

    #[test]
    fn imports_have_a_quarter_and_leave_the_rest_alone() {
        let rooms = Rooms::new(8, |_| Gauge::default());
        let _imports = [(); 2].map(|()| rooms.enter(Room::Import).unwrap());
        let refused = rooms.enter(Room::Import).unwrap_err();
        assert_eq!(refused, Refusal::Overloaded(2));
        rooms.enter(Room::Work).unwrap();
    }
}
