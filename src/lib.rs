//! Book recommendations over gRPC: a server that answers from a catalogue of
//! books, and a client for it, both without protoc.
//!
//! # How a request flows
//!
//! ```text
//! grpcio ─> pb ─> services ─> wire ─> recommender ─> wire ─> services ─> grpcio
//!                    │         │           │
//!                  guard     query      catalog
//! ```
//!
//! 1. The C core of gRPC reads a call on one of its polling threads; [`pb`] has
//!    the generated message and the generated trait.
//! 2. [`services`] takes the call in a thin shell. [`services::guard`] sees to
//!    it that every call is answered, also when a handler panics.
//! 3. [`wire`] turns the message into a [`query::Query`], and this is the only
//!    place where a request is validated; what it refuses becomes a status there.
//! 4. [`recommender`] picks the books from the [`catalog`].
//! 5. [`wire`] turns the books into the reply.
//!
//! # What is where
//!
//! | module | holds |
//! | --- | --- |
//! | [`book`], [`category`], [`query`] | the field's words: what a book, a category and a valid question are |
//! | [`catalog`] | the books, read from CSV; the built-in ones in `catalog/books.csv` |
//! | [`pages`] | the catalogue and the histories, a page at a time |
//! | [`recommender`] | which books answer a query |
//! | [`wire`] | conversions between messages and the field's words, and statuses |
//! | [`services`] | the gRPC services and the guard round their handlers |
//! | [`server`] | start, limits, stop signals, stop |
//! | [`client`] | calls to a server, with a deadline on each |
//! | [`render`] | books as a table, as TSV, as JSON |
//! | [`endpoint`] | `HOST:PORT`, for the server and the client |
//! | [`logging`], [`usage`] | what the two binaries share: logs, one-line errors |
//! | [`pb`] | the generated code |
//!
//! # What must hold
//!
//! - `book`, `category`, `query`, `catalog` and `recommender` name neither `pb`
//!   nor `grpcio`: `grep -lE 'pb::|grpcio' src/{book,category,query,catalog,catalog/row,recommender}.rs`
//!   prints nothing.
//! - Only `pb.rs` names the folder of generated code: `grep -rl '\.\./generated' src`
//!   prints `src/pb.rs` alone.
//! - No handler blocks: it runs on a polling thread of gRPC, and the other calls
//!   of its connection wait behind it.
//! - No `unwrap` and no `expect` where input can reach, no `as` between integers.
//! - What fails to load stops the start; it never becomes an empty catalogue.

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod book;
pub mod catalog;
pub mod category;
pub mod client;
pub mod endpoint;
mod excerpt;
pub mod files;
pub mod history;
pub mod interaction;
pub mod logging;
pub mod model;
pub mod pages;
pub mod pb;
pub mod query;
pub mod reader;
pub mod render;
pub mod server;
pub mod services;
pub mod shop;
pub mod usage;
pub mod wire;
