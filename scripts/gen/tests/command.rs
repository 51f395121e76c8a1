//! The command: what it says, what `--check` finds, and its exit codes.

mod support;

use std::fs;
use std::process::Command;

use support::{GENERATE_ALL, PROTO, check, code, names, project, run, stderr, stdout};

#[test]
fn a_proto_gives_messages_services_and_their_module() {
    let project = project();
    assert_eq!(
        names(&project.path().join("out")),
        ["mod.rs", "shop.rs", "shop_grpc.rs"]
    );
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
    let expected = "out/extra.rs: error: this file was not written by grpcio-gen; \
                    move it, or give generated code a folder of its own\n";
    assert!(stderr(&output).starts_with(expected));
}

#[test]
fn writing_beside_somebody_elses_source_warns_of_it_and_leaves_it() {
    let project = project();
    let out = project.path().join("out");
    fs::write(out.join("main.rs"), "fn main() {}\n").unwrap();
    fs::write(out.join("notes.txt"), "mine\n").unwrap();
    let output = run(project.path(), &GENERATE_ALL);
    let expected = "out/main.rs: warning: this file was not written by grpcio-gen; \
                    move it, or give generated code a folder of its own\n";
    assert_eq!(
        (code(&output), stdout(&output), stderr(&output)),
        (0, String::new(), expected.to_owned())
    );
    let main = fs::read_to_string(out.join("main.rs")).unwrap();
    assert_eq!(main, "fn main() {}\n");
}

#[test]
fn removed_files_are_named_on_standard_error() {
    let project = project();
    let out = project.path().join("out");
    let shop = fs::read(out.join("shop.rs")).unwrap();
    fs::write(out.join("a.rs"), &shop).unwrap();
    let output = run(project.path(), &GENERATE_ALL);
    assert_eq!(
        (code(&output), stdout(&output), stderr(&output)),
        (0, String::new(), "removed: out/a.rs\n".to_owned())
    );
    for name in ["a.rs", "b.rs", "c.rs", "d.rs", "e.rs"] {
        fs::write(out.join(name), &shop).unwrap();
    }
    let output = run(project.path(), &GENERATE_ALL);
    assert_eq!(
        stderr(&output),
        "removed: out/a.rs, out/b.rs, out/c.rs and 2 more\n"
    );
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
fn an_error_that_nobody_reads_exits_with_1() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.proto"), "message {").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = Command::new(env!("CARGO_BIN_EXE_grpcio-gen"))
        .current_dir(folder.path())
        .args(["--rust_out", "out", "a.proto"])
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
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
