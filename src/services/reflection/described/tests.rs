use protobuf::descriptor::FileDescriptorProto;
use protobuf::text_format;

use super::*;

const BASE: &str = r#"
    name: "shop/base.proto" package: "shop"
    message_type { name: "Extended" extension_range { start: 100 end: 200 } }
"#;

const MIDDLE: &str = r#"
    name: "shop/middle.proto" package: "shop" dependency: "shop/base.proto"
    message_type {
        name: "Outer"
        field { name: "size" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL oneof_index: 0 }
        oneof_decl { name: "choice" }
        nested_type { name: "Inner" }
        enum_type { name: "Kind" value { name: "KIND_ANY" number: 0 } }
        extension {
            name: "colour" number: 107 extendee: ".shop.Extended" type: TYPE_STRING
            label: LABEL_OPTIONAL
        }
    }
    enum_type { name: "State" value { name: "STATE_ANY" number: 0 } }
    extension {
        name: "weight" number: 103 extendee: ".shop.Extended" type: TYPE_STRING
        label: LABEL_OPTIONAL
    }
"#;

const TOP: &str = r#"
    name: "shop/top.proto" package: "shop"
    dependency: "shop/base.proto" dependency: "shop/middle.proto"
    service {
        name: "Counter"
        method { name: "Sell" input_type: ".shop.Outer" output_type: ".shop.Outer" }
    }
"#;

fn file(text: &str, imports: &[FileDescriptor]) -> FileDescriptor {
    FileDescriptor::new_dynamic(text_format::parse_from_str(text).unwrap(), imports).unwrap()
}

fn described() -> Described {
    let base = file(BASE, &[]);
    let middle = file(MIDDLE, std::slice::from_ref(&base));
    let top = file(TOP, &[base, middle]);
    Described::new([("shop.Counter", &top)])
}

fn names(files: Option<Vec<Vec<u8>>>) -> Option<Vec<String>> {
    let name = |bytes: Vec<u8>| {
        let file = FileDescriptorProto::parse_from_bytes(&bytes).unwrap();
        file.name().to_owned()
    };
    Some(files?.into_iter().map(name).collect())
}

/// The file alone that declares a symbol.
fn declaring(symbol: &str) -> Option<String> {
    names(described().file_with_symbol(symbol))?
        .into_iter()
        .next()
}

#[test]
fn a_file_comes_with_all_that_it_imports_once() {
    let expected = ["shop/top.proto", "shop/base.proto", "shop/middle.proto"];
    let expected = expected.map(str::to_owned).to_vec();
    assert_eq!(names(described().file("shop/top.proto")), Some(expected));
}

#[test]
fn a_file_comes_as_it_is_but_without_comments() {
    let commented =
        format!("{BASE} source_code_info {{ location {{ leading_comments: \"Copyright\" }} }}");
    let described = Described::new([("S", &file(&commented, &[]))]);
    let files = described.file("shop/base.proto").unwrap();
    let expected: FileDescriptorProto = text_format::parse_from_str(BASE).unwrap();
    assert_eq!(
        FileDescriptorProto::parse_from_bytes(&files[0]).unwrap(),
        expected
    );
}

#[test]
fn whatever_has_a_full_name_is_found() {
    for symbol in [
        "shop.Outer",
        "shop.Outer.size",
        "shop.Outer.choice",
        "shop.Outer.Inner",
        "shop.Outer.Kind",
        "shop.Outer.KIND_ANY",
        "shop.Outer.colour",
        "shop.State",
        "shop.STATE_ANY",
        "shop.weight",
    ] {
        let found = declaring(symbol);
        assert_eq!(found.as_deref(), Some("shop/middle.proto"), "{symbol}");
    }
    for symbol in ["shop.Counter", "shop.Counter.Sell"] {
        let found = declaring(symbol);
        assert_eq!(found.as_deref(), Some("shop/top.proto"), "{symbol}");
    }
}

#[test]
fn what_is_not_declared_is_not_found() {
    for symbol in [
        "",
        ".",
        "shop",
        "Outer",
        ".shop.Outer",
        "shop.Outer.",
        "shop.outer",
        "shop.Outer.Kind.KIND_ANY",
        "shop.Outer.weight",
    ] {
        assert_eq!(declaring(symbol), None, "{symbol}");
    }
    let described = described();
    for name in ["", "top.proto", "/shop/top.proto", "shop/top", "shop.Outer"] {
        assert_eq!(described.file(name), None, "{name}");
    }
}

#[test]
fn a_file_without_a_package_declares_plain_names() {
    let plain = file(r#"name: "p.proto" message_type { name: "M" }"#, &[]);
    let described = Described::new([("S", &plain)]);
    assert!(described.file_with_symbol("M").is_some());
}

#[test]
fn an_extension_is_found_by_what_it_extends_and_its_number() {
    let described = described();
    let found = |message, number| names(described.file_with_extension(message, number));
    let expected = ["shop/middle.proto", "shop/base.proto"].map(str::to_owned);
    for number in [103, 107] {
        let found = found("shop.Extended", number);
        assert_eq!(found.as_deref(), Some(&expected[..]), "{number}");
    }
    for (message, number) in [
        ("shop.Extended", 104),
        ("shop.Extended", -1),
        ("shop.Outer", 103),
        (".shop.Extended", 103),
    ] {
        assert_eq!(found(message, number), None, "{message} {number}");
    }
}

#[test]
fn extension_numbers_are_those_of_a_message() {
    let described = described();
    let numbers = |message| described.extension_numbers(message);
    assert_eq!(numbers("shop.Extended"), Some(vec![103, 107]));
    assert_eq!(numbers("shop.Outer"), Some(Vec::new()));
    for not_a_message in ["shop.Nobody", "shop.Counter", "shop.State", ""] {
        assert_eq!(numbers(not_a_message), None, "{not_a_message}");
    }
}
