//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A file that takes the place of another one once it is complete.
///
/// It is written beside the other one, under a name that begins with a dot and
/// ends with `.tmp`, and is gone when it is dropped before.
#[derive(Debug)]
pub struct Replacement(Kind);

#[derive(Debug)]
enum Kind {
    /// A regular file, or one that is not there yet.
    Beside {
        written: NamedTempFile,
        path: PathBuf,
    },
    /// A pipe or a device, which must stay what it is.
    Direct(File),
}

impl Replacement {
    /// An empty file for `path`, with the permissions of the one that is there.
    /// Where `path` is a link, what it leads to is replaced.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn of(path: &Path) -> io::Result<Replacement> {
        let kind = match fs::metadata(path) {
            Ok(known) if known.is_file() => {
                let path = fs::canonicalize(path)?;
                let written = beside(&path)?;
                written.as_file().set_permissions(known.permissions())?;
                Kind::Beside { written, path }
            }
            Ok(_) => Kind::Direct(File::options().write(true).open(path)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kind::Beside {
                written: beside(path)?,
                path: path.to_owned(),
            },
            Err(error) => return Err(error),
        };
        Ok(Replacement(kind))
    }

    /// Takes the place, once all that was written is on disk.
    ///
    /// # Errors
    ///
    /// What the system says; the other file is still there then.
    pub fn take_place(self) -> io::Result<()> {
        let (written, path) = match self.0 {
            Kind::Beside { written, path } => (written, path),
            Kind::Direct(mut file) => return file.flush(),
        };
        written.as_file().sync_all()?;
        written.persist(&path).map_err(|error| error.error)?;
        // The name is on disk when the folder is.
        File::open(folder(&path))?.sync_all()
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

impl Replacement {
    fn file(&mut self) -> &mut File {
        match &mut self.0 {
            Kind::Beside { written, .. } => written.as_file_mut(),
            Kind::Direct(file) => file,
        }
    }
}

fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().display();
    Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(".tmp")
        // Readable for whom the system lets read any new file.
        .make_in(folder(path), |path| File::create_new(path))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn the_old_file_stays_until_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.csv");
        fs::write(&path, "old").unwrap();
        let mut replacement = Replacement::of(&path).unwrap();
        replacement.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        replacement.take_place().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["books.csv"]);
    }

    #[test]
    fn a_file_that_is_not_completed_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.csv");
        let mut replacement = Replacement::of(&path).unwrap();
        replacement.write_all(b"new").unwrap();
        drop(replacement);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_file_that_was_not_there_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.csv");
        Replacement::of(&path).unwrap().take_place().unwrap();
        assert_eq!(names(folder.path()), ["books.csv"]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let error = Replacement::of(Path::new("/no/such/books.csv")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = Replacement::of(folder.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_the_old_file() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.csv");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        Replacement::of(&path).unwrap().take_place().unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn what_a_link_leads_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("books.csv"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink("books.csv", &link).unwrap();
        let mut replacement = Replacement::of(&link).unwrap();
        replacement.write_all(b"new").unwrap();
        replacement.take_place().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_stays_what_it_is() {
        use std::os::unix::fs::FileTypeExt;

        let null = Path::new("/dev/null");
        let mut replacement = Replacement::of(null).unwrap();
        replacement.write_all(b"new").unwrap();
        replacement.take_place().unwrap();
        assert!(fs::metadata(null).unwrap().file_type().is_char_device());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_without_a_name_is_written_to() {
        use std::io::Read;
        use std::os::fd::AsRawFd;

        let (mut reader, writer) = io::pipe().unwrap();
        let path = format!("/dev/fd/{}", writer.as_raw_fd());
        let mut replacement = Replacement::of(Path::new(&path)).unwrap();
        replacement.write_all(b"new").unwrap();
        replacement.take_place().unwrap();
        drop(writer);
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "new");
    }
}
