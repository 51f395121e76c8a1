//! Lists that come in pages.

use super::CallError;
use crate::query::PageSize;

/// Some items and the token of the page after them, empty on the last one.
pub(super) type Fetched<Item> = Result<(Vec<Item>, String), CallError>;

/// The pages of a list up to `limit` items, each fetched when it is asked for by
/// its size and token. Nothing comes after an error.
pub(super) fn pages<Item>(
    limit: usize,
    mut fetch: impl FnMut(i32, String) -> Fetched<Item>,
) -> impl Iterator<Item = Result<Vec<Item>, CallError>> {
    let mut left = limit;
    let mut next = Some(String::new());
    std::iter::from_fn(move || {
        let token = next.take().filter(|_| left > 0)?;
        let most = left.min(PageSize::MAX);
        // Never so many that they do not fit.
        let size = i32::try_from(most).unwrap_or(i32::MAX);
        let fetched = fetch(size, token).map(|(mut items, token)| {
            items.truncate(most);
            left -= items.len();
            next = Some(token).filter(|token| !token.is_empty());
            items
        });
        Some(fetched)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is fetched of 25 items, page by page, and the sizes asked for.
    fn fetched(limit: usize, longest: usize) -> (Vec<usize>, Vec<i32>) {
        let mut sizes = Vec::new();
        let pages = pages(limit, |size, token| {
            sizes.push(size);
            let start = token.parse().unwrap_or(0);
            let end = 25.min(start + usize::try_from(size).unwrap().min(longest));
            let next = if end < 25 {
                end.to_string()
            } else {
                String::new()
            };
            Ok(((start..end).collect(), next))
        });
        let items = pages.flat_map(Result::unwrap).collect();
        (items, sizes)
    }

    #[test]
    fn all_pages_are_fetched() {
        let (items, sizes) = fetched(usize::MAX, 10);
        assert!(items.into_iter().eq(0..25));
        assert_eq!(sizes, [1000, 1000, 1000]);
    }

    #[test]
    fn no_more_than_the_limit_is_asked_for() {
        let (items, sizes) = fetched(12, 10);
        assert!(items.into_iter().eq(0..12));
        assert_eq!(sizes, [12, 2]);
        assert_eq!(fetched(0, 10), (vec![], vec![]));
    }

    #[test]
    fn an_empty_page_need_not_be_the_last() {
        let mut tokens = ["a", "b", ""].into_iter();
        let pages = pages(9, |_, _| {
            let token = tokens.next().unwrap().to_owned();
            let items = if token == "b" { vec![1] } else { vec![] };
            Ok((items, token))
        });
        let pages: Vec<Vec<i32>> = pages.map(Result::unwrap).collect();
        assert_eq!(pages, [vec![], vec![1], vec![]]);
    }
}
