//! What is read while a shop is open.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::catalog::Catalog;
use crate::history::Histories;
use crate::model::Model;
use crate::store::{Database, StoreError};

/// All of a shop's books and histories, and what they told when the model was
/// built. Only the writer changes the first two, and only once they are on disk.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) catalog: ArcSwap<Catalog>,
    pub(super) histories: Histories,
    pub(super) model: ArcSwap<Model>,
}

impl Memory {
    /// What a database holds, without a model.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when a row cannot be read or is not valid.
    pub(super) fn load(database: &Database) -> Result<Memory, StoreError> {
        let (catalog, histories) = load(database)?;
        Ok(Memory {
            catalog: ArcSwap::from_pointee(catalog),
            histories,
            model: ArcSwap::from(Arc::default()),
        })
    }
}

/// The books and the histories that a database holds.
///
/// # Errors
///
/// [`StoreError`] when a row cannot be read or is not valid.
pub fn load(database: &Database) -> Result<(Catalog, Histories), StoreError> {
    let mut catalog = Catalog::default();
    database.each_book(|book| {
        catalog.insert(book);
        Ok::<(), StoreError>(())
    })?;
    let histories = Histories::default();
    database.each_history(|reader, history| {
        histories.replace(reader, history);
        Ok::<(), StoreError>(())
    })?;
    Ok((catalog, histories))
}
