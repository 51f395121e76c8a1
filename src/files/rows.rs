//! Rows of files whose header tells which column is which.

use std::io::Read;
use std::sync::Arc;

use super::columns::{Columns, Fields, Names};
use super::problem::{FileError, Problem, Reason};
use super::row::RowError;
use super::table::Table;

/// The rows of a file below its header.
#[derive(Debug)]
pub(super) struct Rows<Source, const REQUIRED: usize, const OPTIONAL: usize> {
    file: Arc<str>,
    table: Table<Source>,
    columns: Columns<REQUIRED, OPTIONAL>,
    header_line: u64,
    /// Whether a row was met.
    is_begun: bool,
    /// Whether there is nothing more to read.
    is_over: bool,
}

impl<Source: Read, const REQUIRED: usize, const OPTIONAL: usize> Rows<Source, REQUIRED, OPTIONAL> {
    /// The rows in `source`, which problems call `file`, with these columns.
    pub(super) fn new(
        file: &str,
        source: Source,
        required: [Names; REQUIRED],
        optional: [Names; OPTIONAL],
    ) -> Result<Self, Problem> {
        let file: Arc<str> = file.into();
        let problem = |line, reason: FileError| Problem {
            file: Arc::clone(&file),
            line,
            reason: reason.into(),
        };
        let mut table = Table::new(source).map_err(|error| problem(1, error))?;
        let header = table.next().map_err(|(line, error)| problem(line, error))?;
        let header = header.ok_or_else(|| problem(1, FileError::Empty))?;
        let header_line = header.line;
        let columns = Columns::find(&header, required, optional)
            .map_err(|error| problem(header_line, error.into()))?;
        Ok(Rows {
            file,
            table,
            columns,
            header_line,
            is_begun: false,
            is_over: false,
        })
    }

    /// The columns of the file that were not asked for.
    pub(super) fn ignored_columns(&self) -> &[String] {
        self.columns.others()
    }

    /// The next row as `read` understands it, with its line; none at the end.
    pub(super) fn next<Item>(
        &mut self,
        read: impl FnOnce(u64, &Fields<'_, REQUIRED, OPTIONAL>) -> Result<Item, RowError>,
    ) -> Option<Result<(u64, Item), Problem>> {
        if self.is_over {
            return None;
        }
        let next = self.table.next();
        self.is_begun |= !matches!(next, Ok(None));
        let (line, item) = match next {
            Ok(Some(row)) if row.width() != self.columns.width() => {
                let reason = RowError::Columns {
                    found: row.width(),
                    expected: self.columns.width(),
                };
                (row.line, Err(Reason::Row(reason)))
            }
            Ok(Some(row)) => {
                let item = read(row.line, &self.columns.of(&row));
                (row.line, item.map_err(Reason::Row))
            }
            Ok(None) => {
                self.is_over = true;
                return None;
            }
            Err((line, error)) => {
                self.is_over = true;
                (line, Err(Reason::File(error)))
            }
        };
        let problem = |reason| self.problem(line, reason);
        Some(item.map(|item| (line, item)).map_err(problem))
    }

    /// The problem of a file that is over and had no row, told once.
    pub(super) fn no_rows(&mut self) -> Option<Problem> {
        let is_told = std::mem::replace(&mut self.is_begun, true);
        (!is_told).then(|| self.problem(self.header_line, FileError::NoRows.into()))
    }

    fn problem(&self, line: u64, reason: Reason) -> Problem {
        Problem {
            file: Arc::clone(&self.file),
            line,
            reason,
        }
    }
}
