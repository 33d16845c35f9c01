//! Figures that are kept in the repository.

use std::path::Path;

use serde_json::{Value, json};

use crate::bench::machine;
use crate::pictures;

/// `figures`, an object, below the names of this machine and this day.
pub(crate) fn dated(figures: Value) -> Value {
    let mut whole = json!({ "machine": machine::describe(), "date": machine::today() });
    if let (Value::Object(whole), Value::Object(figures)) = (&mut whole, figures) {
        whole.extend(figures);
    }
    whole
}

/// Keeps `figures` as `benches/results/NAME.json`.
///
/// # Errors
///
/// When they cannot be written.
pub(crate) fn save(figures: &Value, name: &str) -> anyhow::Result<()> {
    let path = Path::new("benches/results").join(format!("{name}.json"));
    pictures::write(&path, format!("{figures:#}\n").as_bytes())?;
    println!("{}", path.display());
    Ok(())
}
