//! A report as a table.

use std::fmt;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use super::{Part, Quality, Report};

const HEADER: [&str; 10] = [
    "part",
    "books",
    "readers",
    "held out",
    "lists",
    "recall@10",
    "recall@20",
    "NDCG@10",
    "NDCG@20",
    "coverage",
];

impl fmt::Display for Report {
    /// Writes the figures as a table, and below it the protocol.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(HEADER);
        for part in &self.parts {
            table.add_row(row(part, "model", part.model));
            table.add_row(row(part, "popularity", part.popularity));
        }
        for column in table.column_iter_mut() {
            if ![0, 4].contains(&column.index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        writeln!(formatter, "{}", table.trim_fmt())?;
        writeln!(
            formatter,
            "seed {}; {} readers; {} interactions in training, {} held out",
            self.seed, self.readers, self.training_interactions, self.held_out_interactions
        )?;
        if self.held_out_interactions == 0 {
            writeln!(
                formatter,
                "nothing could be held out: no reader has 5 books or more, those rated 1 or 2 \
                 left aside"
            )?;
        }
        for rule in self.protocol {
            writeln!(formatter, "- {rule}")?;
        }
        Ok(())
    }
}

fn row(part: &Part, lists: &str, quality: Option<Quality>) -> [String; HEADER.len()] {
    let figure = |figure: fn(Quality) -> f64| match quality {
        Some(quality) => format!("{:.3}", figure(quality)),
        None => "-".to_owned(),
    };
    [
        part.name.to_owned(),
        part.books.to_string(),
        part.readers.to_string(),
        part.held_out_books.to_string(),
        lists.to_owned(),
        figure(|quality| quality.recall_at_10),
        figure(|quality| quality.recall_at_20),
        figure(|quality| quality.ndcg_at_10),
        figure(|quality| quality.ndcg_at_20),
        figure(|quality| quality.coverage),
    ]
}
