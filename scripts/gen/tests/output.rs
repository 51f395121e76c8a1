//! What is written, and where: the same from every run, and nothing on errors.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{GENERATE, GENERATE_ALL, PROTO, code, names, project, run, snapshot, stderr};

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

#[test]
fn a_refused_write_leaves_no_folder_behind() {
    let project = project();
    let protos = project.path().join("protos");
    fs::create_dir_all(protos.join("new/inner")).unwrap();
    fs::write(protos.join("new/inner/a.proto"), "syntax = \"proto3\";\n").unwrap();
    fs::write(project.path().join("out/mod.rs"), "// mine\n").unwrap();
    let output = run(project.path(), &GENERATE_ALL);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).starts_with("out/mod.rs: error: this file was not written"));
    assert_eq!(
        names(&project.path().join("out")),
        ["mod.rs", "shop.rs", "shop_grpc.rs"]
    );
}

#[test]
fn a_folder_named_like_a_file_of_code_meets_none() {
    let project = project();
    let protos = project.path().join("protos");
    for folder in ["mod.rs", "shop.rs", "Shop.RS_"] {
        fs::create_dir(protos.join(folder)).unwrap();
        fs::write(
            protos.join(folder).join("a.proto"),
            "syntax = \"proto3\";\n",
        )
        .unwrap();
    }
    let output = run(project.path(), &GENERATE_ALL);
    assert_eq!((code(&output), stderr(&output)), (0, String::new()));
    let declared = fs::read_to_string(project.path().join("out/mod.rs")).unwrap();
    for line in [
        "#[path = \"Shop.RS__/mod.rs\"]\npub mod Shop_RS__;",
        "#[path = \"mod.rs_/mod.rs\"]\npub mod mod_rs_;",
        "#[path = \"shop.rs_/mod.rs\"]\npub mod shop_rs_;",
        "pub mod shop;",
    ] {
        assert!(declared.contains(line), "{declared}");
    }
    assert!(project.path().join("out/shop.rs_/a.rs").is_file());
}

#[test]
fn names_that_turn_text_around_stay_out_of_comments() {
    let project = project();
    let folder = project.path().join("protos/in\u{202e}");
    fs::create_dir(&folder).unwrap();
    let text = PROTO.replace("Book", "Pen").replace("Shop", "Stand");
    fs::write(folder.join("a\u{202e}.proto"), text).unwrap();
    let output = run(project.path(), &GENERATE_ALL);
    assert_eq!((code(&output), stderr(&output)), (0, String::new()));
    for file in [
        "mod.rs",
        "in\u{202e}/mod.rs",
        "in\u{202e}/a_.rs",
        "in\u{202e}/a__grpc.rs",
    ] {
        let text = fs::read_to_string(project.path().join("out").join(file)).unwrap();
        assert!(!text.contains('\u{202e}'), "{text}");
    }
}
