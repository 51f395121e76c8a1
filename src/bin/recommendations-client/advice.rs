//! What to do about an error, where its message does not say so.

use anyhow::anyhow;
use recommendations::client::{CallError, Settings};

/// The error with advice; `timeout_option` sets the time that was over.
pub fn advised(error: anyhow::Error, settings: &Settings, timeout_option: &str) -> anyhow::Error {
    let advice = error
        .downcast_ref()
        .and_then(|error| advice(error, settings, timeout_option));
    match advice {
        Some(advice) => anyhow!("{error:#}; {advice}"),
        None => error,
    }
}

fn advice(error: &CallError, settings: &Settings, timeout_option: &str) -> Option<String> {
    let (CallError::Unreachable { status, .. } | CallError::NoTls { status, .. }) = error else {
        return match error {
            CallError::TimedOut { .. } => Some(format!(
                "wait longer with {timeout_option}, or name another address with --addr"
            )),
            _ => None,
        };
    };
    let says = |what| status.message().contains(what);
    Some(if says("Socket closed") {
        hung_up(settings).to_owned()
    } else if says("http1.x server") || says("Failed parsing HTTP/2") {
        no_grpc(settings).to_owned()
    } else if says("WRONG_VERSION_NUMBER") {
        "it may serve without TLS: leave the --tls options out".to_owned()
    } else if says("CERTIFICATE_VERIFY_FAILED") {
        "its certificate must be valid now and come from an authority in --tls-ca".to_owned()
    } else if says("is not in peer certificate") {
        "say with --tls-server-name what name it has".to_owned()
    } else {
        start(settings)
    })
}

/// What a server may want that hangs up.
fn hung_up(settings: &Settings) -> &'static str {
    match &settings.tls {
        None => {
            "it may want TLS: give --tls, or --tls-ca with its authority; or it has as many \
             connections as it takes"
        }
        Some(tls) if tls.files.identity.is_none() => {
            "it may want a certificate: give --tls-cert and --tls-key"
        }
        Some(_) => {
            "it may not accept the certificate in --tls-cert, or have as many connections as it \
             takes: its log says why"
        }
    }
}

/// What is there that answers, but not as gRPC does.
fn no_grpc(settings: &Settings) -> &'static str {
    match &settings.tls {
        None => {
            "what listens there speaks no gRPC, or wants TLS: name another address with --addr, \
             or give --tls"
        }
        Some(_) => "what listens there speaks no gRPC: name another address with --addr",
    }
}

fn start(settings: &Settings) -> String {
    match settings.endpoints.as_slice() {
        [only] => format!(
            "start a server there with `recommendations-server --listen {only}`, \
             or name another address with --addr"
        ),
        _ => "start one of them, or name another address with --addr".to_owned(),
    }
}
