//! Calls of whatever bytes to whatever path.

use std::io::Read;

use futures::executor::block_on;
use futures::{SinkExt, StreamExt};
use grpcio::{
    Channel, Client, GrpcSlice, Marshaller, MessageReader, Method, MethodType, RpcStatusCode,
    WriteFlags,
};
use protobuf::reflect::{FileDescriptor, MessageDescriptor};
use recommendations::pb;

use super::bookshop::patient;

struct Bytes(Vec<u8>);

fn serialized(message: &Bytes, buffer: &mut GrpcSlice) -> grpcio::Result<()> {
    *buffer = message.0.as_slice().into();
    Ok(())
}

fn deserialized(mut reader: MessageReader) -> grpcio::Result<Bytes> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    Ok(Bytes(bytes))
}

/// What a call with that one message comes to: OK once an answer is there.
pub fn call(channel: &Channel, path: &str, message: Vec<u8>) -> (RpcStatusCode, String) {
    stream(channel, path, vec![message])
}

/// What a call with those messages, one after the other, comes to: OK once an answer
/// is there.
pub fn stream(channel: &Channel, path: &str, messages: Vec<Vec<u8>>) -> (RpcStatusCode, String) {
    let mar = || Marshaller {
        ser: serialized,
        de: deserialized,
    };
    let method = Method {
        ty: MethodType::Duplex,
        // The test's process has it until it ends.
        name: String::leak(path.to_owned()),
        req_mar: mar(),
        resp_mar: mar(),
    };
    let client = Client::new(channel.clone());
    let (mut sender, mut receiver) = client.duplex_streaming(&method, patient()).unwrap();
    block_on(async {
        // A server that refuses does not read; its status says why.
        let messages = messages.into_iter().map(Bytes);
        let mut messages =
            futures::stream::iter(messages.map(|it| Ok((it, WriteFlags::default()))));
        if sender.send_all(&mut messages).await.is_ok() {
            let _ = sender.close().await;
        }
        match receiver.next().await {
            None | Some(Ok(_)) => (RpcStatusCode::OK, String::new()),
            Some(Err(grpcio::Error::RpcFailure(status))) => {
                (status.code(), status.message().to_owned())
            }
            Some(Err(error)) => panic!("{error}"),
        }
    })
}

/// The files of all contracts.
fn files() -> [&'static FileDescriptor; 5] {
    [
        pb::recommendations_file(),
        pb::bookshop::file_descriptor(),
        pb::health::file_descriptor(),
        pb::reflection::file_descriptor(),
        pb::reflection_v1alpha::file_descriptor(),
    ]
}

/// What the methods of all contracts take, in the order of [`declared`].
pub fn requests() -> Vec<MessageDescriptor> {
    let services = files().into_iter().flat_map(FileDescriptor::services);
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    methods.map(|method| method.input_type()).collect()
}

/// The paths of all methods that the contracts declare, and the services' names.
pub fn declared() -> (Vec<String>, Vec<String>) {
    let (mut paths, mut services) = (Vec::new(), Vec::new());
    for file in files() {
        for service in &file.proto().service {
            let name = match file.proto().package() {
                "" => service.name().to_owned(),
                package => format!("{package}.{}", service.name()),
            };
            let methods = service.method.iter();
            paths.extend(methods.map(|method| format!("/{name}/{}", method.name())));
            services.push(name);
        }
    }
    (paths, services)
}
