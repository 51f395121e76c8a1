use std::fs;
use std::net::SocketAddr;

use futures::executor::block_on;
use grpcio::{ChannelBuilder, ChannelCredentialsBuilder, Environment, Server, ServerBuilder};
use rcgen::generate_simple_self_signed;
use tempfile::TempDir;

use super::super::files::IdentityFiles;
use super::super::identity::Identity;
use super::*;

/// A server without services, its TLS and its own certificate.
struct Serving {
    tls: ServerTls,
    _grpc: Server,
    address: SocketAddr,
    certificate: String,
    _folder: TempDir,
}

fn serve() -> Serving {
    let folder = tempfile::tempdir().unwrap();
    let identity = IdentityFiles {
        certificate: folder.path().join("server.pem"),
        key: folder.path().join("server.key"),
    };
    let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = made.cert.pem();
    fs::write(&identity.certificate, &certificate).unwrap();
    fs::write(&identity.key, made.signing_key.serialize_pem()).unwrap();
    let files = ServerFiles {
        identity,
        client_ca: None,
    };
    let tls = ServerTls::open(files, LOOK_EVERY).unwrap();
    let mut grpc = ServerBuilder::new(Arc::new(Environment::new(1)))
        .build()
        .unwrap();
    let port = grpc
        .add_listening_port("127.0.0.1:0", tls.credentials())
        .unwrap();
    grpc.start();
    Serving {
        tls,
        _grpc: grpc,
        address: ([127, 0, 0, 1], port).into(),
        certificate,
        _folder: folder,
    }
}

/// Whether a new connection has its handshake.
fn lets_in(serving: &Serving) -> bool {
    let credentials = ChannelCredentialsBuilder::new()
        .root_cert(serving.certificate.clone().into_bytes())
        .build();
    let channel = ChannelBuilder::new(Arc::new(Environment::new(1)))
        .enable_http_proxy(false)
        .use_local_subchannel_pool(true)
        .set_credentials(credentials)
        .connect(&serving.address.to_string());
    block_on(channel.wait_for_connected(Duration::from_secs(30)))
}

#[test]
fn a_panic_in_the_fetcher_leaves_the_old_certificate_in_use() {
    let serving = serve();
    assert!(lets_in(&serving));
    // No file gets that far: a text of C ends at the zero byte.
    let material = Material {
        identity: Identity {
            chain: "a\0b".to_owned(),
            key: String::new(),
            not_after: 0,
        },
        client_ca: None,
    };
    let published = &serving.tls.published;
    published.publish(material);
    assert!(lets_in(&serving));
    // It has been fetched.
    assert!(published.take().is_none());
}
