//! The command `grpcio-gen`: arguments and exit codes.

use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser;
use grpcio_gen::descriptor_set::{self, Contents};
use grpcio_gen::rust_options::RustOptions;
use grpcio_gen::tree::{Tree, TreeError};
use grpcio_gen::{Options, generate_from, read};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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

    /// Options for messages, separated by commas: btreemap,
    /// generate_accessors, generate_getter, lite_runtime,
    /// oneofs_non_exhaustive, tokio_bytes, tokio_bytes_for_string; each may
    /// have =true or =false behind it
    #[arg(long = "rust_opt", value_name = "OPTION[,…]")]
    rust_opt: Vec<RustOptions>,

    /// Also write a FileDescriptorSet of the inputs to this file, as protoc has
    /// it; code is then optional
    #[arg(
        short = 'o',
        long = "descriptor_set_out",
        value_name = "FILE",
        conflicts_with = "check"
    )]
    descriptor_set_out: Option<PathBuf>,

    /// In the descriptor set: everything that the inputs import, too
    #[arg(long = "include_imports", requires = "descriptor_set_out")]
    include_imports: bool,

    /// In the descriptor set: comments and places; built-in google/protobuf
    /// files have none, but with -I of a folder that holds them
    #[arg(long = "include_source_info", requires = "descriptor_set_out")]
    include_source_info: bool,

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
not write are removed. Files of your own are never touched; keep them elsewhere.";

/// Of a file among the generated ones.
const NOT_OURS: &str =
    "this file was not written by grpcio-gen; move it, or give generated code a folder of its own";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.rust_out.is_none()
        && arguments.grpc_rust_out.is_none()
        && arguments.descriptor_set_out.is_none()
    {
        say(
            "grpcio-gen: nothing to do; give --rust_out, --grpc_rust_out or --descriptor_set_out (see --help)",
        );
        return ExitCode::from(2);
    }
    let mut rust_options = RustOptions::default();
    for options in arguments.rust_opt {
        rust_options.extend(options);
    }
    let descriptor_set = arguments.descriptor_set_out.map(|path| DescriptorSet {
        path,
        contents: Contents {
            imports: arguments.include_imports,
            source_info: arguments.include_source_info,
        },
    });
    let options = Options {
        proto_path: arguments.proto_path,
        inputs: arguments.inputs,
        rust_out: arguments.rust_out,
        grpc_rust_out: arguments.grpc_rust_out,
        rust_options,
    };
    match run(&options, descriptor_set.as_ref(), arguments.check) {
        Ok(code) => code,
        Err(error) => {
            say(error);
            ExitCode::from(1)
        }
    }
}

/// The descriptor set to write.
struct DescriptorSet {
    path: PathBuf,
    contents: Contents,
}

fn run(
    options: &Options,
    descriptor_set: Option<&DescriptorSet>,
    check: bool,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let progress = progress();
    let files = read(options)?;
    let encoded = descriptor_set
        .filter(|_| !check)
        .map(|set| (set, descriptor_set::encode(&files, set.contents)));
    let tree = generate_from(options, files);
    if !check {
        progress.set_length(u64::try_from(tree.paths().len())?);
        progress.set_style(writing());
        // Before any file is changed, so that none is where this fails.
        let at = |path: &Path| {
            let path = path.display().to_string();
            move |error| format!("{path}: error: {error}")
        };
        let prepared = encoded
            .map(|(set, bytes)| {
                let prepared = descriptor_set::prepare(&set.path, bytes);
                Ok::<_, String>((&set.path, prepared.map_err(at(&set.path))?))
            })
            .transpose()?;
        let written = tree.write_watched(|| progress.inc(1))?;
        progress.finish_and_clear();
        say_removed(&written.removed);
        say_foreign(&tree)?;
        if let Some((path, prepared)) = prepared {
            prepared.write(path).map_err(at(path))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    progress.finish_and_clear();
    let mut out = std::io::stdout().lock();
    let mut count = 0;
    let mut printed = Ok(());
    tree.changes(|change| {
        count += 1;
        if printed.is_ok() {
            printed = write!(out, "{change}");
        }
    })?;
    printed.map_err(|error| format!("grpcio-gen: the diff cannot be printed: {error}"))?;
    for path in tree.foreign()? {
        count += 1;
        say(format!("{}: error: {NOT_OURS}", path.display()));
    }
    if count == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let files = match count {
        1 => "1 file is".to_owned(),
        count => format!("{count} files are"),
    };
    say(format!(
        "grpcio-gen: {files} in the output folders not as the .proto files give them"
    ));
    Ok(ExitCode::from(1))
}

/// Tells which stale files were removed, the first of them by name.
fn say_removed(removed: &[PathBuf]) {
    const NAMED: usize = 3;
    if removed.is_empty() {
        return;
    }
    let names = removed.iter().take(NAMED);
    let names: Vec<String> = names.map(|path| path.display().to_string()).collect();
    let rest = match removed.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    say(format!("removed: {}{rest}", names.join(", ")));
}

/// Warns of source files among the generated ones, which `--check` refuses.
fn say_foreign(tree: &Tree) -> Result<(), TreeError> {
    let foreign = tree.foreign()?;
    let mut sources = foreign
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"));
    if let Some(first) = sources.next() {
        say(format!("{}: warning: {NOT_OURS}", first.display()));
    }
    Ok(())
}

/// Writes a line to standard error. Where nobody reads that, the exit code still
/// tells.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A progress bar on standard error, if that is a terminal and the run lasts
/// longer than a second.
fn progress() -> ProgressBar {
    let progress = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        .with_style(ProgressStyle::default_spinner())
        .with_message("reading the .proto files");
    let shown = progress.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(1));
        if !shown.is_finished() {
            shown.set_draw_target(ProgressDrawTarget::stderr());
            shown.enable_steady_tick(Duration::from_millis(100));
        }
    });
    progress
}

fn writing() -> ProgressStyle {
    // The template is a constant; were it wrong, the default would do.
    ProgressStyle::with_template("{bar:40} {pos} of {len} files")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
