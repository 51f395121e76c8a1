//! A run that is killed at any moment leaves every generated file whole, the
//! old one or the new one, and the next run puts all right.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

/// How many protos there are, and how often a run over them is killed.
const FILES: usize = 40;
const KILLS: u32 = 40;

fn write_protos(folder: &Path, field: &str) {
    for index in 0..FILES {
        let text = format!(
            "syntax = \"proto3\";\npackage p{index};\nmessage M {{ string {field} = 1; }}\n\
             service S {{ rpc Call(M) returns (M); }}\n"
        );
        fs::write(folder.join(format!("f{index}.proto")), text).unwrap();
    }
}

fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_grpcio-gen"))
        .current_dir(folder)
        .args([
            "-I",
            "protos",
            "--rust_out=out",
            "--grpc_rust_out=out",
            "protos",
        ])
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn finish(folder: &Path) {
    assert!(start(folder).wait().unwrap().success());
}

fn snapshot(folder: &Path) -> BTreeMap<String, String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn a_killed_run_leaves_whole_files_and_the_next_one_finishes() {
    let folder = tempfile::tempdir().unwrap();
    let protos = folder.path().join("protos");
    let out = folder.path().join("out");
    fs::create_dir(&protos).unwrap();

    write_protos(&protos, "old_name");
    finish(folder.path());
    let old = snapshot(&out);
    write_protos(&protos, "new_name");
    let began = Instant::now();
    finish(folder.path());
    let duration = began.elapsed();
    let new = snapshot(&out);
    assert_eq!(old.len(), 2 * FILES + 1);
    assert_ne!(old, new);

    // Killed after ever more of a run's time, and a little longer than that.
    for kill in 0..KILLS {
        for (name, text) in &old {
            fs::write(out.join(name), text).unwrap();
        }
        let mut run = start(folder.path());
        thread::sleep(duration * kill / (KILLS * 3 / 4));
        run.kill().unwrap();
        run.wait().unwrap();
        for (name, text) in snapshot(&out) {
            // What a run leaves beside the files is not a module.
            if name.starts_with('.') {
                continue;
            }
            assert!(
                old.get(&name) == Some(&text) || new.get(&name) == Some(&text),
                "{name} is neither the old nor the new file after kill {kill}"
            );
        }
        for name in old.keys() {
            assert!(out.join(name).exists(), "{name} is gone after kill {kill}");
        }
    }
    finish(folder.path());
    assert_eq!(snapshot(&out), new);
}
