use protobuf::Message;
use protobuf::descriptor::FileDescriptorProto;

use super::*;
use crate::pb;

fn described() -> Described {
    Described::new([
        ("bookshop.v1.Readers", pb::bookshop::file_descriptor()),
        ("Recommendations", pb::recommendations_file()),
    ])
}

fn response(question: Question) -> ServerReflectionResponse {
    let request = ServerReflectionRequest {
        host: "shop".to_owned(),
        message_request: Some(question),
        ..Default::default()
    };
    let response = answer(&described(), request.clone());
    assert_eq!(response.valid_host, "shop");
    assert_eq!(response.original_request.as_ref(), Some(&request));
    response
}

#[track_caller]
fn refused(question: Question, message: &str) {
    let error = response(question).take_error_response();
    assert_eq!(
        (error.error_code, error.error_message.as_str()),
        (5, message)
    );
}

#[test]
fn services_are_listed_by_name() {
    let mut response = response(Question::ListServices("*".to_owned()));
    let services = response.take_list_services_response().service;
    let names: Vec<&str> = services.iter().map(|service| &*service.name).collect();
    assert_eq!(names, ["Recommendations", "bookshop.v1.Readers"]);
}

#[test]
fn a_file_is_answered_with_what_it_imports() {
    let asked = Question::FileContainingSymbol("bookshop.v1.Books".to_owned());
    let files = response(asked).take_file_descriptor_response();
    let files = files.file_descriptor_proto.iter();
    let names = files.map(|bytes| {
        let file = FileDescriptorProto::parse_from_bytes(bytes).unwrap();
        file.name().to_owned()
    });
    let names: Vec<String> = names.collect();
    assert_eq!(
        names,
        [
            "bookshop/v1/bookshop.proto",
            "google/protobuf/empty.proto",
            "google/protobuf/timestamp.proto",
            "recommendations.proto",
        ]
    );
}

#[test]
fn a_message_without_extensions_has_no_numbers() {
    let asked = Question::AllExtensionNumbersOfType("bookshop.v1.Book".to_owned());
    let numbers = response(asked).take_all_extension_numbers_response();
    assert_eq!(numbers.base_type_name, "bookshop.v1.Book");
    assert!(numbers.extension_number.is_empty());
}

#[test]
fn what_is_not_there_is_not_found() {
    refused(
        Question::FileByFilename("books.proto".to_owned()),
        r#"there is no file "books.proto""#,
    );
    refused(
        Question::FileContainingSymbol("bookshop.v1.Buch".to_owned()),
        r#"no file declares "bookshop.v1.Buch""#,
    );
    refused(
        Question::FileContainingExtension(ExtensionRequest {
            containing_type: "bookshop.v1.Book".to_owned(),
            extension_number: 7,
            ..Default::default()
        }),
        r#"no file declares an extension 7 of "bookshop.v1.Book""#,
    );
    refused(
        Question::AllExtensionNumbersOfType("bookshop.v1.Books".to_owned()),
        r#"there is no message "bookshop.v1.Books""#,
    );
}

#[test]
fn a_long_name_that_is_not_there_is_told_in_short() {
    refused(
        Question::FileByFilename("x".repeat(60_000)),
        &format!("there is no file \"{}\"...", "x".repeat(60)),
    );
}

#[test]
fn a_question_that_is_none_is_an_invalid_argument() {
    let mut response = answer(&described(), ServerReflectionRequest::new());
    let error = response.take_error_response();
    assert_eq!(
        (error.error_code, error.error_message.as_str()),
        (
            3,
            "message_request is not set; it must be one of those in the contract"
        )
    );
}
