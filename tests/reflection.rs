//! Reflection, as tools that know nothing of the server use it.

mod support;

use std::net::SocketAddr;
use std::path::Path;
use std::thread;

use futures::executor::block_on;
use futures::{SinkExt, StreamExt};
use grpcio::{
    ClientDuplexReceiver, ClientDuplexSender, MetadataBuilder, RpcStatusCode, WriteFlags,
};
use grpcio_gen::{Options, read};
use protobuf::Message;
use protobuf::descriptor::FileDescriptorProto;
use recommendations::pb::reflection::server_reflection_request::Message_request as Question;
use recommendations::pb::reflection::{
    ExtensionRequest, ServerReflectionClient, ServerReflectionRequest, ServerReflectionResponse,
};
use recommendations::pb::reflection_v1alpha as older;
use recommendations::server::limits;
use support::bookshop::patient;
use support::{PATIENCE, THREE_MYSTERIES, refusal, refused};

/// A conversation with the server, on a connection of its own.
struct Conversation {
    requests: ClientDuplexSender<ServerReflectionRequest>,
    answers: ClientDuplexReceiver<ServerReflectionResponse>,
    _stub: ServerReflectionClient,
}

impl Conversation {
    fn open(address: SocketAddr) -> Conversation {
        let channel = support::channel(address, |builder| builder);
        let stub = ServerReflectionClient::new(channel);
        let (requests, answers) = stub.server_reflection_info_opt(patient()).unwrap();
        Conversation {
            requests,
            answers,
            _stub: stub,
        }
    }

    fn send(&mut self, request: ServerReflectionRequest) {
        // A call that has ended takes no more; its status says why.
        let _ = block_on(self.requests.send((request, WriteFlags::default())));
    }

    fn answer(&mut self) -> grpcio::Result<ServerReflectionResponse> {
        let answer = block_on(self.answers.next());
        answer.expect("the conversation goes on or ends with a status")
    }

    fn ask(&mut self, question: Question) -> ServerReflectionResponse {
        self.send(request(question));
        self.answer().unwrap()
    }

    fn services(&mut self) -> Vec<String> {
        let mut answer = self.ask(Question::ListServices(String::new()));
        let services = answer.take_list_services_response().service;
        services.into_iter().map(|service| service.name).collect()
    }

    /// The files of an answer; the one that was asked for is the first.
    fn files(&mut self, question: Question) -> Vec<FileDescriptorProto> {
        let mut answer = self.ask(question);
        assert!(answer.has_file_descriptor_response(), "{answer}");
        let files = answer.take_file_descriptor_response().file_descriptor_proto;
        let files = files
            .iter()
            .map(|bytes| FileDescriptorProto::parse_from_bytes(bytes));
        files.collect::<Result<_, _>>().unwrap()
    }
}

fn request(question: Question) -> ServerReflectionRequest {
    ServerReflectionRequest {
        message_request: Some(question),
        ..Default::default()
    }
}

/// The contracts, as the generator reads them, and what they import.
fn contracts() -> Vec<FileDescriptorProto> {
    let protobufs = Path::new(env!("CARGO_MANIFEST_DIR")).join("protobufs");
    let files = read(&Options {
        proto_path: vec![protobufs.clone()],
        inputs: vec![protobufs],
        ..Options::default()
    });
    let files = files.unwrap().files.into_iter();
    files.map(|file| file.descriptor).collect()
}

fn within(package: &str, name: &str) -> String {
    match package {
        "" => name.to_owned(),
        _ => format!("{package}.{name}"),
    }
}

#[test]
fn every_service_of_the_contracts_is_listed() {
    let server = support::serve(THREE_MYSTERIES);
    let mut declared = Vec::new();
    for file in contracts() {
        let names = file.service.iter();
        declared.extend(names.map(|service| within(file.package(), service.name())));
    }
    declared.sort_unstable();
    assert_eq!(Conversation::open(server.address()).services(), declared);
}

#[test]
fn every_file_is_described_as_its_contract_has_it() {
    let server = support::serve(THREE_MYSTERIES);
    let mut conversation = Conversation::open(server.address());
    for contract in contracts() {
        let name = contract.name().to_owned();
        let files = conversation.files(Question::FileByFilename(name));
        assert_eq!(files[0], contract);
    }
}

#[test]
fn every_service_and_message_is_found_with_all_that_it_needs() {
    let server = support::serve(THREE_MYSTERIES);
    let mut conversation = Conversation::open(server.address());
    for contract in contracts() {
        let services = contract.service.iter().map(|service| service.name());
        let messages = contract.message_type.iter().map(|message| message.name());
        for name in services.chain(messages) {
            let symbol = within(contract.package(), name);
            let files = conversation.files(Question::FileContainingSymbol(symbol));
            assert_eq!(files[0].name(), contract.name());
            for import in files.iter().flat_map(|file| &file.dependency) {
                assert!(files.iter().any(|file| file.name() == import), "{import}");
            }
        }
    }
}

#[test]
fn what_is_not_found_does_not_end_the_conversation() {
    let server = support::serve(THREE_MYSTERIES);
    let mut conversation = Conversation::open(server.address());
    let extension = ExtensionRequest {
        containing_type: "bookshop.v1.Book".to_owned(),
        extension_number: 1000,
        ..Default::default()
    };
    for question in [
        Question::FileByFilename("books.proto".to_owned()),
        Question::FileContainingSymbol("bookshop.v1.Buch".to_owned()),
        Question::FileContainingExtension(extension),
        Question::AllExtensionNumbersOfType("bookshop.v1.Buch".to_owned()),
        Question::FileByFilename("x".repeat(60_000)),
    ] {
        let mut answer = conversation.ask(question.clone());
        assert_eq!(answer.original_request.as_ref(), Some(&request(question)));
        let code = answer.take_error_response().error_code;
        assert_eq!(code, i32::from(RpcStatusCode::NOT_FOUND));
    }
    assert!(!conversation.services().is_empty());
}

#[test]
fn requests_may_be_sent_before_answers_are_read() {
    let server = support::serve(THREE_MYSTERIES);
    let mut conversation = Conversation::open(server.address());
    let names = (0..50).map(|number| format!("{number}.proto"));
    for name in names.clone() {
        conversation.send(request(Question::FileByFilename(name)));
    }
    block_on(conversation.requests.close()).unwrap();
    for name in names {
        let asked = conversation.answer().unwrap().original_request.unwrap();
        assert_eq!(asked.file_by_filename(), name);
    }
    assert!(block_on(conversation.answers.next()).is_none());
}

#[test]
fn the_older_version_answers_like_the_newer() {
    let server = support::serve(THREE_MYSTERIES);
    let channel = support::channel(server.address(), |builder| builder);
    let stub = older::ServerReflectionClient::new(channel);
    let (mut requests, mut answers) = stub.server_reflection_info_opt(patient()).unwrap();
    let mut newer = Conversation::open(server.address());
    for question in [
        Question::ListServices(String::new()),
        Question::FileContainingSymbol("bookshop.v1.Books".to_owned()),
        Question::FileByFilename("grpc/reflection/v1alpha/reflection.proto".to_owned()),
        Question::AllExtensionNumbersOfType("bookshop.v1.Buch".to_owned()),
    ] {
        let bytes = request(question.clone()).write_to_bytes().unwrap();
        let asked = older::ServerReflectionRequest::parse_from_bytes(&bytes).unwrap();
        block_on(requests.send((asked.clone(), WriteFlags::default()))).unwrap();
        let answer = block_on(answers.next()).unwrap().unwrap();
        assert_eq!(answer.original_request.as_ref(), Some(&asked));
        let answer = ServerReflectionResponse::parse_from_bytes(&answer.write_to_bytes().unwrap());
        assert_eq!(answer.unwrap(), newer.ask(question));
    }
}

#[test]
fn a_request_of_more_than_64_kib_is_refused() {
    let server = support::serve(THREE_MYSTERIES);
    let mut conversation = Conversation::open(server.address());
    let size = usize::try_from(limits::MAX_REQUEST_BYTES).unwrap();
    conversation.send(request(Question::FileByFilename("x".repeat(size))));
    let status = refusal(conversation.answer());
    assert_eq!(status.code(), RpcStatusCode::RESOURCE_EXHAUSTED);
    assert!(!Conversation::open(server.address()).services().is_empty());
}

#[test]
fn an_open_conversation_does_not_hold_up_the_stop() {
    let server = support::serve(THREE_MYSTERIES);
    let mut conversation = Conversation::open(server.address());
    assert!(!conversation.services().is_empty());
    // It would wait for ever, and only then cancel what is open.
    let stopped = thread::spawn(move || server.stop(support::drain(PATIENCE * 2)));
    refused(
        conversation.answer(),
        RpcStatusCode::UNAVAILABLE,
        "the server is stopping",
    );
    stopped.join().unwrap().unwrap();
}

#[test]
fn a_refused_conversation_tells_its_request_id_in_the_status() {
    let server = support::serve(THREE_MYSTERIES);
    let share = limits::share_of_a_host(limits::MAX_CONVERSATIONS);
    let _open: Vec<Conversation> = (0..share)
        .map(|_| {
            let mut conversation = Conversation::open(server.address());
            conversation.services();
            conversation
        })
        .collect();
    let mut headers = MetadataBuilder::new();
    headers.add_str("x-request-id", "tool-7").unwrap();
    let stub = ServerReflectionClient::new(support::channel(server.address(), |builder| builder));
    let option = patient().headers(headers.build());
    let (_requests, mut answers) = stub.server_reflection_info_opt(option).unwrap();
    let status = refusal(block_on(answers.next()).unwrap());
    assert_eq!(status.code(), RpcStatusCode::RESOURCE_EXHAUSTED);
    assert!(
        status.message().ends_with("; request id tool-7"),
        "{status}"
    );
}
