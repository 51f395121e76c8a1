//! How the handlers of a service are registered.
//!
//! grpcio registers a method either as one whose requests are a stream or as one
//! with a single request, which is the same on the wire. It takes a fixed number of
//! calls at a time from the core, 1024 on each polling thread, and a call to a
//! method of the second kind is one of them until its request has come, which may
//! be never: whoever begins some thousand calls and says no more shuts all others
//! out. So every method is registered as one whose requests are a stream, and how
//! long a request may take is decided here.

use std::future::Future;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream};
use grpcio::{ClientStreamingSink, DuplexSink, Method, RequestStream, Service, ServiceBuilder};
use protobuf::Message;

use super::requests::Requests;
use super::{Calls, guarded, spawn};
use crate::shop::Deadline;
use crate::wire::Refusal;

/// The handlers of one service, all of whose calls `calls` takes.
///
/// All of a handler's work belongs into the future or the stream that it gives. It
/// runs on a polling thread: it must not block. The deadline that it is given is
/// the call's.
pub struct Handlers<Answers> {
    builder: ServiceBuilder,
    calls: Calls,
    answers: Answers,
}

impl<Answers: Clone + Send + 'static> Handlers<Answers> {
    /// No handlers yet; each will be given a clone of `answers`.
    pub fn new(calls: Calls, answers: Answers) -> Handlers<Answers> {
        Handlers {
            builder: ServiceBuilder::new(),
            calls,
            answers,
        }
    }

    /// The service.
    pub fn build(self) -> Service {
        self.builder.build()
    }

    /// Answers a call with what `answer` makes of its request.
    pub fn unary<Request, Response, Answering>(
        mut self,
        method: &Method<Request, Response>,
        answer: impl Fn(Answers, Request, Deadline) -> Answering + Clone + Send + Sync + 'static,
    ) -> Self
    where
        Request: Send + 'static,
        Response: Message + Send + 'static,
        Answering: Future<Output = Result<Response, Refusal>> + Send + 'static,
    {
        let (calls, answers) = (self.calls.clone(), self.answers.clone());
        self.builder = self.builder.add_client_streaming_handler(
            method,
            move |ctx, stream: RequestStream<Request>, sink: ClientStreamingSink<Response>| {
                let call = calls.begin(&ctx);
                let mut requests = calls.only_request(stream);
                let (answers, answer) = (answers.clone(), answer.clone());
                spawn(&ctx, async move {
                    let mut connection = None;
                    let answered = guarded(async {
                        connection = Some(call.permit()?);
                        // It makes room when the work is done: a caller that is slow
                        // to take its reply must not keep the others out.
                        let _place = call.enter()?;
                        let request = call.request(&mut requests).await?;
                        answer(answers, request, call.deadline()).await
                    });
                    let answered = answered.await;
                    call.deliver(sink, answered, requests).await;
                    drop(connection);
                });
            },
        );
        self
    }

    /// Answers a call with what `answer` makes of its requests, of which it reads as
    /// many as it likes.
    pub fn client_streaming<Request, Response, Answer>(
        mut self,
        method: &Method<Request, Response>,
        answer: Answer,
    ) -> Self
    where
        Request: Send + 'static,
        Response: Message + Send + 'static,
        Answer: for<'stream> Fn(
                Answers,
                &'stream mut Requests<Request>,
                Deadline,
            ) -> BoxFuture<'stream, Result<Response, Refusal>>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let (calls, answers) = (self.calls.clone(), self.answers.clone());
        self.builder = self.builder.add_client_streaming_handler(
            method,
            move |ctx, stream: RequestStream<Request>, sink: ClientStreamingSink<Response>| {
                let call = calls.begin(&ctx);
                let mut requests = calls.requests(stream);
                let (answers, answer) = (answers.clone(), answer.clone());
                spawn(&ctx, async move {
                    let mut connection = None;
                    let answered = guarded(async {
                        connection = Some(call.permit()?);
                        let _place = call.enter()?;
                        call.is_in_time()?;
                        answer(answers, &mut requests, call.deadline()).await
                    });
                    let answered = answered.await;
                    call.deliver(sink, answered, requests).await;
                    drop(connection);
                });
            },
        );
        self
    }

    /// Answers a call with each of the answers that `answer` makes of its request;
    /// the first refusal ends it.
    ///
    /// The next answer is asked for when the one before is sent, so a caller that
    /// reads slowly slows the answers down. They are dropped as soon as the caller
    /// goes away, also while there is nothing to send.
    pub fn server_streaming<Request, Response, Answered>(
        mut self,
        method: &Method<Request, Response>,
        answer: impl Fn(Answers, Request) -> Answered + Clone + Send + Sync + 'static,
    ) -> Self
    where
        Request: Send + 'static,
        Response: Message + Send + 'static,
        Answered: Stream<Item = Result<Response, Refusal>> + Send + 'static,
    {
        let (calls, answers) = (self.calls.clone(), self.answers.clone());
        self.builder = self.builder.add_duplex_streaming_handler(
            method,
            move |ctx, stream: RequestStream<Request>, sink: DuplexSink<Response>| {
                let call = calls.begin(&ctx);
                let mut requests = calls.only_request(stream);
                let (answers, answer) = (answers.clone(), answer.clone());
                spawn(&ctx, async move {
                    let mut held = None;
                    let answered = guarded(async {
                        held = Some((call.permit()?, call.enter()?));
                        let request = call.request(&mut requests).await?;
                        Ok(answer(answers, request))
                    });
                    let answered = answered.await;
                    call.deliver_all(sink, answered).await;
                    drop((requests, held));
                });
            },
        );
        self
    }

    /// Answers a call with each of the answers that `answer` makes of its requests.
    /// All else is as with [`Handlers::server_streaming`].
    pub fn duplex<Request, Response, Answer>(
        mut self,
        method: &Method<Request, Response>,
        answer: Answer,
    ) -> Self
    where
        Request: Send + 'static,
        Response: Message + Send + 'static,
        Answer: for<'stream> Fn(
                Answers,
                &'stream mut Requests<Request>,
            ) -> BoxStream<'stream, Result<Response, Refusal>>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let (calls, answers) = (self.calls.clone(), self.answers.clone());
        self.builder = self.builder.add_duplex_streaming_handler(
            method,
            move |ctx, stream: RequestStream<Request>, sink: DuplexSink<Response>| {
                let call = calls.begin(&ctx);
                let mut requests = calls.requests(stream);
                let (answers, answer) = (answers.clone(), answer.clone());
                spawn(&ctx, async move {
                    let mut held = None;
                    let answered = guarded(async {
                        held = Some((call.permit()?, call.enter()?));
                        call.is_in_time()?;
                        Ok(async { answer(answers, &mut requests) }.flatten_stream())
                    });
                    let answered = answered.await;
                    call.deliver_all(sink, answered).await;
                    drop((requests, held));
                });
            },
        );
        self
    }
}
