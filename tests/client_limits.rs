//! What the client does not take from a server.

mod support;

use std::sync::Arc;

use futures::FutureExt;
use grpcio::{
    ChannelBuilder, CompressionAlgorithms, EnvBuilder, RpcContext, RpcStatusCode, Server,
    ServerBuilder, ServerCredentials, UnarySink,
};
use recommendations::category::Category;
use recommendations::client::blocking::Client;
use recommendations::client::{CallError, Settings};
use recommendations::endpoint::Endpoint;
use recommendations::pb::{
    BookRecommendation, RecommendationRequest, RecommendationResponse, Recommendations,
    create_recommendations,
};

/// Answers with a title of that many bytes.
#[derive(Clone)]
struct Titles(usize);

impl Recommendations for Titles {
    fn recommend(
        &mut self,
        ctx: RpcContext<'_>,
        _: RecommendationRequest,
        sink: UnarySink<RecommendationResponse>,
    ) {
        let book = BookRecommendation {
            title: "t".repeat(self.0),
            ..Default::default()
        };
        let answer = RecommendationResponse {
            recommendations: vec![book],
            ..Default::default()
        };
        ctx.spawn(sink.success(answer).map(drop));
    }
}

fn serve(titles: Titles, compression: CompressionAlgorithms) -> (Server, Endpoint) {
    let environment = Arc::new(EnvBuilder::new().cq_count(1).build());
    let settings =
        ChannelBuilder::new(Arc::clone(&environment)).default_compression_algorithm(compression);
    let mut server = ServerBuilder::new(environment)
        .channel_args(settings.build_args())
        .register_service(create_recommendations(titles))
        .build()
        .unwrap();
    let port = server
        .add_listening_port("127.0.0.1:0", ServerCredentials::insecure())
        .unwrap();
    server.start();
    (server, format!("127.0.0.1:{port}").parse().unwrap())
}

/// The length of the title that the client gets.
fn asked(titles: usize, compression: CompressionAlgorithms) -> Result<usize, CallError> {
    let (_server, endpoint) = serve(Titles(titles), compression);
    let client = Client::connect(&Settings::new(endpoint)).unwrap();
    let books = client.recommend(1, Category::Mystery, 1)?;
    Ok(books[0].title.len())
}

#[test]
fn an_answer_of_more_than_4_mib_is_not_taken() {
    let plain = CompressionAlgorithms::GRPC_COMPRESS_NONE;
    let largest = 4 * 1024 * 1024;
    assert_eq!(asked(largest - 100, plain).unwrap(), largest - 100);
    let error = asked(largest, plain).unwrap_err();
    assert_eq!(error.code(), Some(RpcStatusCode::RESOURCE_EXHAUSTED));
    assert!(!error.is_retryable(), "{error}");
}

#[test]
fn a_compressed_answer_is_not_taken() {
    let gzip = CompressionAlgorithms::GRPC_COMPRESS_GZIP;
    let error = asked(100_000, gzip).unwrap_err();
    assert_eq!(error.code(), Some(RpcStatusCode::UNIMPLEMENTED));
}
