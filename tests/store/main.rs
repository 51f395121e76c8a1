//! What is answered stays, whatever happens to the process, its disk or its file.

mod any_writes;
mod closing;
mod crash;
mod full_disk;
mod importing;
mod opening;
mod process;
mod read_only;
mod support;
mod writing;
