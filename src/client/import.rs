//! Imports: streams of messages, each as large as the server takes.

use std::mem;

use futures::SinkExt;
use grpcio::{CallOption, ClientCStreamReceiver, ClientCStreamSender, WriteFlags};
use protobuf::Message;

use super::connection::Connection;
use super::{CallError, Timeout};
use crate::wire::MAX_ITEMS;

/// The most bytes of items that one message holds, three quarters of what the
/// server takes. The largest book has 2 KiB.
const MAX_BYTES: u64 = 48 * 1024;

/// The most bytes that an item takes beside its own: its field's number and its
/// length.
const ITEM_OVERHEAD: u64 = 6;

/// An import that has begun. Nothing can be done with it after an error.
pub(super) struct Import<'a, Item, Request, Response> {
    connection: &'a Connection,
    timeout: Timeout,
    batch: Batch<Item>,
    request: fn(Vec<Item>) -> Request,
    sender: ClientCStreamSender<Request>,
    receiver: ClientCStreamReceiver<Response>,
}

impl<'a, Item: Message, Request, Response: Unpin> Import<'a, Item, Request, Response> {
    /// Begins to send items in messages that `request` makes of them, which takes no
    /// longer than `timeout` as a whole.
    pub(super) fn begin(
        connection: &'a Connection,
        timeout: Timeout,
        call: impl FnOnce(
            CallOption,
        ) -> grpcio::Result<(
            ClientCStreamSender<Request>,
            ClientCStreamReceiver<Response>,
        )>,
        request: fn(Vec<Item>) -> Request,
    ) -> Result<Self, CallError> {
        let begun = call(connection.option(timeout));
        let (sender, receiver) = begun.map_err(|error| connection.error(error, timeout))?;
        Ok(Import {
            connection,
            timeout,
            batch: Batch::default(),
            request,
            sender,
            receiver,
        })
    }

    /// Adds an item. Where a message is full, waits until gRPC has taken it, which it
    /// does as fast as the server reads.
    pub(super) async fn add(&mut self, item: Item) -> Result<(), CallError> {
        match self.batch.add(item) {
            Some(full) => self.send(full).await,
            None => Ok(()),
        }
    }

    /// Sends what is left; the server's answer.
    pub(super) async fn end(mut self) -> Result<Response, CallError> {
        let last = mem::take(&mut self.batch.items);
        if !last.is_empty() {
            self.send(last).await?;
        }
        // Where this fails, the call has ended, and its answer says why.
        let _ = self.sender.close().await;
        let answered = (&mut self.receiver).await;
        answered.map_err(|error| self.error(error))
    }

    async fn send(&mut self, items: Vec<Item>) -> Result<(), CallError> {
        let request = (self.request)(items);
        let sent = match self.sender.send((request, WriteFlags::default())).await {
            // The server reads no more, and its answer says why.
            Err(ended @ (grpcio::Error::RpcFinished(_) | grpcio::Error::RemoteStopped)) => {
                (&mut self.receiver).await.and(Err(ended))
            }
            sent => sent,
        };
        sent.map_err(|error| self.error(error))
    }

    fn error(&self, error: grpcio::Error) -> CallError {
        self.connection.error(error, self.timeout)
    }
}

/// Items for one message: at most [`MAX_ITEMS`] and [`MAX_BYTES`], but one item
/// whatever its size.
struct Batch<Item> {
    items: Vec<Item>,
    bytes: u64,
}

impl<Item> Default for Batch<Item> {
    fn default() -> Self {
        Batch {
            items: Vec::new(),
            bytes: 0,
        }
    }
}

impl<Item: Message> Batch<Item> {
    /// Adds an item; the items before it, if it does not fit beside them.
    fn add(&mut self, item: Item) -> Option<Vec<Item>> {
        let size = item.compute_size() + ITEM_OVERHEAD;
        let is_full = self.items.len() == MAX_ITEMS || self.bytes + size > MAX_BYTES;
        let full = (is_full && !self.items.is_empty()).then(|| {
            self.bytes = 0;
            mem::take(&mut self.items)
        });
        self.bytes += size;
        self.items.push(item);
        full
    }
}

#[cfg(test)]
mod tests {
    use std::iter::repeat_n;

    use super::*;
    use crate::pb::bookshop::{Book, ImportBooksRequest};
    use crate::server::limits;

    fn book(bytes: usize) -> Book {
        Book {
            title: "x".repeat(bytes),
            ..Default::default()
        }
    }

    fn batches(items: impl Iterator<Item = Book>) -> Vec<Vec<Book>> {
        let mut batch = Batch::default();
        let mut full: Vec<_> = items.filter_map(|item| batch.add(item)).collect();
        full.push(batch.items);
        full
    }

    fn sizes(items: impl Iterator<Item = Book>) -> Vec<usize> {
        batches(items).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_batch_has_at_most_1000_items() {
        let small = |count| repeat_n(book(1), count);
        assert_eq!(sizes(small(0)), [0]);
        assert_eq!(sizes(small(1000)), [1000]);
        assert_eq!(sizes(small(2001)), [1000, 1000, 1]);
    }

    #[test]
    fn a_batch_of_large_items_fits_into_a_message() {
        let most = u64::try_from(limits::MAX_REQUEST_BYTES).unwrap();
        let mut count = 0;
        for books in batches(repeat_n(book(2000), 100)) {
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
