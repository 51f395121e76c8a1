//! The service `ServerReflection` of gRPC, in both of its versions.

mod answer;
mod declarations;
mod described;

use std::pin::pin;
use std::sync::Arc;

use futures::future::{self, Either};
use futures::{Stream, StreamExt, stream};
use grpcio::{
    DuplexSink, Marshaller, Method, MethodType, RequestStream, RpcContext, Service, ServiceBuilder,
    pb_de, pb_ser,
};
use protobuf::reflect::FileDescriptor;

use self::answer::answer;
use self::described::Described;
use super::calls::Calls;
use super::health::Health;
use crate::pb::reflection::{ServerReflection, ServerReflectionRequest, ServerReflectionResponse};
use crate::wire::Refusal;

/// The method of the older version. Its messages have other names, but on the wire
/// they are the newer version's.
const V1ALPHA: Method<ServerReflectionRequest, ServerReflectionResponse> = Method {
    ty: MethodType::Duplex,
    name: "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    req_mar: Marshaller {
        ser: pb_ser,
        de: pb_de,
    },
    resp_mar: Marshaller {
        ser: pb_ser,
        de: pb_de,
    },
};

/// Answers the method of `ServerReflection`.
#[derive(Clone)]
pub struct ReflectionService {
    described: Arc<Described>,
    health: Health,
    calls: Calls,
}

impl ReflectionService {
    /// A service that describes `services`, each given by its full name and the file
    /// that declares it. Its conversations end with the watches of `health`, and
    /// `calls` takes them.
    pub fn new(
        services: impl IntoIterator<Item = (&'static str, &'static FileDescriptor)>,
        health: Health,
        calls: Calls,
    ) -> ReflectionService {
        ReflectionService {
            described: Arc::new(Described::new(services)),
            health,
            calls,
        }
    }

    /// The answer to each of `requests` in turn.
    ///
    /// The stream ends with the first refusal among them, and with
    /// [`Refusal::Stopping`].
    pub fn answers<Requests>(
        self,
        requests: Requests,
    ) -> impl Stream<Item = Result<ServerReflectionResponse, Refusal>>
    where
        Requests: Stream<Item = Result<ServerReflectionRequest, Refusal>> + Send + Unpin,
    {
        let conversation = Conversation {
            described: self.described,
            requests,
            health: self.health,
        };
        stream::unfold(conversation, |mut conversation| async {
            let next = conversation.next().await?;
            Some((next, conversation))
        })
    }
}

struct Conversation<Requests> {
    described: Arc<Described>,
    requests: Requests,
    health: Health,
}

impl<Requests> Conversation<Requests>
where
    Requests: Stream<Item = Result<ServerReflectionRequest, Refusal>> + Unpin,
{
    /// The answer to the next request, unless that was the last.
    async fn next(&mut self) -> Option<Result<ServerReflectionResponse, Refusal>> {
        let ended = pin!(self.health.ended());
        match future::select(ended, self.requests.next()).await {
            Either::Left(_) => Some(Err(Refusal::Stopping)),
            Either::Right((None, _)) => None,
            Either::Right((Some(request), _)) => Some(self.answer(request)),
        }
    }

    fn answer(
        &self,
        request: Result<ServerReflectionRequest, Refusal>,
    ) -> Result<ServerReflectionResponse, Refusal> {
        Ok(answer(&self.described, request?))
    }
}

impl ServerReflection for ReflectionService {
    fn server_reflection_info(
        &mut self,
        ctx: RpcContext<'_>,
        requests: RequestStream<ServerReflectionRequest>,
        sink: DuplexSink<ServerReflectionResponse>,
    ) {
        let service = self.clone();
        self.calls.converse(&ctx, requests, sink, |requests| {
            service.answers(requests).boxed()
        });
    }
}

/// The older version of `service`.
pub fn create_v1alpha(mut service: ReflectionService) -> Service {
    ServiceBuilder::new()
        .add_duplex_streaming_handler(&V1ALPHA, move |ctx, requests, sink| {
            service.server_reflection_info(ctx, requests, sink);
        })
        .build()
}

#[cfg(test)]
mod tests;
