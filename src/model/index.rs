//! The numbers by which a model knows books and readers.

/// The place of a book or of a reader in a model's arrays.
///
/// Books stand in the order of popularity, the most popular first and those of one
/// popularity by ascending id. So of two books with one score, the one with the
/// smaller index goes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Index(u32);

impl Index {
    /// The index of a place below 2³², which all are: ids have 31 bits.
    pub(super) fn new(place: usize) -> Index {
        Index(u32::try_from(place).unwrap_or(u32::MAX))
    }

    /// The place.
    pub(super) fn place(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// The place, as small as it is kept.
    pub(super) fn number(self) -> u32 {
        self.0
    }

    /// The index of that [`Index::number`].
    pub(super) fn of_number(number: u32) -> Index {
        Index(number)
    }
}
