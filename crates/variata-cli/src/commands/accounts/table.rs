//! Rows on the terminal, in CSV and in JSON.

use std::fmt;

use serde::Serialize;

use crate::fault::{Fault, one_line};

/// Rows of text whose columns stand under each other.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()] }
    }

    /// Adds a row; a control character in it cannot break the line or command the terminal.
    pub(super) fn add<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.iter().map(one_line).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            writeln!(formatter, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Comma-separated rows under their heads (RFC 4180).
pub(super) fn csv<const N: usize>(
    heads: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let line = |cells: &[String]| {
        let quoted = cells.iter().map(|cell| match cell.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.clone(),
        });
        quoted.collect::<Vec<_>>().join(",") + "\r\n"
    };
    let heads = line(&heads.map(str::to_owned));
    rows.fold(heads, |text, row| text + &line(&row))
}

/// One line of JSON a row.
pub(super) fn json_lines<T: Serialize>(rows: impl Iterator<Item = T>) -> Result<String, Fault> {
    let mut text = String::new();
    for row in rows {
        let line = serde_json::to_string(&row);
        text += &line.map_err(|error| Fault::output("JSON", error))?;
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_and_stay_on_their_line() {
        let mut table = Table::new(&["A", "B"]);
        table.add(["long".to_owned(), "x\ny".to_owned()]);
        assert_eq!(table.to_string(), "A     B\nlong  x\\ny\n");
    }

    #[test]
    fn csv_quotes_what_would_end_a_cell() {
        let rows = [["a,b".to_owned(), "say \"hi\"".to_owned()]];
        assert_eq!(csv(&["x", "y"], rows.into_iter()), "x,y\r\n\"a,b\",\"say \"\"hi\"\"\"\r\n");
    }
}
