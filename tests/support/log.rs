//! The log of a server's program.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::until;

/// A log in JSON, which can be read while it is written.
pub struct Log {
    folder: TempDir,
}

impl Log {
    /// The log that a server which this command starts will write.
    pub fn of(command: &mut Command) -> Log {
        let folder = tempfile::tempdir().unwrap();
        let log = Log { folder };
        let file = File::create(log.path()).unwrap();
        command.args(["--log", "json"]).stderr(file);
        log
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// All that was written until now.
    pub fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    /// Its whole lines until now, without what the program prints at its end.
    pub fn lines(&self) -> Vec<Value> {
        let log = self.text();
        let lines = log.split_inclusive('\n');
        lines
            .filter(|line| line.ends_with('\n') && !line.starts_with("recommendations-server: "))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Waits until such a line is in it.
    pub fn wait_for(&self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let mut found = None;
        until(|| {
            found = self.lines().into_iter().find(&is_wanted);
            found.is_some()
        });
        found.unwrap()
    }

    /// Waits for a line with that message.
    pub fn wait_for_message(&self, message: &str) -> Value {
        self.wait_for(|line| line["message"] == message)
    }
}
