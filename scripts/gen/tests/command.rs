//! The command: what it writes, what `--check` finds, and its exit codes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const PROTO: &str = "\
syntax = \"proto3\";

// A book.
message Book {
  string title = 1;
}

service Shop {
  rpc Buy(Book) returns (Book);
}
";

/// A folder with `protos/shop.proto` and its code in `out`.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("protos")).unwrap();
    fs::write(folder.path().join("protos/shop.proto"), PROTO).unwrap();
    let done = run(folder.path(), &GENERATE);
    assert_eq!((code(&done), stderr(&done)), (0, String::new()));
    folder
}

const GENERATE: [&str; 7] = [
    "-I",
    "protos",
    "--rust_out",
    "out",
    "--grpc_rust_out",
    "out",
    "protos/shop.proto",
];

const GENERATE_ALL: [&str; 7] = [
    "-I",
    "protos",
    "--rust_out",
    "out",
    "--grpc_rust_out",
    "out",
    "protos",
];

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_grpcio-gen"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs `--check`, which must not change a thing.
fn check(folder: &Path) -> Output {
    let before = snapshot(&folder.join("out"));
    let output = run(folder, &[&GENERATE[..], &["--check"]].concat());
    assert_eq!(snapshot(&folder.join("out")), before);
    output
}

fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>, std::time::SystemTime)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
                entry.metadata().unwrap().modified().unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

fn names(folder: &Path) -> Vec<String> {
    snapshot(folder)
        .into_iter()
        .map(|(name, ..)| name)
        .collect()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_proto_gives_messages_services_and_their_module() {
    let project = project();
    assert_eq!(
        names(&project.path().join("out")),
        ["mod.rs", "shop.rs", "shop_grpc.rs"]
    );
}

#[test]
fn a_second_run_touches_no_file() {
    let project = project();
    let before = snapshot(&project.path().join("out"));
    run(project.path(), &GENERATE);
    assert_eq!(snapshot(&project.path().join("out")), before);
}

#[test]
fn messages_and_services_may_go_to_two_folders() {
    let project = project();
    let arguments = [
        "-I",
        "protos",
        "--rust_out=m",
        "--grpc_rust_out=s",
        "protos",
    ];
    assert_eq!(code(&run(project.path(), &arguments)), 0);
    assert_eq!(names(&project.path().join("m")), ["mod.rs", "shop.rs"]);
    assert_eq!(names(&project.path().join("s")), ["mod.rs", "shop_grpc.rs"]);
}

#[test]
fn check_is_silent_when_all_is_as_generated() {
    let project = project();
    let output = check(project.path());
    assert_eq!(
        (code(&output), stdout(&output), stderr(&output)),
        (0, String::new(), String::new())
    );
}

#[test]
fn check_finds_a_comment_changed_in_the_proto() {
    let project = project();
    let changed = PROTO.replace("A book.", "A good book.");
    fs::write(project.path().join("protos/shop.proto"), changed).unwrap();
    let output = check(project.path());
    assert_eq!(code(&output), 1);
    let diff = stdout(&output);
    assert!(
        diff.starts_with("--- out/shop.rs\n+++ out/shop.rs\n@@ "),
        "{diff}"
    );
    let changed: Vec<&str> = diff
        .lines()
        .skip(2)
        .filter(|line| line.starts_with(['+', '-']))
        .collect();
    assert_eq!(changed, ["-/// A book.", "+/// A good book."]);
}

#[test]
fn a_field_added_changes_its_own_lines_and_one_of_the_descriptor() {
    let project = project();
    let changed = PROTO.replace("title = 1;", "title = 1;\n  int32 pages = 2;");
    fs::write(project.path().join("protos/shop.proto"), changed).unwrap();
    let diff = stdout(&check(project.path()));
    let changed = |sign: char| -> Vec<&str> {
        diff.lines()
            .filter(|line| {
                line.starts_with(sign) && !line.starts_with("---") && !line.starts_with("+++")
            })
            .collect()
    };
    let in_descriptor = |line: &&str| line.contains("\\x");
    assert_eq!(
        changed('-').into_iter().filter(in_descriptor).count(),
        1,
        "{diff}"
    );
    assert_eq!(
        changed('+').into_iter().filter(in_descriptor).count(),
        1,
        "{diff}"
    );
    // Beside it, only the number of fields changes; all else is the field's.
    let removed = changed('-').len();
    assert_eq!(removed, 2, "{diff}");
    assert!(
        diff.contains("-        let mut fields = ::std::vec::Vec::with_capacity(1);"),
        "{diff}"
    );
}

#[test]
fn check_finds_a_generated_file_edited_missing_or_stale() {
    let project = project();
    let out = project.path().join("out");

    let module = fs::read_to_string(out.join("mod.rs")).unwrap();
    fs::write(out.join("mod.rs"), format!("{module}// mine\n")).unwrap();
    let edited = check(project.path());
    assert_eq!(code(&edited), 1);
    assert!(
        stdout(&edited).contains("\n-// mine\n"),
        "{}",
        stdout(&edited)
    );
    fs::write(out.join("mod.rs"), &module).unwrap();

    fs::rename(out.join("shop_grpc.rs"), out.join("old_grpc.rs")).unwrap();
    let moved = check(project.path());
    assert_eq!(code(&moved), 1);
    assert!(stdout(&moved).contains("--- out/old_grpc.rs\n+++ /dev/null\n"));
    assert!(stdout(&moved).contains("--- /dev/null\n+++ out/shop_grpc.rs\n"));
    assert_eq!(
        stderr(&moved),
        "grpcio-gen: 2 files are in the output folders not as the .proto files give them\n"
    );
}

#[test]
fn check_finds_a_file_that_nothing_generates() {
    let project = project();
    fs::write(project.path().join("out/extra.rs"), "// mine\n").unwrap();
    let output = check(project.path());
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).starts_with("out/extra.rs: error: no .proto file gives this file"));
}

#[test]
fn a_wrong_proto_leaves_the_output_as_it_was() {
    let project = project();
    let before = snapshot(&project.path().join("out"));
    fs::write(
        project.path().join("protos/shop.proto"),
        PROTO.replace("string title", "Title title"),
    )
    .unwrap();
    let output = run(project.path(), &GENERATE);
    assert_eq!(code(&output), 1);
    assert_eq!(
        stderr(&output),
        "protos/shop.proto:5:3: error: name 'Title' is not defined\n  \
         |\n5 |   Title title = 1;\n  |   ^^^^^\n"
    );
    assert_eq!(snapshot(&project.path().join("out")), before);
}

#[test]
fn usage_errors_exit_with_2() {
    let project = project();
    for arguments in [
        &["protos/shop.proto"][..],
        &["--rust_out=out"],
        &["--no-such-flag"],
        &[],
    ] {
        let output = run(project.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(!stderr(&output).is_empty(), "{arguments:?}");
    }
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let project = project();
    fs::create_dir(project.path().join("empty")).unwrap();
    fs::write(project.path().join("lone.proto"), PROTO).unwrap();
    for (arguments, expected) in [
        (
            ["-I", "protos", "no.proto"],
            "no.proto: error: no such file, neither from here nor below --proto_path",
        ),
        (
            ["-I", "no", "protos"],
            "no: error: no such folder; --proto_path takes the folders that imports start from",
        ),
        (
            ["-I", "empty", "empty"],
            "empty: error: no .proto file below this folder",
        ),
        (
            ["-I", "protos", "lone.proto"],
            "lone.proto: error: outside every --proto_path, so no import could name it; pass --proto_path with a folder above it",
        ),
    ] {
        let output = run(
            project.path(),
            &[&arguments[..], &["--rust_out=new"]].concat(),
        );
        assert_eq!(
            (code(&output), stderr(&output)),
            (1, format!("{expected}\n"))
        );
        assert!(!project.path().join("new").exists());
    }
}

#[test]
fn a_file_name_of_two_lines_is_refused() {
    let project = project();
    let name = "protos/a\ncompile_error!();.proto";
    fs::write(project.path().join(name), PROTO).unwrap();
    let output = run(project.path(), &GENERATE_ALL);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("holds a control character; rename the file"));
}

#[test]
fn the_order_of_inputs_and_the_threads_change_nothing() {
    let project = project();
    let other = PROTO.replace("Shop", "Other").replace("Book", "Thing");
    for name in ["b-c", "b_c", "a"] {
        let text = other.replace(
            "service",
            &format!("package {};\nservice", name.replace('-', "")),
        );
        fs::write(project.path().join(format!("protos/{name}.proto")), text).unwrap();
    }
    run(project.path(), &GENERATE_ALL);
    let before = snapshot(&project.path().join("out"));
    assert_eq!(before.len(), 9);
    for threads in ["1", "8"] {
        let output = Command::new(env!("CARGO_BIN_EXE_grpcio-gen"))
            .current_dir(project.path())
            .env("RAYON_NUM_THREADS", threads)
            .args(&GENERATE[..6])
            .args(["shop", "b_c", "a", "b-c"].map(|name| format!("protos/{name}.proto")))
            .output()
            .unwrap();
        assert_eq!((code(&output), stderr(&output)), (0, String::new()));
        assert_eq!(snapshot(&project.path().join("out")), before);
    }
}

#[test]
fn custom_options_come_in_one_order_in_every_run() {
    let project = project();
    let protos = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/awkward");
    let proto = protos.join("custom_options.proto");
    let snapshots: Vec<_> = (0..10)
        .map(|run_number| {
            let out = format!("out{run_number}");
            let output = Command::new(env!("CARGO_BIN_EXE_grpcio-gen"))
                .current_dir(project.path())
                .arg(format!("--rust_out={out}"))
                .arg("-I")
                .args([&protos, &proto])
                .output()
                .unwrap();
            assert_eq!((code(&output), stderr(&output)), (0, String::new()));
            fs::read_to_string(project.path().join(out).join("custom_options.rs")).unwrap()
        })
        .collect();
    assert!(snapshots.iter().all(|snapshot| *snapshot == snapshots[0]));
}

#[test]
fn one_folder_spelled_in_two_ways_is_one_folder() {
    let project = project();
    let absolute = project.path().join("out");
    let texts = || -> Vec<_> {
        let files = snapshot(&absolute).into_iter();
        files.map(|(name, text, _)| (name, text)).collect()
    };
    let before = texts();
    for spelling in ["./out", "out/", "out/../out", absolute.to_str().unwrap()] {
        let services = format!("--grpc_rust_out={spelling}");
        let arguments = ["-I", "protos", "--rust_out=out", &services, "protos"];
        // From nothing, then over what is there.
        fs::remove_dir_all(&absolute).unwrap();
        for _ in 0..2 {
            let output = run(project.path(), &arguments);
            assert_eq!((code(&output), stderr(&output)), (0, String::new()));
            assert_eq!(texts(), before, "{spelling}");
        }
    }
}

#[test]
fn check_finds_a_comment_added_at_the_top_of_the_file() {
    let project = project();
    let path = project.path().join("protos/shop.proto");
    for top in ["// New.\n", "// New.\n\n", "/* New. */\n"] {
        fs::write(&path, format!("{top}{PROTO}")).unwrap();
        let output = check(project.path());
        assert_eq!(code(&output), 1, "{top:?}");
        let diff = stdout(&output);
        assert!(diff.contains("+//! New.\n"), "{diff}");
    }
}

#[test]
fn files_that_number_their_options_alike_are_generated_in_one_run() {
    let project = project();
    let kinds = [
        ("a", "string", "\"x\""),
        ("b", "int32", "7"),
        ("c", "Note", "{ text: \"y\" }"),
    ];
    for (name, kind, value) in kinds {
        let declares = format!(
            "syntax = \"proto3\";\npackage {name};\nimport \"google/protobuf/descriptor.proto\";\n\
             message Note {{ string text = 1; }}\n\
             extend google.protobuf.FieldOptions {{ {kind} note = 50001; }}\n\
             message Noted {{ string text = 1 [(note) = {value}]; }}\n"
        );
        let uses = format!(
            "syntax = \"proto3\";\nimport \"{name}.proto\";\n\
             message Uses{name} {{ {name}.Noted noted = 1 [({name}.note) = {value}]; }}\n"
        );
        let protos = project.path().join("protos");
        fs::write(protos.join(format!("{name}.proto")), declares).unwrap();
        fs::write(protos.join(format!("uses_{name}.proto")), uses).unwrap();
    }
    let output = run(project.path(), &GENERATE_ALL);
    assert_eq!((code(&output), stderr(&output)), (0, String::new()));
    assert_eq!(names(&project.path().join("out")).len(), 9);
}

#[test]
fn a_type_newer_than_the_protobuf_crate_is_refused() {
    let project = project();
    let protos = project.path().join("protos");
    fs::create_dir_all(protos.join("google/protobuf")).unwrap();
    fs::write(
        protos.join("google/protobuf/duration.proto"),
        "syntax = \"proto3\";\npackage google.protobuf;\nmessage Duration { message Part {} }\n",
    )
    .unwrap();
    fs::write(
        protos.join("shop.proto"),
        "syntax = \"proto3\";\nimport \"google/protobuf/duration.proto\";\nmessage Book {\n  \
         google.protobuf.Duration old = 1;\n  google.protobuf.Duration.Part new = 2;\n}\nservice Shop {\n  \
         rpc Buy(Book) returns (google.protobuf.Duration.Part);\n}\n",
    )
    .unwrap();
    let why = "error: 'google.protobuf.Duration.Part' of 'google/protobuf/duration.proto' \
               is newer than protobuf 3.7.2\n";
    let help = "  = help: generated code uses ::protobuf::well_known_types::duration \
                of the protobuf crate; use a type that it has\n";
    let output = run(
        project.path(),
        &["-I", "protos", "--rust_out=m", "protos/shop.proto"],
    );
    assert_eq!(code(&output), 1);
    assert_eq!(
        stderr(&output),
        format!(
            "protos/shop.proto:5:3: {why}  |\n5 |   google.protobuf.Duration.Part new = 2;\n  \
             |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n{help}"
        )
    );
    let output = run(
        project.path(),
        &["-I", "protos", "--grpc_rust_out=s", "protos/shop.proto"],
    );
    assert_eq!(code(&output), 1);
    assert_eq!(
        stderr(&output),
        format!(
            "protos/shop.proto:8:26: {why}  |\n8 |   rpc Buy(Book) returns (google.protobuf.Duration.Part);\n  \
             |                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n{help}"
        )
    );
}

#[test]
fn output_folders_inside_one_another_must_not_meet() {
    let project = project();
    let protos = project.path().join("protos");
    fs::create_dir(protos.join("sub")).unwrap();
    fs::write(
        protos.join("sub/a.proto"),
        "syntax = \"proto3\";\nmessage A {}\n",
    )
    .unwrap();
    let output = run(
        project.path(),
        &[
            "-I",
            "protos",
            "--rust_out=m",
            "--grpc_rust_out=./m/sub",
            "protos",
        ],
    );
    assert_eq!(
        (code(&output), stderr(&output).as_str()),
        (
            1,
            "m/sub/mod.rs: error: two generated files are due here; \
             choose output folders that are not inside one another\n"
        )
    );
    assert!(!project.path().join("m").exists());
}
