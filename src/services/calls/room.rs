//! How many calls are in flight, and how many may be.
//!
//! A call is in flight from when its headers have come until its answer is there.
//! Those that find no room are refused at once: they would only wait where their
//! caller cannot see it, and make every other wait longer.
//!
//! Calls whose request does not come take no room from others: after a moment they
//! are not counted any more, and only when it has come do they find room again or
//! not.

use prometheus_client::metrics::gauge::Gauge;

use super::shares::{Share, Shares};
use crate::server::limits::{MAX_CONVERSATIONS, MAX_WATCHES, share_of_a_host};
use crate::wire::Refusal;

/// Which calls a call shares its room with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
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
    work: Places,
    imports: Places,
    watches: Places,
    conversations: Places,
    always: Places,
}

impl Rooms {
    /// Rooms whose calls the gauges count that `gauge` gives for their names.
    pub(super) fn new(max_in_flight: u32, gauge: impl Fn(&'static str) -> Gauge) -> Rooms {
        let places = |name, most, hosts| Places {
            taken: gauge(name),
            most,
            hosts,
        };
        // What stays open for long is shared out, or one caller could have all of it.
        let shared = |name, most: u32| {
            let hosts = (Shares::default(), share_of_a_host(most));
            places(name, most, Some(hosts))
        };
        Rooms {
            work: places("work", max_in_flight, None),
            imports: places("import", max_in_flight.div_ceil(4), None),
            watches: shared("watch", MAX_WATCHES),
            conversations: shared("conversation", MAX_CONVERSATIONS),
            always: places("always", u32::MAX, None),
        }
    }

    /// A place for a call of that peer, which is free again when it is dropped. `idle`
    /// tells how many of those inside only wait for their request.
    pub(super) fn enter(
        &self,
        room: Room,
        peer: &str,
        idle: impl FnOnce() -> u64,
    ) -> Result<Place, Refusal> {
        self.of(room).enter(peer, idle)
    }

    /// Whether there is still room for those inside, of whom so many are idle.
    pub(super) fn has_room(&self, room: Room, idle: u64) -> bool {
        let places = self.of(room);
        places.is_within(places.taken.get(), idle)
    }

    /// What is told to those who find no room.
    pub(super) fn refusal(&self, room: Room) -> Refusal {
        Refusal::Overloaded(self.of(room).most)
    }

    fn of(&self, room: Room) -> &Places {
        match room {
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
    /// How many of them each host has, and how many it may have, where that is limited.
    hosts: Option<(Shares, u32)>,
}

/// A call's place in its room.
#[derive(Debug)]
pub(super) struct Place {
    taken: Gauge,
    _share: Option<Share>,
}

impl Places {
    fn enter(&self, peer: &str, idle: impl FnOnce() -> u64) -> Result<Place, Refusal> {
        let share = match &self.hosts {
            Some((hosts, most)) => {
                let share = hosts.add_one(&host(peer).into(), *most);
                Some(share.ok_or(Refusal::TooManyFromHost(*most))?)
            }
            None => None,
        };
        // Counted first, so that never more than the most are inside.
        let inside = self.taken.inc() + 1;
        let place = Place {
            taken: self.taken.clone(),
            _share: share,
        };
        if self.is_within(inside, 0) || self.is_within(inside, idle()) {
            Ok(place)
        } else {
            Err(Refusal::Overloaded(self.most))
        }
    }

    fn is_within(&self, inside: i64, idle: u64) -> bool {
        inside <= i64::from(self.most).saturating_add_unsigned(idle)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.dec();
    }
}

/// What those who connect from one machine, or through one, have in common: the peer
/// without its port.
fn host(peer: &str) -> &str {
    peer.rsplit_once(':').map_or(peer, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "ipv4:192.0.2.1:50000";

    #[test]
    fn a_place_is_free_again_when_its_call_ends() {
        let rooms = Rooms::new(2, |_| Gauge::default());
        let first = rooms.enter(Room::Work, PEER, || 0).unwrap();
        let _second = rooms.enter(Room::Work, PEER, || 0).unwrap();
        let refused = rooms.enter(Room::Work, PEER, || 0).unwrap_err();
        assert_eq!(refused, Refusal::Overloaded(2));
        assert_eq!(rooms.work.taken.get(), 2);
        drop(first);
        rooms.enter(Room::Work, PEER, || 0).unwrap();
    }

    #[test]
    fn imports_have_a_quarter_and_leave_the_rest_alone() {
        let rooms = Rooms::new(8, |_| Gauge::default());
        let _imports = [(); 2].map(|()| rooms.enter(Room::Import, PEER, || 0).unwrap());
        let refused = rooms.enter(Room::Import, PEER, || 0).unwrap_err();
        assert_eq!(refused, Refusal::Overloaded(2));
        rooms.enter(Room::Work, PEER, || 0).unwrap();
    }

    #[test]
    fn the_idle_take_no_room() {
        let rooms = Rooms::new(2, |_| Gauge::default());
        let _idle = [(); 2].map(|()| rooms.enter(Room::Work, PEER, || 0).unwrap());
        let _others = [(); 2].map(|()| rooms.enter(Room::Work, PEER, || 2).unwrap());
        let refused = rooms.enter(Room::Work, PEER, || 2).unwrap_err();
        assert_eq!(refused, Refusal::Overloaded(2));
        assert!(rooms.has_room(Room::Work, 2));
        assert!(!rooms.has_room(Room::Work, 1));
    }

    #[test]
    fn one_host_has_a_quarter_of_the_watches_whatever_its_connections() {
        let rooms = Rooms::new(2, |_| Gauge::default());
        let watch = |peer: &str| rooms.enter(Room::Watch, peer, || 0);
        let mut watches: Vec<Place> = (0..MAX_WATCHES / 4)
            .map(|number| watch(&format!("ipv6:%5B::1%5D:{number}")).unwrap())
            .collect();
        let refused = watch("ipv6:%5B::1%5D:7").unwrap_err();
        assert_eq!(refused, Refusal::TooManyFromHost(1024));
        assert_eq!(rooms.watches.taken.get(), 1024);
        watch("ipv6:%5B::2%5D:7").unwrap();
        watches.pop();
        watch("ipv6:%5B::1%5D:7").unwrap();
    }
}
