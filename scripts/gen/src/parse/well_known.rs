//! Google's files as protoc 35 has them, where protox's are older or missing.

/// Import name and text.
const FILES: [(&str, &str); 6] = [
    (
        "google/protobuf/api.proto",
        include_str!("../../protos/google/protobuf/api.proto"),
    ),
    (
        "google/protobuf/compiler/plugin.proto",
        include_str!("../../protos/google/protobuf/compiler/plugin.proto"),
    ),
    (
        "google/protobuf/cpp_features.proto",
        include_str!("../../protos/google/protobuf/cpp_features.proto"),
    ),
    (
        DESCRIPTOR,
        include_str!("../../protos/google/protobuf/descriptor.proto"),
    ),
    (
        "google/protobuf/go_features.proto",
        include_str!("../../protos/google/protobuf/go_features.proto"),
    ),
    (
        "google/protobuf/java_features.proto",
        include_str!("../../protos/google/protobuf/java_features.proto"),
    ),
];

/// The file that declares all options.
pub const DESCRIPTOR: &str = "google/protobuf/descriptor.proto";

/// The text of the file with an import name.
pub fn text(name: &str) -> Option<&'static str> {
    let (_, text) = FILES.iter().find(|(file, _)| *file == name)?;
    Some(text)
}
