//! What is answered stays, whatever happens to the process, its disk or its file.

mod opening;
mod support;
mod writing;
