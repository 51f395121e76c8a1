//! Rust identifiers for protobuf names.

/// Words that no item, field or module may be called.
///
/// All editions up to 2024 are covered, so that the output compiles in each,
/// and so are the words that the language has or had set aside, since
/// rust-protobuf escapes them.
const KEYWORDS: &[&str] = &[
    "_", "abstract", "alignof", "as", "async", "await", "become", "box", "break", "const",
    "continue", "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for",
    "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "offsetof",
    "override", "priv", "proc", "pub", "pure", "ref", "return", "self", "Self", "sizeof", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Whether Rust reserves this word.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Whether Rust takes this as a name.
pub fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !is_keyword(name)
}

/// The identifier for a name: a keyword gets a `_` behind it.
///
/// Raw identifiers would not do for `self`, `Self`, `super` and `crate`, and
/// rust-protobuf uses the same suffix.
pub fn escape(name: String) -> String {
    if is_keyword(&name) { name + "_" } else { name }
}

/// A name with every character that an identifier may not have made a `_`.
pub fn sanitize(name: &str) -> String {
    let mut identifier: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if identifier.starts_with(|c: char| c.is_ascii_digit()) {
        identifier.insert(0, '_');
    }
    identifier
}

/// The words of a name as grpcio-compiler divides it: at `_`, before a capital
/// after a small letter, and before the last capital of a run that a small
/// letter follows (`CreateIDForReq` is `Create`, `ID`, `For`, `Req`).
fn words(name: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for part in name.split('_') {
        let bytes = part.as_bytes();
        let mut start = 0;
        for at in 1..bytes.len() {
            let capital = bytes[at].is_ascii_uppercase();
            let capital_before = bytes[at - 1].is_ascii_uppercase();
            let ends_run = !capital && capital_before && at - start > 1;
            if capital && !capital_before {
                words.push(&part[start..at]);
                start = at;
            } else if ends_run {
                words.push(&part[start..at - 1]);
                start = at - 1;
            }
        }
        if start < part.len() {
            words.push(&part[start..]);
        }
    }
    words
}

/// `CreateBucket` as `create_bucket`, as grpcio-compiler does it.
pub fn snake_case(name: &str) -> String {
    let words: Vec<String> = words(name).iter().map(|word| word.to_lowercase()).collect();
    let result = words.join("_");
    if result.starts_with(|c: char| c.is_ascii_alphabetic()) {
        result
    } else {
        format!("_{result}")
    }
}

/// `create_bucket` as `CreateBucket`, as grpcio-compiler does it.
pub fn camel_case(name: &str) -> String {
    let mut result = String::new();
    for word in words(name) {
        let (first, rest) = word.split_at(1);
        result += &first.to_uppercase();
        result += &rest.to_lowercase();
    }
    if result.starts_with(|c: char| c.is_ascii_alphabetic()) {
        result
    } else {
        format!("_{result}")
    }
}

/// The first letter made a capital: how rust-protobuf names types.
pub fn capitalize(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().collect::<String>() + chars.as_str(),
        None => String::new(),
    }
}

/// How rust-protobuf names the variant for a field of a oneof.
pub fn variant(name: &str) -> String {
    name.split('_').map(capitalize).collect()
}

/// How rust-protobuf names the module of a message's nested types.
pub fn nested_module(name: &str) -> String {
    let mut result = String::new();
    let mut after_small = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_small {
            result.push('_');
        }
        result.push(c.to_ascii_lowercase());
        after_small = c.is_lowercase();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_divided_as_grpcio_compiler_divides_them() {
        for (name, snake, camel) in [
            ("AsyncRequest", "async_request", "AsyncRequest"),
            ("asyncRequest", "async_request", "AsyncRequest"),
            ("async_request", "async_request", "AsyncRequest"),
            ("createID", "create_id", "CreateId"),
            ("AsyncRClient", "async_r_client", "AsyncRClient"),
            ("CreateIDForReq", "create_id_for_req", "CreateIdForReq"),
            ("Create_ID_For__Req", "create_id_for_req", "CreateIdForReq"),
            ("ID", "id", "Id"),
            ("V1Beta2Thing", "v1_beta2_thing", "V1Beta2Thing"),
            ("Ends_", "ends", "Ends"),
            ("_", "_", "_"),
            ("__1", "_1", "_1"),
        ] {
            assert_eq!(snake_case(name), snake, "{name}");
            assert_eq!(camel_case(name), camel, "{name}");
        }
    }

    #[test]
    fn file_names_become_identifiers() {
        assert_eq!(sanitize("a-b.c"), "a_b_c");
        assert_eq!(sanitize("2fa"), "_2fa");
        assert_eq!(escape("type".to_owned()), "type_");
        assert_eq!(escape("gen".to_owned()), "gen_");
        assert_eq!(escape("kind".to_owned()), "kind");
    }
}
