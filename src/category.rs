//! The categories of books.

use std::fmt;
use std::str::FromStr;

use crate::excerpt::excerpt;

/// A category of books that a reader can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Crime and detection.
    Mystery,
    /// Science fiction.
    ScienceFiction,
    /// Advice on living and working.
    SelfHelp,
}

impl Category {
    /// Every category, in the order of the contract.
    pub const ALL: [Category; 3] = [
        Category::Mystery,
        Category::ScienceFiction,
        Category::SelfHelp,
    ];

    /// The category's name in the contract and in catalogue files.
    pub fn name(self) -> &'static str {
        match self {
            Category::Mystery => "MYSTERY",
            Category::ScienceFiction => "SCIENCE_FICTION",
            Category::SelfHelp => "SELF_HELP",
        }
    }

    /// The category's place in [`Category::ALL`].
    pub fn index(self) -> usize {
        match self {
            Category::Mystery => 0,
            Category::ScienceFiction => 1,
            Category::SelfHelp => 2,
        }
    }

    /// The category's place in a set.
    fn bit(self) -> u8 {
        1 << self.index()
    }
}

impl fmt::Display for Category {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A set of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Categories(u8);

impl Categories {
    /// No category at all.
    pub const NONE: Categories = Categories(0);

    /// Adds a category; whether it was not there yet.
    pub fn insert(&mut self, category: Category) -> bool {
        let is_new = !self.contains(category);
        self.0 |= category.bit();
        is_new
    }

    /// Whether a category is in the set.
    pub fn contains(self, category: Category) -> bool {
        self.0 & category.bit() != 0
    }

    /// The categories in the order of the contract.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::ALL
            .into_iter()
            .filter(move |&category| self.contains(category))
    }
}

impl FromIterator<Category> for Categories {
    fn from_iter<Iter: IntoIterator<Item = Category>>(categories: Iter) -> Self {
        let mut set = Categories::NONE;
        for category in categories {
            set.insert(category);
        }
        set
    }
}

impl fmt::Display for Categories {
    /// Writes the names with vertical bars between them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Category::name).collect();
        formatter.write_str(&names.join("|"))
    }
}

/// Of some books, nine in ten or more have no category: no reader is ever recommended
/// one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{without} of {books} books have no category, so nobody is ever recommended them; \
     a column categories in a file of books gives them some"
)]
pub struct Uncategorized {
    without: usize,
    books: usize,
}

impl Uncategorized {
    /// How it is among books with these categories. None where more than a tenth of
    /// them have any, as in a shop that also sells what is of no category.
    pub fn among(books: impl IntoIterator<Item = Categories>) -> Option<Uncategorized> {
        let mut among = Uncategorized {
            without: 0,
            books: 0,
        };
        for categories in books {
            among.books += 1;
            among.without += usize::from(categories == Categories::NONE);
        }
        let with = among.books - among.without;
        (among.without > 0 && with <= among.books / 10).then_some(among)
    }
}

impl FromStr for Category {
    type Err = UnknownCategory;

    /// Reads a name in any case, with `-` for `_` if one likes:
    /// `science-fiction` is `SCIENCE_FICTION`.
    ///
    /// # Errors
    ///
    /// [`UnknownCategory`] when no category has that name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.replace('-', "_").to_ascii_uppercase();
        Category::ALL
            .into_iter()
            .find(|category| category.name() == name)
            .ok_or_else(|| UnknownCategory(text.to_owned()))
    }
}

/// The text is no category's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("category {} is not known; it must be one of {}", excerpt(.0), names())]
pub struct UnknownCategory(String);

fn names() -> String {
    Category::ALL.map(Category::name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_is_read_back_from_its_name() {
        for category in Category::ALL {
            assert_eq!(category.to_string().parse(), Ok(category));
        }
    }

    #[test]
    fn case_and_hyphens_do_not_matter() {
        for text in [
            "science-fiction",
            "SCIENCE_FICTION",
            "Science-Fiction",
            "science_fiction",
        ] {
            assert_eq!(text.parse(), Ok(Category::ScienceFiction), "{text}");
        }
    }

    #[test]
    fn an_index_is_the_place_among_all() {
        for (index, category) in Category::ALL.into_iter().enumerate() {
            assert_eq!(category.index(), index);
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let refused = "romance".parse::<Category>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "category \"romance\" is not known; \
             it must be one of MYSTERY, SCIENCE_FICTION, SELF_HELP"
        );
    }

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        let mut set = Categories::NONE;
        assert!(set.insert(Category::SelfHelp));
        assert!(!set.insert(Category::SelfHelp));
        assert!(set.insert(Category::Mystery));
        assert!(set.contains(Category::Mystery));
        assert!(!set.contains(Category::ScienceFiction));
        assert_eq!(set.to_string(), "MYSTERY|SELF_HELP");
        assert_eq!(Categories::NONE.to_string(), "");
        assert_eq!(
            Category::ALL
                .into_iter()
                .collect::<Categories>()
                .iter()
                .count(),
            3
        );
    }

    #[test]
    fn books_are_uncategorized_where_nine_in_ten_have_no_category() {
        let some: Categories = [Category::Mystery].into_iter().collect();
        let among = |with, without| {
            let books = [vec![some; with], vec![Categories::NONE; without]];
            Uncategorized::among(books.concat()).map(|told| told.to_string())
        };
        for (with, without) in [(0, 0), (1, 0), (1, 8), (2, 17)] {
            assert_eq!(among(with, without), None, "{with}, {without}");
        }
        for (with, without) in [(0, 1), (1, 9), (2, 18), (10, 9_990)] {
            let books = with + without;
            let expected = format!(
                "{without} of {books} books have no category, so nobody is ever recommended \
                 them; a column categories in a file of books gives them some"
            );
            assert_eq!(among(with, without), Some(expected));
        }
    }

    #[test]
    fn an_empty_name_and_a_number_are_refused() {
        for text in ["", " ", "1", "MYSTERY ", "science fiction"] {
            assert!(text.parse::<Category>().is_err(), "{text:?}");
        }
    }
}
