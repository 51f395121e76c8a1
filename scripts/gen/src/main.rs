//! The command `grpcio-gen`: arguments and exit codes.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use grpcio_gen::{Options, generate};

/// Generates Rust code from .proto files, without protoc: rust-protobuf
/// messages and grpcio services.
#[derive(Debug, Parser)]
#[command(name = "grpcio-gen", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    /// A folder that imports start from; repeat it for several, which are
    /// searched in order. [default: the current folder]
    #[arg(short = 'I', long = "proto_path", value_name = "FOLDER")]
    proto_path: Vec<PathBuf>,

    /// The folder for messages and enums
    #[arg(long = "rust_out", value_name = "FOLDER")]
    rust_out: Option<PathBuf>,

    /// The folder for services; it may be the same
    #[arg(long = "grpc_rust_out", value_name = "FOLDER")]
    grpc_rust_out: Option<PathBuf>,

    /// Write nothing; print what would change as a diff, and fail if anything
    /// would
    #[arg(long)]
    check: bool,

    /// .proto files, or folders: every .proto file below them. What they
    /// import is generated too
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<PathBuf>,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 the protos are wrong, the check failed or the disk refused, 2 wrong usage.

An output folder belongs to one run: generated files in it that the run does
not write are removed. Files of your own are never touched.";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.rust_out.is_none() && arguments.grpc_rust_out.is_none() {
        eprintln!(
            "grpcio-gen: nothing to do; give --rust_out, --grpc_rust_out or both (see --help)"
        );
        return ExitCode::from(2);
    }
    let options = Options {
        proto_path: arguments.proto_path,
        inputs: arguments.inputs,
        rust_out: arguments.rust_out,
        grpc_rust_out: arguments.grpc_rust_out,
    };
    match run(&options, arguments.check) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(1)
        }
    }
}

fn run(options: &Options, check: bool) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let tree = generate(options)?;
    if !check {
        tree.write()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = std::io::stdout().lock();
    let mut count = 0;
    let mut printed = Ok(());
    tree.changes(|change| {
        count += 1;
        if printed.is_ok() {
            printed = write!(out, "{change}");
        }
    })?;
    printed?;
    for path in tree.foreign()? {
        count += 1;
        eprintln!(
            "{}: error: no .proto file gives this file, and grpcio-gen did not write it; remove it",
            path.display()
        );
    }
    if count == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let files = match count {
        1 => "1 file is".to_owned(),
        count => format!("{count} files are"),
    };
    eprintln!("grpcio-gen: {files} in the output folders not as the .proto files give them");
    Ok(ExitCode::from(1))
}
