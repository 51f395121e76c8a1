//! TLS without gRPC, for what no client of gRPC says.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::PATIENCE;
use super::tls::{Authority, Issued};

pub type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// A client that keeps its sessions and trusts that authority, with a certificate or
/// without.
pub fn client(trusted: &Authority, own: Option<&Issued>) -> Arc<ClientConfig> {
    let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&trusted.pem())).unwrap();
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let mut config = match own {
        Some(own) => {
            let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
            let chain = vec![certificate(&own.certificate)];
            builder.with_client_auth_cert(chain, key).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

/// A new connection, after its handshake.
pub fn connect(address: SocketAddr, client: &Arc<ClientConfig>) -> TlsStream {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut tls = ClientConnection::new(Arc::clone(client), name).unwrap();
    tls.complete_io(&mut socket).unwrap();
    StreamOwned::new(tls, socket)
}
