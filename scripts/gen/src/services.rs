//! The grpcio plugin: a client, a trait and a `create_…` function for each
//! service, with the API of grpcio-compiler 0.13.
//!
//! What differs from grpcio-compiler's output stands in
//! `tests/grpcio_compiler.rs`, which compares the two.

use std::fmt::Write as _;

use protobuf::descriptor::{MethodDescriptorProto, ServiceDescriptorProto};

use crate::comments::{self, Comments};
use crate::names::services::{MethodNames, ServiceNames, service_names};
use crate::names::{Module, Names};
use crate::parse::ProtoFile;
use crate::schema::Schema;
use crate::tree::HEADER;

/// The code of a file's services.
///
/// # Errors
///
/// The full name of a request or response type that no file defines, which
/// linking excludes.
pub fn generate(schema: &Schema, file: &ProtoFile, module: &Module) -> Result<String, String> {
    let name = comments::name(file.name());
    let mut out = format!(
        "{HEADER} from `{name}`. Do not edit.\n// @generated\n\n\
         //! Clients and servers of the services in `{name}`.\n\n\
         #![allow(unknown_lints)]\n\
         #![allow(clippy::all)]\n\
         #![allow(rustdoc::all)]\n\
         #![cfg_attr(rustfmt, rustfmt::skip)]\n\n\
         #![allow(dead_code)]\n\
         #![allow(missing_docs)]\n\
         #![allow(non_camel_case_types)]\n\
         #![allow(non_snake_case)]\n\
         #![allow(non_upper_case_globals)]\n\
         #![allow(trivial_casts)]\n\
         #![allow(unsafe_code)]\n\
         #![allow(unused_imports)]\n\
         #![allow(unused_results)]\n"
    );
    let comments = Comments::new(file.source_info());
    let scope = Scope {
        package: file.descriptor.package(),
        module,
        names: &schema.names,
    };
    let services = &file.descriptor.service;
    for (index, (descriptor, names)) in services.iter().zip(service_names(services)).enumerate() {
        let service = Service::new(index, descriptor, names, &scope)?;
        service.write(&mut out, &comments);
    }
    Ok(out)
}

/// What a service needs to name types and paths.
struct Scope<'a> {
    package: &'a str,
    module: &'a Module,
    names: &'a Names,
}

impl Scope<'_> {
    /// How the services' module names a message.
    fn message(&self, full_name: &str) -> Result<String, String> {
        let missing = || format!("message '{full_name}' is not defined");
        let message = self.names.type_name(full_name).ok_or_else(missing)?;
        let file = self
            .names
            .path_to(self.module, &message.file)
            .ok_or_else(missing)?;
        Ok(format!("{file}::{}", message.path.join("::")))
    }
}

/// Field numbers of `FileDescriptorProto` and `ServiceDescriptorProto`, for
/// paths in the source info.
const SERVICE: usize = 6;
const METHOD: usize = 2;

/// Adds a line to the output.
macro_rules! push {
    ($out:expr, $($format:tt)*) => {
        // Writing to a string does not fail.
        let _ = writeln!($out, $($format)*);
    };
}

struct Service {
    /// Position in the file.
    index: usize,
    /// Trait, client type and constructor.
    name: String,
    client: String,
    create: String,
    methods: Vec<Method>,
}

struct Method {
    kind: Kind,
    /// What the trait and the client call it.
    name: String,
    /// What the variants with `_opt` and `_async` start with.
    stem: String,
    constant: String,
    /// `/package.Service/Method`.
    path: String,
    request: String,
    response: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unary,
    ClientStreaming,
    ServerStreaming,
    Duplex,
}

impl Kind {
    fn of(method: &MethodDescriptorProto) -> Kind {
        match (method.client_streaming(), method.server_streaming()) {
            (false, false) => Kind::Unary,
            (true, false) => Kind::ClientStreaming,
            (false, true) => Kind::ServerStreaming,
            (true, true) => Kind::Duplex,
        }
    }

    /// grpcio's name of the kind.
    fn method_type(self) -> &'static str {
        match self {
            Kind::Unary => "Unary",
            Kind::ClientStreaming => "ClientStreaming",
            Kind::ServerStreaming => "ServerStreaming",
            Kind::Duplex => "Duplex",
        }
    }
}

impl Service {
    fn new(
        index: usize,
        descriptor: &ServiceDescriptorProto,
        names: ServiceNames,
        scope: &Scope<'_>,
    ) -> Result<Service, String> {
        let full_name = if scope.package.is_empty() {
            descriptor.name().to_owned()
        } else {
            format!("{}.{}", scope.package, descriptor.name())
        };
        let methods = descriptor.method.iter().zip(names.methods);
        Ok(Service {
            index,
            name: names.name,
            client: names.client,
            create: names.create,
            methods: methods
                .map(|(method, names)| Method::new(method, names, &full_name, scope))
                .collect::<Result<_, _>>()?,
        })
    }

    fn write(&self, out: &mut String, comments: &Comments) {
        for method in &self.methods {
            method.write_definition(out);
        }
        self.write_client(out, comments);
        self.write_trait(out, comments);
        self.write_create(out);
    }

    fn write_client(&self, out: &mut String, comments: &Comments) {
        let client = &self.client;
        out.push('\n');
        comments.write(&[SERVICE, self.index], 0, out);
        push!(out, "#[derive(Clone)]");
        push!(out, "pub struct {client} {{");
        push!(out, "    pub client: ::grpcio::Client,");
        push!(out, "}}\n");
        push!(out, "impl {client} {{");
        push!(out, "    pub fn new(channel: ::grpcio::Channel) -> Self {{");
        push!(out, "        {client} {{");
        push!(out, "            client: ::grpcio::Client::new(channel),");
        push!(out, "        }}");
        push!(out, "    }}");
        for (index, method) in self.methods.iter().enumerate() {
            method.write_client(out, |out| {
                comments.write(&[SERVICE, self.index, METHOD, index], 4, out);
            });
        }
        push!(
            out,
            "\n    pub fn spawn<F>(&self, f: F) where F: ::std::future::Future<Output = ()> + ::std::marker::Send + 'static {{"
        );
        push!(out, "        self.client.spawn(f)");
        push!(out, "    }}");
        push!(out, "}}");
    }

    fn write_trait(&self, out: &mut String, comments: &Comments) {
        out.push('\n');
        comments.write(&[SERVICE, self.index], 0, out);
        push!(out, "pub trait {} {{", self.name);
        for (index, method) in self.methods.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            comments.write(&[SERVICE, self.index, METHOD, index], 4, out);
            method.write_handler(out);
        }
        push!(out, "}}");
    }

    fn write_create(&self, out: &mut String) {
        // The parameter of a service that is called S itself.
        let parameter = if self.name == "S" { "T" } else { "S" };
        push!(
            out,
            "\npub fn {}<{parameter}: {} + ::std::marker::Send + ::std::clone::Clone + 'static>({}: {parameter}) -> ::grpcio::Service {{",
            self.create,
            self.name,
            if self.methods.is_empty() { "_s" } else { "s" },
        );
        let Some((last, others)) = self.methods.split_last() else {
            push!(out, "    ::grpcio::ServiceBuilder::new().build()");
            push!(out, "}}");
            return;
        };
        push!(
            out,
            "    let mut builder = ::grpcio::ServiceBuilder::new();"
        );
        for method in others {
            push!(
                out,
                "    let mut instance = ::std::clone::Clone::clone(&s);"
            );
            method.write_bind(out, &self.name);
        }
        push!(out, "    let mut instance = s;");
        last.write_bind(out, &self.name);
        push!(out, "    builder.build()");
        push!(out, "}}");
    }
}

impl Method {
    fn new(
        descriptor: &MethodDescriptorProto,
        names: MethodNames,
        service: &str,
        scope: &Scope<'_>,
    ) -> Result<Method, String> {
        Ok(Method {
            kind: Kind::of(descriptor),
            name: names.name,
            stem: names.stem,
            constant: names.constant,
            path: format!("/{service}/{}", descriptor.name()),
            request: scope.message(descriptor.input_type())?,
            response: scope.message(descriptor.output_type())?,
        })
    }

    fn write_definition(&self, out: &mut String) {
        let Method {
            constant,
            request,
            response,
            path,
            ..
        } = self;
        let marshaller = "::grpcio::Marshaller { ser: ::grpcio::pb_ser, de: ::grpcio::pb_de }";
        push!(
            out,
            "\npub const {constant}: ::grpcio::Method<{request}, {response}> = ::grpcio::Method {{"
        );
        push!(
            out,
            "    ty: ::grpcio::MethodType::{},",
            self.kind.method_type()
        );
        push!(out, "    name: \"{path}\",");
        push!(out, "    req_mar: {marshaller},");
        push!(out, "    resp_mar: {marshaller},");
        push!(out, "}};");
    }

    /// The client's functions: with call options and with the default ones,
    /// and for unary calls each of them again as a future.
    fn write_client(&self, out: &mut String, document: impl Fn(&mut String)) {
        let (request, response) = (&self.request, &self.response);
        let with_request = format!("req: &{request}");
        let (parameters, call, result) = match self.kind {
            Kind::Unary => (with_request, "unary_call", response.clone()),
            Kind::ServerStreaming => (
                with_request,
                "server_streaming",
                format!("::grpcio::ClientSStreamReceiver<{response}>"),
            ),
            Kind::ClientStreaming => (
                String::new(),
                "client_streaming",
                format!(
                    "(::grpcio::ClientCStreamSender<{request}>, ::grpcio::ClientCStreamReceiver<{response}>)"
                ),
            ),
            Kind::Duplex => (
                String::new(),
                "duplex_streaming",
                format!(
                    "(::grpcio::ClientDuplexSender<{request}>, ::grpcio::ClientDuplexReceiver<{response}>)"
                ),
            ),
        };
        let Method { name, stem, .. } = self;
        self.write_call(
            out,
            &document,
            [&format!("{stem}_opt"), name],
            &parameters,
            call,
            &result,
        );
        if self.kind == Kind::Unary {
            self.write_call(
                out,
                &document,
                [&format!("{stem}_async_opt"), &format!("{stem}_async")],
                &parameters,
                "unary_call_async",
                &format!("::grpcio::ClientUnaryReceiver<{response}>"),
            );
        }
    }

    fn write_call(
        &self,
        out: &mut String,
        document: &impl Fn(&mut String),
        [with_options, plain]: [&str; 2],
        parameters: &str,
        call: &str,
        result: &str,
    ) {
        let (declared, passed) = if parameters.is_empty() {
            (String::new(), "")
        } else {
            (format!(", {parameters}"), "req, ")
        };
        out.push('\n');
        document(out);
        push!(
            out,
            "    pub fn {with_options}(&self{declared}, opt: ::grpcio::CallOption) -> ::grpcio::Result<{result}> {{"
        );
        push!(
            out,
            "        self.client.{call}(&{}, {passed}opt)",
            self.constant
        );
        push!(out, "    }}\n");
        document(out);
        push!(
            out,
            "    pub fn {plain}(&self{declared}) -> ::grpcio::Result<{result}> {{"
        );
        push!(
            out,
            "        self.{with_options}({passed}::grpcio::CallOption::default())"
        );
        push!(out, "    }}");
    }

    fn write_handler(&self, out: &mut String) {
        let request = &self.request;
        let stream = format!("_stream: ::grpcio::RequestStream<{request}>");
        let message = format!("_req: {request}");
        let (argument, sink) = match self.kind {
            Kind::Unary => (message, "UnarySink"),
            Kind::ClientStreaming => (stream, "ClientStreamingSink"),
            Kind::ServerStreaming => (message, "ServerStreamingSink"),
            Kind::Duplex => (stream, "DuplexSink"),
        };
        push!(
            out,
            "    fn {}(&mut self, ctx: ::grpcio::RpcContext, {argument}, sink: ::grpcio::{sink}<{}>) {{",
            self.name,
            self.response
        );
        push!(out, "        ::grpcio::unimplemented_call!(ctx, sink)");
        push!(out, "    }}");
    }

    fn write_bind(&self, out: &mut String, service: &str) {
        let add = match self.kind {
            Kind::Unary => "add_unary_handler",
            Kind::ClientStreaming => "add_client_streaming_handler",
            Kind::ServerStreaming => "add_server_streaming_handler",
            Kind::Duplex => "add_duplex_streaming_handler",
        };
        push!(
            out,
            "    builder = builder.{add}(&{}, move |ctx, req, resp| {{",
            self.constant
        );
        // Not as a method: `clone` or `into` would be another one's.
        push!(
            out,
            "        {service}::{}(&mut instance, ctx, req, resp)",
            self.name
        );
        push!(out, "    }});");
    }
}
