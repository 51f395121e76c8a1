//! Exporting.

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use recommendations::data;
use recommendations::export::{self, Arguments, Look};
use recommendations::interaction::Interaction;
use recommendations::reader::ReaderId;
use recommendations::store::{Database, Location, StoreError};
use recommendations::usage::Failure;

/// Exports the shop's file.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let data = data::file(arguments.data.clone()).map_err(anyhow::Error::from)?;
    arguments.check(&data).map_err(Failure::wrong_usage)?;
    Ok(run_checked(arguments, data)?)
}

fn run_checked(arguments: &Arguments, data: PathBuf) -> anyhow::Result<()> {
    let database = Database::open_existing(&Location::File(data))?;
    export::run(
        arguments,
        io::stdout().lock(),
        |look| until_enough(database.each_book(|book| go_on(look(&book)))),
        |look| until_enough(each_interaction(&database, look)),
    )?;
    Ok(database.close()?)
}

/// Why no more is looked at.
enum Stop {
    Enough,
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::Failed(error)
    }
}

fn each_interaction(
    database: &Database,
    look: Look<'_, (ReaderId, Interaction)>,
) -> Result<(), Stop> {
    database.each_history(|reader, history| {
        let mut interactions = history.interactions().iter();
        interactions.try_for_each(|&interaction| go_on(look(&(reader, interaction))))
    })
}

fn go_on(flow: ControlFlow<()>) -> Result<(), Stop> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Stop::Enough),
    }
}

fn until_enough(looked: Result<(), Stop>) -> anyhow::Result<()> {
    match looked {
        Ok(()) | Err(Stop::Enough) => Ok(()),
        Err(Stop::Failed(error)) => Err(error.into()),
    }
}
