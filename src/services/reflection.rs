//! The service `ServerReflection` of gRPC, in both of its versions.

mod answer;
mod declarations;
mod described;

use std::pin::pin;
use std::sync::Arc;

use futures::future::{self, Either};
use futures::{Stream, StreamExt, stream};
use grpcio::{Method, Service};
use protobuf::reflect::FileDescriptor;

use self::answer::answer;
use self::described::Described;
use super::calls::{Calls, Handlers};
use super::health::Health;
use crate::pb::reflection::{
    METHOD_SERVER_REFLECTION_SERVER_REFLECTION_INFO, ServerReflectionRequest,
    ServerReflectionResponse,
};
use crate::pb::reflection_v1alpha;
use crate::wire::Refusal;

/// Answers the method of `ServerReflection`.
#[derive(Clone)]
pub struct ReflectionService {
    described: Arc<Described>,
    health: Health,
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

/// The newer version, whose calls `calls` takes.
pub fn v1(service: ReflectionService, calls: Calls) -> Service {
    let method = METHOD_SERVER_REFLECTION_SERVER_REFLECTION_INFO;
    create(service, calls, &method)
}

/// The older version, whose calls `calls` takes.
pub fn v1alpha(service: ReflectionService, calls: Calls) -> Service {
    // Its messages have other names, but on the wire they are the newer version's.
    let method = Method {
        name: reflection_v1alpha::METHOD_SERVER_REFLECTION_SERVER_REFLECTION_INFO.name,
        ..METHOD_SERVER_REFLECTION_SERVER_REFLECTION_INFO
    };
    create(service, calls, &method)
}

fn create(
    service: ReflectionService,
    calls: Calls,
    method: &Method<ServerReflectionRequest, ServerReflectionResponse>,
) -> Service {
    Handlers::new(calls, service)
        .duplex(method, |service, requests| {
            service.answers(requests).boxed()
        })
        .build()
}

#[cfg(test)]
mod tests;
