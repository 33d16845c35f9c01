//! `variata usage`.

use serde::Serialize;
use variata_accounts::{Database, Moment, UsageRow};

use super::args::{By, Format, UsageArgs};
use super::fault;
use super::table::{Table, csv, json_lines};
use crate::fault::Fault;

/// What the command prints.
pub(super) async fn run(args: &UsageArgs, database: &Database) -> Result<String, Fault> {
    let since = Moment::now().minus(args.since);
    let rows = database.usage(args.by.into(), since).await.map_err(fault("usage"))?;
    let rows: Vec<Row> = rows.iter().map(Row::of).collect();
    let (heads, cells) = (heads(args.by), rows.iter().map(|row| row.cells(args.by)));
    match args.format {
        Format::Json => json_lines(rows.iter()),
        Format::Csv => Ok(csv(&heads, cells)),
        Format::Table => {
            let heads = heads.map(str::to_uppercase);
            let mut table = Table::new(&heads.each_ref().map(String::as_str));
            cells.for_each(|cells| table.add(cells));
            Ok(table.to_string())
        }
    }
}

fn heads(by: By) -> [&'static str; 8] {
    let (first, second) = match by {
        By::Key => ("key", "user"),
        By::User => ("key", "user"),
        By::Day => ("day", "user"),
    };
    [first, second, "requests", "answered", "refused", "failed", "images", "mean_ms"]
}

/// The usage of one key, user or day.
#[derive(Serialize)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    requests: u64,
    answered: u64,
    refused: u64,
    failed: u64,
    images: u64,
    /// From the first byte of an answered request to its answer.
    mean_ms: u64,
}

impl Row {
    fn of(row: &UsageRow) -> Self {
        let total_ms = u64::try_from(row.elapsed.as_millis()).unwrap_or(u64::MAX);
        Self {
            key: row.key.as_ref().map(ToString::to_string),
            user: row.user.as_ref().map(|user| user.as_str().to_owned()),
            day: row.from.map(Moment::utc_day),
            requests: row.requests,
            answered: row.answered,
            refused: row.refused,
            failed: row.failed,
            images: row.images,
            mean_ms: total_ms.checked_div(row.answered).unwrap_or_default(),
        }
    }

    fn cells(&self, by: By) -> [String; 8] {
        let first = if by == By::Day { &self.day } else { &self.key };
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let [requests, answered, refused, failed, images, mean_ms] =
            [self.requests, self.answered, self.refused, self.failed, self.images, self.mean_ms]
                .map(|number| number.to_string());
        [text(first), text(&self.user), requests, answered, refused, failed, images, mean_ms]
    }
}
