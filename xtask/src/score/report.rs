//! Scores as people and programs read them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// A subject of which less than this is found again is lost. Of 15 pictures, variations kept 0.79
/// to 0.99 of it, planted losses 0.43 to 0.79 (`score --self-test`).
const LEAST_KEPT: f64 = 0.785;
/// The same where parts may change places, since some likeness is everywhere: variations kept 0.85
/// to 0.98, pictures without their things 0.68 to 0.83.
const LEAST_KEPT_LOOSE: f64 = 0.84;
const MOST_SCENE_COHERENCE: f64 = 0.2;
const LEAST_DIVERSITY: f64 = 0.45;

/// One variation's measures.
#[derive(Debug, Clone)]
pub(super) struct VariationScore {
    pub(super) label: String,
    pub(super) operation: String,
    pub(super) coherence_16: f64,
    pub(super) coherence_24: f64,
    pub(super) layout: f64,
    pub(super) incompleteness: f64,
    pub(super) colour_change: f64,
    pub(super) structure_kept: f64,
    /// Whether parts of the source may change places.
    pub(super) is_loose: bool,
    pub(super) is_copy: bool,
}

impl VariationScore {
    /// Whether the subject is not to be found.
    fn is_lost(&self) -> bool {
        self.structure_kept < if self.is_loose { LEAST_KEPT_LOOSE } else { LEAST_KEPT }
    }
}

/// A picture's measures over all its sets.
#[derive(Debug, Clone)]
pub(super) struct PictureScore {
    pub(super) name: String,
    pub(super) class: String,
    /// Mean over the sets.
    pub(super) diversity: f64,
    pub(super) variations: Vec<VariationScore>,
}

/// A column of the table: a heading and the median of a measure.
type Column = (&'static str, fn(&VariationScore) -> f64);

const COLUMNS: [Column; 6] = [
    ("coh16", |v| v.coherence_16),
    ("coh24", |v| v.coherence_24),
    ("layout", |v| v.layout),
    ("k", |v| v.incompleteness),
    ("colour", |v| v.colour_change),
    ("kept", |v| v.structure_kept),
];

impl PictureScore {
    fn median(&self, measure: fn(&VariationScore) -> f64) -> f64 {
        median(self.variations.iter().map(measure).collect())
    }

    fn least_kept(&self) -> f64 {
        self.variations.iter().map(|v| v.structure_kept).fold(1.0, f64::min)
    }

    fn count(&self, is_so: fn(&VariationScore) -> bool) -> usize {
        self.variations.iter().filter(|v| is_so(v)).count()
    }

    fn operations(&self) -> BTreeSet<&str> {
        let operations = self.variations.iter().map(|v| v.operation.as_str());
        operations.filter(|operation| !operation.is_empty()).collect()
    }
}

/// Prints a line for each picture, the overall line and how the targets are met.
pub(super) fn print(title: &str, scores: &[PictureScore]) {
    println!("\n{title}: medians over a picture's variations");
    let headings: String = COLUMNS.iter().map(|(name, _)| format!("{name:>7}")).collect();
    println!("{:<16}{:<9}{headings}  least    std  copy  lost  kinds", "picture", "class");
    for score in scores {
        let medians: String =
            COLUMNS.iter().map(|(_, measure)| format!("{:7.2}", score.median(*measure))).collect();
        println!(
            "{:<16.15}{:<9}{medians}{:7.2}{:7.2}{:6}{:6}{:7}",
            score.name,
            score.class,
            score.least_kept(),
            score.diversity,
            score.count(|v| v.is_copy),
            score.count(VariationScore::is_lost),
            score.operations().len(),
        );
    }
    print_targets(scores);
}

/// Prints our figures beside another program's, for the pictures that both made.
pub(super) fn print_beside(ours: &[PictureScore], theirs: &[PictureScore]) {
    println!("\nours / theirs");
    for our in ours {
        let Some(their) = theirs.iter().find(|their| their.name == our.name) else { continue };
        let pairs = COLUMNS.iter().map(|(name, measure)| {
            format!("  {name} {:.2}/{:.2}", our.median(*measure), their.median(*measure))
        });
        let pairs: String = pairs.collect();
        println!("{:<16.15}{pairs}  std {:.2}/{:.2}", our.name, our.diversity, their.diversity);
    }
}

/// Everything that was measured.
pub(super) fn to_json(ours: &[PictureScore], theirs: &[PictureScore]) -> anyhow::Result<Vec<u8>> {
    let all = |scores: &[PictureScore]| scores.iter().map(picture_json).collect::<Vec<Value>>();
    let value = json!({ "ours": all(ours), "theirs": all(theirs) });
    let mut text = serde_json::to_vec_pretty(&value)?;
    text.push(b'\n');
    Ok(text)
}

fn print_targets(scores: &[PictureScore]) {
    let all: Vec<&VariationScore> = scores.iter().flat_map(|score| &score.variations).collect();
    let count = |is_so: &dyn Fn(&VariationScore) -> bool| all.iter().filter(|v| is_so(v)).count();
    let scenes = scores.iter().filter(|score| score.class == "scene");
    let scenes: Vec<f64> =
        scenes.flat_map(|score| score.variations.iter().map(|v| v.coherence_16)).collect();
    let dull: Vec<&str> = scores
        .iter()
        .filter(|score| score.diversity < LEAST_DIVERSITY)
        .map(|score| score.name.as_str())
        .collect();

    println!("targets, over {} variations of {} pictures:", all.len(), scores.len());
    let lost = count(&VariationScore::is_lost);
    println!(
        "  no subject lost (kept >= {LEAST_KEPT}, loose {LEAST_KEPT_LOOSE}): {}",
        verdict(lost, "lost")
    );
    if scenes.is_empty() {
        println!("  coh16 on scenes: no scenes");
    } else {
        let value = median(scenes);
        let met = if value <= MOST_SCENE_COHERENCE { "met" } else { "MISSED" };
        println!("  coh16 median on scenes <= {MOST_SCENE_COHERENCE}: {met}, {value:.3}");
    }
    let names = if dull.is_empty() { String::new() } else { format!(" ({})", dull.join(", ")) };
    println!("  std >= {LEAST_DIVERSITY}: {}{names}", verdict(dull.len(), "pictures below"));
    println!("  no copies: {}", verdict(count(&|v| v.is_copy), "copies"));
    print_failures(scores);
}

/// What to look at: each failure with the seed that makes it again.
fn print_failures(scores: &[PictureScore]) {
    for score in scores {
        for one in score.variations.iter().filter(|one| one.is_lost() || one.is_copy) {
            let what = if one.is_lost() { "lost" } else { "copy" };
            let (kept, layout) = (one.structure_kept, one.layout);
            println!(
                "  {what}: {} seed {}, {} (kept {kept:.2}, layout {layout:.3})",
                score.name, one.label, one.operation
            );
        }
    }
}

fn verdict(failures: usize, what: &str) -> String {
    if failures == 0 { "met".to_owned() } else { format!("MISSED, {failures} {what}") }
}

fn picture_json(score: &PictureScore) -> Value {
    let variations: Vec<Value> = score.variations.iter().map(variation_json).collect();
    json!({
        "name": score.name,
        "class": score.class,
        "diversity": score.diversity,
        "operations": score.operations(),
        "variations": variations,
    })
}

fn variation_json(score: &VariationScore) -> Value {
    json!({
        "label": score.label,
        "operation": score.operation,
        "coherence_16": score.coherence_16,
        "coherence_24": score.coherence_24,
        "layout": score.layout,
        "incompleteness": score.incompleteness,
        "colour_change": score.colour_change,
        "structure_kept": score.structure_kept,
        "is_copy": score.is_copy,
        "is_lost": score.is_lost(),
    })
}

/// The middle value, or the mean of the two in the middle; 0 of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), values.len() % 2) {
        (None, _) => 0.0,
        (Some(value), 1) => *value,
        (Some(value), _) => (values[middle - 1] + value) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_even_odd_and_no_values() {
        assert_eq!(median(vec![]), 0.0);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 2.5);
    }
}
