//! The answer to one request.

use grpcio::RpcStatusCode;
use protobuf::MessageField;

use super::described::Described;
use crate::excerpt::excerpt;
use crate::pb::reflection::server_reflection_request::Message_request as Question;
use crate::pb::reflection::server_reflection_response::Message_response as Answer;
use crate::pb::reflection::{
    ErrorResponse, ExtensionNumberResponse, ExtensionRequest, FileDescriptorResponse,
    ListServiceResponse, ServerReflectionRequest, ServerReflectionResponse, ServiceResponse,
};

/// What is asked for and not there.
#[derive(Debug, thiserror::Error)]
enum NotFound<'request> {
    #[error("there is no file {}", excerpt(.0))]
    File(&'request str),
    #[error("no file declares {}", excerpt(.0))]
    Symbol(&'request str),
    #[error("no file declares an extension {} of {}", .0.extension_number, excerpt(&.0.containing_type))]
    Extension(&'request ExtensionRequest),
    #[error("there is no message {}", excerpt(.0))]
    Message(&'request str),
}

/// The answer that `described` gives to `request`.
pub fn answer(described: &Described, request: ServerReflectionRequest) -> ServerReflectionResponse {
    let answer = match &request.message_request {
        None => error(
            RpcStatusCode::INVALID_ARGUMENT,
            "message_request is not set; it must be one of those in the contract",
        ),
        Some(question) => found(described, question)
            .unwrap_or_else(|missing| error(RpcStatusCode::NOT_FOUND, &missing.to_string())),
    };
    ServerReflectionResponse {
        valid_host: request.host.clone(),
        original_request: MessageField::some(request),
        message_response: Some(answer),
        ..Default::default()
    }
}

fn found<'request>(
    described: &Described,
    question: &'request Question,
) -> Result<Answer, NotFound<'request>> {
    let files = match question {
        Question::FileByFilename(name) => described.file(name).ok_or(NotFound::File(name))?,
        Question::FileContainingSymbol(symbol) => described
            .file_with_symbol(symbol)
            .ok_or(NotFound::Symbol(symbol))?,
        Question::FileContainingExtension(asked) => described
            .file_with_extension(&asked.containing_type, asked.extension_number)
            .ok_or(NotFound::Extension(asked))?,
        Question::AllExtensionNumbersOfType(message) => {
            let numbers = described.extension_numbers(message);
            let numbers = numbers.ok_or(NotFound::Message(message))?;
            return Ok(extension_numbers(message, numbers));
        }
        Question::ListServices(_) => return Ok(services(described)),
    };
    Ok(Answer::FileDescriptorResponse(FileDescriptorResponse {
        file_descriptor_proto: files,
        ..Default::default()
    }))
}

fn services(described: &Described) -> Answer {
    let services = described.services().map(|name| ServiceResponse {
        name: name.to_owned(),
        ..Default::default()
    });
    Answer::ListServicesResponse(ListServiceResponse {
        service: services.collect(),
        ..Default::default()
    })
}

fn extension_numbers(message: &str, numbers: Vec<i32>) -> Answer {
    Answer::AllExtensionNumbersResponse(ExtensionNumberResponse {
        base_type_name: message.to_owned(),
        extension_number: numbers,
        ..Default::default()
    })
}

fn error(code: RpcStatusCode, message: &str) -> Answer {
    Answer::ErrorResponse(ErrorResponse {
        error_code: code.into(),
        error_message: message.to_owned(),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests;
