//! Tests that go on in another process: the test runs again there, finds what it
//! has been told, and does the other part.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Lines, Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

const FILE: &str = "STORE_TEST_FILE";

/// The file that the other process is told of; none in the first one.
pub fn told_file() -> Option<PathBuf> {
    env::var_os(FILE).map(PathBuf::from)
}

/// Tells the first process something, a line.
pub fn tell(line: &str) {
    // The first process reads until this one is killed.
    let told = writeln!(stderr(), "{line}");
    told.unwrap();
}

/// The other process. It is killed when this is dropped.
pub struct Other {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Other {
    /// Runs the test of that name again, with `file` to work on.
    pub fn start(test: &str, file: &Path) -> Other {
        Other::start_by(Command::new(program()), test, file)
    }

    /// The same, by a command that takes the test's arguments.
    pub fn start_by(mut command: Command, test: &str, file: &Path) -> Other {
        let mut child = command
            .args(["--exact", "--nocapture", test])
            .env(FILE, file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Other { child, lines }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it tells; none once it has gone.
    pub fn next_line(&mut self) -> Option<String> {
        self.lines.next().map(Result::unwrap)
    }

    /// Kills it as `kill -9` does, and gives what it had told until then.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.by_ref().map(Result::unwrap).collect()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// This program.
pub fn program() -> OsString {
    env::current_exe().unwrap().into()
}
