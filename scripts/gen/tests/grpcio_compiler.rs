//! Our services plugin is held to grpcio-compiler 0.13, whose API it has: the
//! two must print the same code for services that both can do.
//!
//! These differences are ours by choice, and undone before the comparison:
//!
//! 1. inner attributes: grpcio-compiler allows the lint `box_pointers`, which
//!    rustc has removed; ours allow what rustdoc would say of comments;
//! 2. comments of the `.proto` become documentation;
//! 3. `Send` and `Clone` are named in full, for a service that is called so;
//! 4. a handler is called by its trait's path, and the instance cloned by
//!    `Clone`'s, for an rpc that is called like another method;
//! 5. `unimplemented_call!` is named from the root;
//! 6. the constants of methods are public.

use std::path::{Path, PathBuf};

use grpcio_gen::include::Includes;
use grpcio_gen::{Options, generate, parse};
use protobuf::Message as _;
use protobuf2::Message as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, ExprMethodCall, File, ItemConst, Macro, Path as RustPath, Visibility,
    parse_quote,
};

fn protos() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/services")
}

fn ours(name: &str) -> String {
    let tree = generate(&Options {
        proto_path: vec![protos()],
        inputs: vec![protos().join(format!("{name}.proto"))],
        rust_out: None,
        grpc_rust_out: Some(PathBuf::from("out")),
        ..Options::default()
    })
    .unwrap();
    let file = PathBuf::from(format!("out/{name}_grpc.rs"));
    tree.text(&file).unwrap().unwrap()
}

fn theirs(name: &str) -> String {
    let includes = Includes::new(&[protos()]).unwrap();
    let name = format!("{name}.proto");
    let (files, errors) = parse::parse(&includes, std::slice::from_ref(&name));
    assert_eq!(errors, []);
    let descriptors: Vec<protobuf2::descriptor::FileDescriptorProto> = files
        .files
        .iter()
        .map(|file| {
            let bytes = file.descriptor.write_to_bytes().unwrap();
            protobuf2::descriptor::FileDescriptorProto::parse_from_bytes(&bytes).unwrap()
        })
        .collect();
    let mut results = grpcio_compiler::codegen::r#gen(&descriptors, &[name]);
    String::from_utf8(results.remove(0).content).unwrap()
}

/// The chosen differences, undone; the numbers are those above.
struct Normalize;

impl VisitMut for Normalize {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| !attribute.path().is_ident("doc")); // 2
    }

    fn visit_path_mut(&mut self, path: &mut RustPath) {
        if *path == parse_quote!(::std::marker::Send) {
            *path = parse_quote!(Send); // 3
        }
        if *path == parse_quote!(::std::clone::Clone) {
            *path = parse_quote!(Clone); // 3
        }
        visit_mut::visit_path_mut(self, path);
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::Call(call) = expression
            && let Expr::Path(function) = &*call.func
            && let Some(Expr::Reference(receiver)) = call.args.first()
            && function.path.segments.len() > 1
        {
            let receiver = receiver.expr.clone();
            let method = &function.path.segments.last().unwrap().ident;
            let rest = call.args.iter().skip(1);
            let method_call: ExprMethodCall = parse_quote!(#receiver.#method(#(#rest),*));
            *expression = Expr::MethodCall(method_call); // 4
        }
        visit_mut::visit_expr_mut(self, expression);
    }

    fn visit_item_const_mut(&mut self, constant: &mut ItemConst) {
        constant.vis = Visibility::Inherited; // 6
        visit_mut::visit_item_const_mut(self, constant);
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        call.path.leading_colon = None; // 5
    }
}

fn normalized(code: &str) -> String {
    let mut file: File = syn::parse_file(code).unwrap();
    file.attrs.clear(); // 1
    Normalize.visit_file_mut(&mut file);
    prettyplease::unparse(&file)
}

#[test]
fn services_have_the_code_of_grpcio_compiler() {
    for name in ["routes", "names"] {
        let (ours, theirs) = (normalized(&ours(name)), normalized(&theirs(name)));
        assert!(
            ours == theirs,
            "{name}.proto:\n{}",
            similar::TextDiff::from_lines(&theirs, &ours).unified_diff()
        );
    }
}

#[test]
fn the_comparison_sees_other_code() {
    let ours = ours("routes");
    let theirs = normalized(&theirs("routes"));
    for (from, to) in [
        ("MethodType::ServerStreaming", "MethodType::Unary"),
        ("/routes.v1.RouteGuide/GetFeature", "/RouteGuide/GetFeature"),
        ("let mut instance = s;", "let mut instance = t;"),
        ("pub fn list_features_opt", "fn list_features_opt"),
    ] {
        assert!(ours.contains(from), "{from}");
        assert_ne!(normalized(&ours.replace(from, to)), theirs, "{from}");
    }
}
