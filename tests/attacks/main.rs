//! What strangers may try: whatever they send, others are served meanwhile and
//! afterwards.

#[path = "../support/mod.rs"]
mod support;

mod frames;
mod idle;
mod messages;
mod overload;
mod replies;
mod slow;
mod writes;
