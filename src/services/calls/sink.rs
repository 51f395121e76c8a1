//! Where the one reply to a call goes.

use std::future::Future;

use grpcio::{ClientStreamingSink, Metadata, RpcStatus, UnarySink};

pub(super) trait Sink<Response>: Send {
    fn set_headers(&mut self, headers: Metadata);
    fn succeed(self, response: Response) -> impl Future<Output = grpcio::Result<()>> + Send;
    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send;
}

impl<Response: Send> Sink<Response> for UnarySink<Response> {
    fn set_headers(&mut self, headers: Metadata) {
        UnarySink::set_headers(self, headers);
    }

    fn succeed(self, response: Response) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.success(response)
    }

    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.fail(status)
    }
}

impl<Response: Send> Sink<Response> for ClientStreamingSink<Response> {
    fn set_headers(&mut self, headers: Metadata) {
        ClientStreamingSink::set_headers(self, headers);
    }

    fn succeed(self, response: Response) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.success(response)
    }

    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.fail(status)
    }
}
