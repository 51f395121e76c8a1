//! The service `ServerReflection` of gRPC, in both of its versions.

mod answer;
mod declarations;
mod described;

use std::pin::pin;
use std::sync::Arc;

use futures::future::{self, Either};
use futures::{Stream, StreamExt, TryFutureExt, stream};
use grpcio::{
    DuplexSink, Marshaller, Method, MethodType, RequestStream, RpcContext, Service, ServiceBuilder,
    pb_de, pb_ser,
};
use protobuf::reflect::FileDescriptor;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::answer::answer;
use self::described::Described;
use super::guard;
use super::health::Health;
use crate::pb::reflection::{ServerReflection, ServerReflectionRequest, ServerReflectionResponse};
use crate::wire::Refusal;

/// The most conversations that are open at a time, of both versions together. They
/// are for people who look round, not for every client. One that says nothing more
/// ends with its connection, whose age is limited.
pub const MAX_CONVERSATIONS: usize = 100;

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
    places: Arc<Semaphore>,
}

impl ReflectionService {
    /// A service that describes `services`, each given by its full name and the file
    /// that declares it. Its conversations end with the watches of `health`.
    pub fn new(
        services: impl IntoIterator<Item = (&'static str, &'static FileDescriptor)>,
        health: Health,
    ) -> ReflectionService {
        ReflectionService {
            described: Arc::new(Described::new(services)),
            health,
            places: Arc::new(Semaphore::new(MAX_CONVERSATIONS)),
        }
    }

    /// The answer to each of `requests` in turn.
    ///
    /// The stream ends with [`Refusal::TooManyStreams`] when [`MAX_CONVERSATIONS`]
    /// are open, with [`Refusal::Unreadable`] or [`Refusal::Gone`] when there is no
    /// next request to be had, and with [`Refusal::Stopping`].
    pub fn answers<Requests>(
        self,
        requests: Requests,
    ) -> impl Stream<Item = Result<ServerReflectionResponse, Refusal>>
    where
        Requests: Stream<Item = grpcio::Result<ServerReflectionRequest>> + Send + Unpin,
    {
        async { self.open(requests) }.try_flatten_stream()
    }

    fn open<Requests>(
        self,
        requests: Requests,
    ) -> Result<impl Stream<Item = Result<ServerReflectionResponse, Refusal>>, Refusal>
    where
        Requests: Stream<Item = grpcio::Result<ServerReflectionRequest>> + Send + Unpin,
    {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| Refusal::TooManyStreams(MAX_CONVERSATIONS))?;
        let conversation = Conversation {
            described: self.described,
            requests,
            health: self.health,
            _place: place,
        };
        Ok(stream::unfold(conversation, |mut conversation| async {
            let next = conversation.next().await?;
            Some((next, conversation))
        }))
    }
}

struct Conversation<Requests> {
    described: Arc<Described>,
    requests: Requests,
    health: Health,
    _place: OwnedSemaphorePermit,
}

impl<Requests> Conversation<Requests>
where
    Requests: Stream<Item = grpcio::Result<ServerReflectionRequest>> + Unpin,
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
        request: grpcio::Result<ServerReflectionRequest>,
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
        let method = "ServerReflection.ServerReflectionInfo";
        guard::converse(&ctx, method, requests, sink, |requests| {
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
