//! Imports: streams of messages, each as large as the server takes.

use futures::SinkExt;
use futures::executor::block_on;
use grpcio::{CallOption, ClientCStreamReceiver, ClientCStreamSender, WriteFlags};
use protobuf::Message;

use super::{CallError, Client};
use crate::wire::MAX_ITEMS;

/// The most bytes of items that one message holds, three quarters of what the
/// server takes. The largest book has 2 KiB.
const MAX_BYTES: u64 = 48 * 1024;

/// The most bytes that an item takes beside its own: its field's number and its
/// length.
const ITEM_OVERHEAD: u64 = 6;

impl Client {
    /// Sends items in messages that `request` makes of them; the server's answer.
    ///
    /// A message is made once gRPC has taken the one before it, which it does as
    /// fast as the server reads.
    pub(super) fn import<Item, Request, Response>(
        &self,
        call: impl FnOnce(
            CallOption,
        ) -> grpcio::Result<(
            ClientCStreamSender<Request>,
            ClientCStreamReceiver<Response>,
        )>,
        items: impl Iterator<Item = Item>,
        request: impl Fn(Vec<Item>) -> Request,
    ) -> Result<Response, CallError>
    where
        Item: Message,
        Response: Unpin,
    {
        let timeout = self.import_timeout;
        let option = CallOption::default().timeout(timeout.duration());
        let answered = call(option).and_then(|(sender, receiver)| {
            let requests = batches(items).map(request);
            answer(sender, receiver, requests)
        });
        answered.map_err(|error| self.call_error(error, timeout))
    }
}

fn answer<Request, Response: Unpin>(
    mut sender: ClientCStreamSender<Request>,
    receiver: ClientCStreamReceiver<Response>,
    requests: impl Iterator<Item = Request>,
) -> grpcio::Result<Response> {
    for request in requests {
        // One wait for each, so that whoever makes the requests may make calls of
        // its own.
        match block_on(sender.send((request, WriteFlags::default()))) {
            Ok(()) => {}
            // The server reads no more, and its answer says why.
            Err(ended @ (grpcio::Error::RpcFinished(_) | grpcio::Error::RemoteStopped)) => {
                return block_on(receiver).and(Err(ended));
            }
            Err(error) => return Err(error),
        }
    }
    block_on(async {
        // Where this fails, the call has ended, and its answer says why.
        let _ = sender.close().await;
        receiver.await
    })
}

/// The items in batches of at most [`MAX_ITEMS`] and [`MAX_BYTES`], but at least
/// one item.
fn batches<Item: Message>(items: impl Iterator<Item = Item>) -> impl Iterator<Item = Vec<Item>> {
    let mut items = items
        .map(|item| (item.compute_size() + ITEM_OVERHEAD, item))
        .peekable();
    std::iter::from_fn(move || {
        let (mut bytes, first) = items.next()?;
        let mut batch = vec![first];
        while batch.len() < MAX_ITEMS {
            let Some((size, item)) = items.next_if(|(size, _)| bytes + size <= MAX_BYTES) else {
                break;
            };
            bytes += size;
            batch.push(item);
        }
        Some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::bookshop::{Book, ImportBooksRequest};
    use crate::server::limits;

    fn book(bytes: usize) -> Book {
        Book {
            title: "x".repeat(bytes),
            ..Default::default()
        }
    }

    fn sizes(items: impl Iterator<Item = Book>) -> Vec<usize> {
        batches(items).map(|batch| batch.len()).collect()
    }

    #[test]
    fn a_batch_has_at_most_1000_items() {
        let small = |count| std::iter::repeat_n(book(1), count);
        assert_eq!(sizes(small(0)), [0; 0]);
        assert_eq!(sizes(small(1000)), [1000]);
        assert_eq!(sizes(small(2001)), [1000, 1000, 1]);
    }

    #[test]
    fn a_batch_of_large_items_fits_into_a_message() {
        let most = u64::try_from(limits::MAX_REQUEST_BYTES).unwrap();
        let mut count = 0;
        for books in batches(std::iter::repeat_n(book(2000), 100)) {
            count += books.len();
            let request = ImportBooksRequest {
                books,
                ..Default::default()
            };
            let bytes = request.compute_size();
            assert!(bytes <= MAX_BYTES && MAX_BYTES < most, "{bytes}");
        }
        assert_eq!(count, 100);
    }

    #[test]
    fn an_item_that_is_too_large_is_left_to_the_server() {
        let items = [book(1), book(100_000), book(1)];
        assert_eq!(sizes(items.into_iter()), [1, 1, 1]);
    }
}
