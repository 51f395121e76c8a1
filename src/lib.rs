//! Book recommendations over gRPC: a server that knows a shop's books and what its
//! readers did with them, and a client for it, both without protoc.
//!
//! # How a request flows
//!
//! ```text
//! grpcio ─> services::calls ─> services ─> wire ─> shop ─> wire ─> services::calls ─> grpcio
//!                 │                                 │
//!      access, connection, deadline,       ┌────────┴──────────┐
//!      room, panics, figures, log       reading             writing
//!                                          │                   │
//!                               catalog, history, model     writer ─> store ─> disk
//!                                          ▲                   │
//!                                          └── in memory <─────┘
//! ```
//!
//! 1. The C core of gRPC reads a call on one of its polling threads; [`pb`] has
//!    the generated messages and methods.
//! 2. [`calls`](mod@services::calls) takes it, as it takes every call of every service: it asks
//!    who calls and whether there is room, waits for the request, sees to it that
//!    the call is answered whatever happens, counts, and logs what was refused.
//!    [`services`] is the one list of what is offered.
//! 3. [`wire`] turns the message into the field's words, and this is the only
//!    place where a request is validated; what it refuses becomes a status there.
//! 4. [`shop`] reads from memory: the [`catalog`] and the [`model`] as they are at
//!    that moment, the reader's [`history`]. A write waits, without holding up the
//!    polling thread, until the writer has put it on disk with those that came
//!    with it; then it is in memory, and then it is answered.
//! 5. [`wire`] turns the outcome into the reply.
//!
//! The model, which tells what books are similar, is built anew in the background
//! after changes; a reader's own history counts in the very next call.
//!
//! # What is where
//!
//! | module | holds |
//! | --- | --- |
//! | [`book`], [`category`], [`reader`], [`interaction`], [`query`], [`pages`] | the field's words: what a book, what a reader did with it, a valid question is |
//! | [`catalog`], [`history`] | books and histories in memory |
//! | [`model`] | which books suit whom: similarity, popularity, ranking |
//! | [`evaluate`] | how well they do, on a shop's own histories |
//! | [`store`] | the SQLite file; all SQL |
//! | [`shop`] | all of it together: reading, the writer, the rebuilding |
//! | [`files`], [`import`], [`export`], [`progress`] | CSV files, and the commands that read and write them |
//! | [`wire`] | conversions between messages and the field's words, and statuses |
//! | [`services`] | the gRPC services, health and reflection among them, and what every call goes through |
//! | [`server`] | start, limits, stop signals, stop |
//! | [`tls`] | certificates and keys: read, checked, given to gRPC, followed as they change; who calls |
//! | [`metrics`] | figures for Prometheus, and where they are read |
//! | [`client`] | calls to servers, async and blocking: deadlines, retries, TLS |
//! | [`render`] | answers as a table, as TSV, as JSON |
//! | [`data`], [`endpoint`], [`mod@duration`] | where the shop's file is; `HOST:PORT`; `500ms` |
//! | [`request_id`] | what the caller calls a call |
//! | [`logging`], [`usage`] | what the two binaries share: logs, one-line errors |
//! | [`threads`], [`open_files`] | threads and open files, which the system may refuse |
//! | [`pb`] | the generated code |
//!
//! # What must hold
//!
//! - What is not about gRPC names neither `pb`, `grpcio` nor `protobuf`, and only
//!   `pb.rs` names the folder of generated code: `tests/map.rs`.
//! - No handler blocks: it runs on a polling thread of gRPC, and the other calls
//!   of its connection wait behind it.
//! - An answered write is on disk, and whoever has the answer reads the write.
//! - The same data gives the same answers, in whatever order it came. Of what
//!   contradicts itself, two interactions of one reader, book and known time, the
//!   last counts.
//! - No `unwrap` and no `expect` where input can reach, no `as` between integers.
//! - What fails to load stops the start; it never becomes an empty catalogue.

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod book;
pub mod catalog;
pub mod category;
pub mod client;
pub mod data;
pub mod duration;
pub mod endpoint;
pub mod evaluate;
mod excerpt;
pub mod export;
pub mod files;
pub mod history;
pub mod import;
pub mod interaction;
pub mod logging;
pub mod metrics;
pub mod model;
pub mod open_files;
pub mod pages;
pub mod pb;
pub mod progress;
pub mod query;
pub mod reader;
pub mod render;
pub mod request_id;
pub mod server;
pub mod services;
pub mod shop;
pub mod store;
pub mod threads;
pub mod tls;
pub mod usage;
pub mod wire;
