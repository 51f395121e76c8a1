//! How time and memory grow with the number of files.
//!
//! ```sh
//! cargo bench -p grpcio-gen --bench large_tree -- 500 1000 2000
//! ```
//!
//! makes trees of so many files, which import one another and Google's, and
//! generates each in a process of its own. CPU time and memory are Linux's.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use grpcio_gen::{Options, generate};

const MESSAGES: usize = 12;
const FIELDS: usize = 8;
const KINDS: [&str; 9] = [
    "int32",
    "string",
    "bytes",
    "google.protobuf.Timestamp",
    "repeated string",
    "map<string, int64>",
    "Message0",
    "Kind",
    "Message7",
];

fn main() {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    // cargo bench passes this on.
    arguments.retain(|argument| argument != "--bench");
    if let [flag, protos, out] = arguments.as_slice()
        && flag == "--generate"
    {
        return generate_tree(Path::new(protos), Path::new(out));
    }
    let counts = match arguments.as_slice() {
        [] => vec!["250".to_owned(), "500".to_owned(), "1000".to_owned()],
        counts => counts.to_vec(),
    };
    println!("files  seconds  CPU seconds  peak MiB");
    for count in counts {
        let count: usize = count.parse().expect("the arguments are numbers of files");
        let folder = tempfile::tempdir().unwrap();
        make_tree(&folder.path().join("protos"), count);
        print!("{count:5}  ");
        io::stdout().flush().unwrap();
        let status = Command::new(env::current_exe().unwrap())
            .arg("--generate")
            .args([folder.path().join("protos"), folder.path().join("out")])
            .status()
            .unwrap();
        assert!(status.success());
    }
}

/// Generates a tree and prints what it took.
fn generate_tree(protos: &Path, out: &Path) {
    let began = Instant::now();
    let tree = generate(&Options {
        proto_path: vec![protos.to_owned()],
        inputs: vec![protos.to_owned()],
        rust_out: Some(out.to_owned()),
        grpc_rust_out: Some(out.to_owned()),
        ..Options::default()
    });
    tree.unwrap().write().unwrap();
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{seconds:7.2}  {:>11}  {:>8}",
        cpu_seconds().unwrap_or_default(),
        peak_mib().unwrap_or_default()
    );
}

/// User and system time of this process.
fn cpu_seconds() -> Option<String> {
    // The kernel's unit in this file is a hundredth of a second.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let behind_name = stat.rsplit(')').next()?;
    let mut times = behind_name.split_whitespace().skip(11).take(2);
    let user: f64 = times.next()?.parse().ok()?;
    let system: f64 = times.next()?.parse().ok()?;
    Some(format!("{:.2}", (user + system) / TICKS))
}

/// The most memory that this process had.
fn peak_mib() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = peak.split_whitespace().next()?.parse().ok()?;
    Some((kib / 1024).to_string())
}

fn make_tree(folder: &Path, count: usize) {
    for file in 0..count {
        let name = name(file);
        let path = folder.join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text(file)).unwrap();
    }
}

fn name(file: usize) -> String {
    format!("org/part{}/v1/file{file}.proto", file / 20)
}

fn text(file: usize) -> String {
    // Some earlier files, near and far, as in a tree that grew.
    let imports: Vec<usize> = [1, 2, 19, 100]
        .iter()
        .filter_map(|back| file.checked_sub(*back))
        .collect();
    let mut text = format!(
        "syntax = \"proto3\";\n\npackage org.part{}.v1.f{file};\n\nimport \"google/protobuf/timestamp.proto\";\n",
        file / 20
    );
    for import in &imports {
        writeln!(text, "import \"{}\";", name(*import)).unwrap();
    }
    for message in 0..MESSAGES {
        writeln!(text, "\n// Message {message}.\nmessage Message{message} {{").unwrap();
        for field in 0..FIELDS {
            let kind = KINDS[(message + field) % KINDS.len()];
            writeln!(
                text,
                "  // Field {field}.\n  {kind} field_{field} = {};",
                field + 1
            )
            .unwrap();
        }
        for (index, import) in imports.iter().enumerate() {
            let number = FIELDS + index + 1;
            writeln!(
                text,
                "  .org.part{}.v1.f{import}.Message{message} import_{index} = {number};",
                import / 20
            )
            .unwrap();
        }
        text += "  oneof choice {\n    string left = 30;\n    int32 right = 31;\n  }\n}\n";
    }
    text += "\nenum Kind {\n  KIND_UNSPECIFIED = 0;\n  KIND_ONE = 1;\n}\n";
    text += "\nservice Service {\n  rpc Get(Message0) returns (Message1);\n  rpc List(Message2) returns (stream Message3);\n}\n";
    text
}
