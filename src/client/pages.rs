//! Lists that come in pages.

use std::future::Future;

use futures::stream::{self, Stream};

use super::CallError;
use crate::query::PageSize;

/// Some items and the token of the page after them, empty on the last one.
pub(super) type Fetched<Item> = Result<(Vec<Item>, String), CallError>;

/// The pages of a list up to `limit` items, each fetched when it is asked for by
/// its size and token. Nothing comes after an error.
pub(super) fn pages<Item, Fetching>(
    limit: usize,
    fetch: impl FnMut(i32, String) -> Fetching,
) -> impl Stream<Item = Result<Vec<Item>, CallError>>
where
    Fetching: Future<Output = Fetched<Item>>,
{
    let first = Some(String::new());
    stream::unfold(
        (limit, first, fetch),
        |(left, next, mut fetch)| async move {
            let token = next.filter(|_| left > 0)?;
            let most = left.min(PageSize::MAX);
            // Never so many that they do not fit.
            let size = i32::try_from(most).unwrap_or(i32::MAX);
            Some(match fetch(size, token).await {
                Ok((mut items, token)) => {
                    items.truncate(most);
                    let left = left - items.len();
                    let next = Some(token).filter(|token| !token.is_empty());
                    (Ok(items), (left, next, fetch))
                }
                Err(error) => (Err(error), (left, None, fetch)),
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use futures::executor::block_on_stream;

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
            ready(Ok(((start..end).collect(), next)))
        });
        let items = block_on_stream(Box::pin(pages))
            .flat_map(Result::unwrap)
            .collect();
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
            ready(Ok((items, token)))
        });
        let pages: Vec<Vec<i32>> = block_on_stream(Box::pin(pages))
            .map(Result::unwrap)
            .collect();
        assert_eq!(pages, [vec![], vec![1], vec![]]);
    }
}
