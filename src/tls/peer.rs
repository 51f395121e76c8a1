//! Who calls.

use grpcio::RpcContext;

/// The property of a peer that the C core makes of the certificate's common name.
const COMMON_NAME: &str = "x509_common_name";

/// The common name of the caller's certificate, which the server has verified. None
/// without mutual TLS, and for a name that is empty or not UTF-8.
///
/// The name is told as it is, zero bytes and all: only the same name is the same. Of
/// several common names in one certificate it is the first.
pub fn peer_name(ctx: &RpcContext<'_>) -> Option<String> {
    let peer = ctx.auth_context()?;
    if !peer.peer_is_authenticated() {
        return None;
    }
    let property = peer
        .into_iter()
        .find(|property| property.name() == COMMON_NAME)?;
    let name = property.value_str().ok()?;
    (!name.is_empty()).then(|| name.to_owned())
}
