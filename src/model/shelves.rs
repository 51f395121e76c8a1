//! What books are ranked together.

use crate::category::{Categories, Category};

/// The shelves that a book stands on: it is ranked among the books of each. A
/// shop has one for each category, in the order of [`Category::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shelves(u8);

impl Shelves {
    /// How many shelves a shop has.
    pub(crate) const OF_A_SHOP: usize = Category::ALL.len();

    /// The first shelf alone.
    pub(crate) const FIRST: Shelves = Shelves(1);

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn contains(self, shelf: usize) -> bool {
        self.0 & (1 << shelf) != 0
    }

    /// The shelves' numbers, ascending.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let shelf = usize::try_from(rest.trailing_zeros()).ok()?;
            let some = rest != 0;
            rest &= rest.wrapping_sub(1);
            some.then_some(shelf)
        })
    }
}

impl From<Categories> for Shelves {
    fn from(categories: Categories) -> Shelves {
        Shelves(
            categories
                .iter()
                .fold(0, |shelves, category| shelves | 1 << category.index()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_stands_on_the_shelves_of_its_categories() {
        let categories: Categories = [Category::SelfHelp, Category::Mystery]
            .into_iter()
            .collect();
        let shelves = Shelves::from(categories);
        assert!(shelves.iter().eq([0, 2]));
        assert!([0, 1, 2].map(|shelf| shelves.contains(shelf)) == [true, false, true]);
        assert!(!shelves.is_empty());
    }

    #[test]
    fn a_book_without_a_category_stands_on_no_shelf() {
        let shelves = Shelves::from(Categories::NONE);
        assert!(shelves.is_empty());
        assert_eq!(shelves.iter().count(), 0);
    }
}
