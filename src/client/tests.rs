use super::*;

fn endpoint() -> Endpoint {
    "127.0.0.1:50051".parse().unwrap()
}

#[test]
fn an_error_is_one_line_whatever_the_server_says() {
    let status = RpcStatus::with_message(RpcStatusCode::INTERNAL, "a\nb\u{1b}[2J".to_owned());
    let refused = CallError::Refused {
        endpoint: endpoint(),
        status: status.clone(),
    };
    assert_eq!(
        refused.to_string(),
        "127.0.0.1:50051 answers INTERNAL: a\\nb\\u{1b}[2J"
    );
    let unreachable = CallError::Unreachable {
        endpoint: endpoint(),
        status,
    };
    assert_eq!(
        unreachable.to_string(),
        "nobody answers at 127.0.0.1:50051 (a\\nb\\u{1b}[2J)"
    );
}

#[test]
fn a_timeout_names_who_was_called_and_how_long() {
    let error = CallError::TimedOut {
        endpoint: endpoint(),
        timeout: "500ms".parse().unwrap(),
    };
    assert_eq!(
        error.to_string(),
        "no answer from 127.0.0.1:50051 within 500ms"
    );
}

#[test]
fn a_code_is_named_as_in_the_documentation() {
    assert_eq!(code_name(RpcStatusCode::NOT_FOUND), "NOT_FOUND");
    assert_eq!(code_name(RpcStatusCode::from(77)), "INVALID_STATUS_CODE");
}
