//! Names in a client's certificate over which the C core would abort the process.

use grpcio::ChannelCredentialsBuilder;
use rcgen::{CidrSubnet, CustomExtension, GeneralSubtree, NameConstraints, SanType};
use recommendations::server::listen::Security;
use recommendations::tls::ServerTls;

use super::peers::{mirror, seen};
use super::support::tls::{Authority, Files, Issued, client_params};
use super::{LOOK_EVERY, ask, shut_out};

/// Subject alternative names, RFC 5280: one IP address of three bytes, in DER.
const THREE_BYTES: [u8; 7] = [0x30, 0x05, 0x87, 0x03, 1, 2, 3];
const ALTERNATIVE_NAMES: [u64; 4] = [2, 5, 29, 17];

#[test]
fn a_client_authority_that_excludes_ip_addresses_lets_in_no_odd_one() {
    let of_server = Authority::new();
    let authority = Authority::constrained(NameConstraints {
        permitted_subtrees: Vec::new(),
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])),
            GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])),
        ],
    });
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
    let mut even = client_params("reader");
    let name = "reader".try_into().unwrap();
    even.subject_alt_names.push(SanType::DnsName(name));
    assert_eq!(seen(call(even)).as_deref(), Some("reader"));
}
