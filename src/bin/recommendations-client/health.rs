//! The command `health`.

use anyhow::bail;
use futures::executor::{block_on, block_on_stream};
use futures::future::join_all;
use futures::stream::{StreamExt, select_all};
use recommendations::client::{CallError, Probe, RequestId, Serving, Settings};
use recommendations::render::{Column, Format, Row};
use recommendations::usage;
use serde::Serialize;

use super::arguments::Health;
use super::{PROGRAM, print};

/// How a server is.
#[derive(Serialize)]
struct Status {
    status: String,
    address: String,
}

impl Row for Status {
    const COLUMNS: &'static [Column] = &[Column::text("STATUS"), Column::text("ADDRESS")];

    fn cells(&self) -> Vec<String> {
        vec![self.status.clone(), self.address.clone()]
    }
}

/// Asks each server how it is.
pub fn health(
    settings: &Settings,
    request_id: Option<RequestId>,
    asked: &Health,
) -> anyhow::Result<()> {
    let probes = probes(settings, request_id)?;
    let service = asked.service.as_deref().unwrap_or_default();
    match asked.watch {
        true => watch(&probes, service, asked),
        false => check(&probes, service, asked),
    }
}

/// Each server's address, and who asks it.
type Probes = Vec<(String, Probe)>;

fn probes(settings: &Settings, request_id: Option<RequestId>) -> anyhow::Result<Probes> {
    let each = settings.endpoints.as_slice().iter().map(|endpoint| {
        let settings = Settings {
            endpoints: endpoint.clone().into(),
            ..settings.clone()
        };
        let probe = Probe::connect(&settings)?;
        let probe = match &request_id {
            Some(id) => probe.with_request_id(id.clone()),
            None => probe,
        };
        anyhow::Ok((endpoint.to_string(), probe))
    });
    each.collect()
}

fn check(probes: &Probes, service: &str, asked: &Health) -> anyhow::Result<()> {
    let answers = block_on(join_all(
        probes.iter().map(|(_, probe)| probe.check(service)),
    ));
    let mut statuses = Vec::new();
    let mut failures: Vec<anyhow::Error> = Vec::new();
    for ((address, _), answer) in probes.iter().zip(answers) {
        match answer {
            Ok(serving) => {
                if serving != Serving::Serving {
                    failures.push(anyhow::anyhow!("{address} is not serving"));
                }
                statuses.push(status(address, serving));
            }
            Err(error) => failures.push(error.into()),
        }
    }
    if !statuses.is_empty() {
        print::list(&asked.output, "servers", [Ok(statuses)])?;
    }
    let last = failures.pop();
    for failure in failures {
        usage::note(PROGRAM, failure);
    }
    last.map_or(Ok(()), Err)
}

fn watch(probes: &Probes, service: &str, asked: &Health) -> anyhow::Result<()> {
    let format = match print::format(&asked.output) {
        // A table would wait for its last row.
        Format::Table => Format::Tsv,
        format => format,
    };
    let each = probes.iter().map(|(address, probe)| {
        let answers = probe.watch(service);
        answers.map(move |answer: Result<Serving, CallError>| (address, answer))
    });
    let mut left = probes.len();
    for (address, answer) in block_on_stream(select_all(each.map(Box::pin))) {
        match answer {
            Ok(serving) => {
                if !print::row(&status(address, serving), format)? {
                    return Ok(());
                }
            }
            Err(error) if left == 1 => return Err(error.into()),
            Err(error) => {
                left -= 1;
                usage::note(PROGRAM, error);
            }
        }
    }
    bail!("no server is there any more to be watched")
}

fn status(address: &str, serving: Serving) -> Status {
    Status {
        status: serving.to_string(),
        address: address.to_owned(),
    }
}
