//! Where a file's header has which column.

use crate::excerpt::excerpt;

use super::table::Row;

/// The names of a column: ours, then those of others.
pub(super) type Names = &'static [&'static str];

/// Where the columns of a file are: those that must be there, and those that may
/// be there.
#[derive(Debug)]
pub(super) struct Columns<const REQUIRED: usize, const OPTIONAL: usize> {
    required: [Found; REQUIRED],
    optional: [Option<Found>; OPTIONAL],
    width: usize,
    others: Vec<String>,
}

/// The fields of a row, in the order that the columns were asked for in.
#[derive(Debug)]
pub(super) struct Fields<'row, const REQUIRED: usize, const OPTIONAL: usize> {
    pub(super) required: [Field<'row>; REQUIRED],
    /// None where the file does not have the column.
    pub(super) optional: [Option<Field<'row>>; OPTIONAL],
}

/// A column that a file has.
#[derive(Debug, Clone, Copy)]
struct Found {
    name: &'static str,
    place: usize,
}

/// A field of a row, with the name that its column has in this file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'row> {
    pub(super) column: &'static str,
    pub(super) bytes: &'row [u8],
}

/// Why a header does not tell which column is which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The header holds bytes that no text has.
    #[error("header is {found}, which is not text in UTF-8; save the file as UTF-8")]
    NotText {
        /// The header, with U+FFFD for what cannot be read.
        found: String,
    },
    /// There is no comma, but what others take for a separator.
    #[error("header is {found}; the separator must be a comma")]
    Separator {
        /// The header.
        found: String,
    },
    /// A column that must be there is not.
    #[error(
        "header is {found}, without {missing}; it must have {required} and may have {optional}"
    )]
    Missing {
        /// The header.
        found: String,
        /// The first column that is missing, with its other names.
        missing: String,
        /// All the columns that must be there.
        required: String,
        /// All the columns that may be there.
        optional: String,
    },
    /// A column is there twice.
    #[error("header has {0} twice; once is enough")]
    Twice(&'static str),
    /// A column is there under two of its names.
    #[error("header has both {0} and {1}, which mean the same; one is enough")]
    Both(&'static str, &'static str),
}

impl<const REQUIRED: usize, const OPTIONAL: usize> Columns<REQUIRED, OPTIONAL> {
    /// Finds the columns in a header. Case and the spaces round a name do not
    /// matter.
    pub(super) fn find(
        header: &Row<'_>,
        required: [Names; REQUIRED],
        optional: [Names; OPTIONAL],
    ) -> Result<Self, HeaderError> {
        let fields: Vec<_> = header.fields().map(String::from_utf8_lossy).collect();
        let shown = || excerpt(&fields.join(","));
        let is_text = |field: &[u8]| str::from_utf8(field).is_ok() && !field.contains(&0);
        if !header.fields().all(is_text) {
            return Err(HeaderError::NotText { found: shown() });
        }
        let mut required_at = [None; REQUIRED];
        let mut optional_at = [None; OPTIONAL];
        let mut others = Vec::new();
        for (place, field) in fields.iter().enumerate() {
            let name = field.trim();
            if let Some((column, name)) = named(name, &required) {
                put(&mut required_at[column], Found { name, place })?;
            } else if let Some((column, name)) = named(name, &optional) {
                put(&mut optional_at[column], Found { name, place })?;
            } else {
                others.push(name.to_owned());
            }
        }
        let mut places = [Found { name: "", place: 0 }; REQUIRED];
        for ((place, found), names) in places.iter_mut().zip(required_at).zip(&required) {
            *place = found.ok_or_else(|| match &*fields {
                [all] if all.contains([';', '\t']) => HeaderError::Separator { found: shown() },
                _ => HeaderError::Missing {
                    found: shown(),
                    missing: with_other_names(names),
                    required: list(&required),
                    optional: list(&optional),
                },
            })?;
        }
        Ok(Columns {
            required: places,
            optional: optional_at,
            width: fields.len(),
            others,
        })
    }

    /// How many columns every row must have.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The columns that mean nothing to us.
    pub(super) fn others(&self) -> &[String] {
        &self.others
    }

    /// The fields of a row.
    pub(super) fn of<'row>(&self, row: &Row<'row>) -> Fields<'row, REQUIRED, OPTIONAL> {
        let field = |found: Found| Field {
            column: found.name,
            bytes: row.field(found.place),
        };
        Fields {
            required: self.required.map(field),
            optional: self.optional.map(|found| found.map(field)),
        }
    }
}

/// Which of the columns has that name, and the name as we write it.
fn named(name: &str, columns: &[Names]) -> Option<(usize, &'static str)> {
    columns.iter().enumerate().find_map(|(column, names)| {
        let mut names = names.iter();
        let known = names.find(|known| known.eq_ignore_ascii_case(name))?;
        Some((column, *known))
    })
}

fn put(place: &mut Option<Found>, found: Found) -> Result<(), HeaderError> {
    match place.replace(found) {
        None => Ok(()),
        Some(first) if first.name == found.name => Err(HeaderError::Twice(found.name)),
        Some(first) => Err(HeaderError::Both(first.name, found.name)),
    }
}

fn list(columns: &[Names]) -> String {
    let columns: Vec<String> = columns.iter().map(with_other_names).collect();
    columns.join(", ")
}

fn with_other_names(names: &Names) -> String {
    match names {
        [ours, others @ ..] if !others.is_empty() => format!("{ours} (or {})", others.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests;
