//! Names in a client's certificate over which a C core that is not mended aborts the
//! process: see `scripts/core`.

use grpcio::ChannelCredentialsBuilder;
use rcgen::CustomExtension;
use recommendations::server::listen::Security;
use recommendations::tls::ServerTls;

use super::peers::{mirror, seen};
use super::support::tls::{Authority, Files, Issued, client_params};
use super::{LOOK_EVERY, ask, shut_out};

/// Subject alternative names, RFC 5280: one IP address of three bytes, in DER.
const THREE_BYTES: [u8; 7] = [0x30, 0x05, 0x87, 0x03, 1, 2, 3];
const ALTERNATIVE_NAMES: [u64; 4] = [2, 5, 29, 17];

#[test]
fn an_odd_address_is_shut_out_and_nobody_else() {
    let of_server = Authority::new();
    let authority = Authority::new();
    let files = Files::of_server(&of_server.server());
    files.put_client_ca(&authority);
    let tls = ServerTls::open(files.mutual(), LOOK_EVERY).unwrap();
    let server = mirror(Security::Tls(tls));
    let call = |params| {
        let Issued { certificate, key } = authority.issue(params);
        // By hand: our own client refuses such a certificate itself.
        let credentials = ChannelCredentialsBuilder::new()
            .root_cert(of_server.pem().into_bytes())
            .cert(certificate.into_bytes(), key.into_bytes());
        ask(server.address(), credentials.build())
    };
    let mut odd = client_params("odd");
    let names = CustomExtension::from_oid_content(&ALTERNATIVE_NAMES, THREE_BYTES.to_vec());
    odd.custom_extensions.push(names);
    shut_out(call(odd));
    let even = client_params("reader");
    assert_eq!(seen(call(even)).as_deref(), Some("reader"));
}
