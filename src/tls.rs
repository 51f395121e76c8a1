//! TLS: the files with certificates and keys, and what gRPC gets of them.
//!
//! The C core does not say what is wrong with a file, drops what it cannot read of
//! one, and keeps a bad one for the moment of the first connection. So every file
//! is read and checked here first, and the core gets what was found good, written
//! anew.
//!
//! | side | files | becomes |
//! | --- | --- | --- |
//! | server | [`ServerFiles`] | [`ServerTls`], which takes new files as they come |
//! | client | [`ClientFiles`] | credentials of a channel |
//!
//! Keys are RSA of 2048 to 4096 bits, or EC on P-256 or P-384. With others, such as
//! Ed25519 and P-521, clients and servers on the C core, ours among them, refuse
//! each other: its BoringSSL signs with them but does not verify.
//!
//! The core speaks TLS 1.2 and 1.3, nothing older.

mod authorities;
mod client;
mod error;
mod expiry;
mod files;
mod identity;
mod material;
mod peer;
mod pem;
mod published;
mod server;
mod server_name;
mod time;
mod watch;

pub use self::client::ClientFiles;
pub use self::error::TlsError;
pub use self::files::{IdentityFiles, MAX_FILE_BYTES, ServerFiles};
pub use self::peer::peer_name;
pub use self::published::{TlsCounts, TlsFigures};
pub use self::server::{LOOK_EVERY, ServerTls};
pub use self::server_name::{NoServerName, ServerName};
