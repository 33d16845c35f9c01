//! Measures of the engine's variations, as a table and as JSON.
//!
//! Looking at sheets finds faults; numbers tell whether a change made things better over all
//! pictures at once, and put another program's pictures beside ours.

mod metrics;
mod planted;
mod report;
mod structure;

use std::path::{Path, PathBuf};

use anyhow::bail;
use rayon::prelude::*;
use variata_core::{Count, Seed, Size, SquareImage, Strength, VariationSpec};
use variata_patch::analysis::Analysis;

use crate::pictures::{self, Named};
use metrics::Views;
use planted::Loss;
pub(crate) use report::median;
use report::{PictureScore, VariationScore};
use structure::Subject;

/// A variation whose layout is this close to its source's, and whose colours hardly changed, is a
/// copy.
const COPY_LAYOUT: f64 = 0.975;
/// The change of colours below which a variation may be a copy.
const COPY_COLOUR_CHANGE: f64 = 0.03;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Pictures, or folders of PNGs
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Variations for each seed
    #[arg(long, default_value = "6")]
    count: Count,
    /// A set of variations for each of these
    #[arg(long, value_delimiter = ',', default_value = "1,2,3,4")]
    seeds: Vec<Seed>,
    /// Side of the variations
    #[arg(long, default_value = "512")]
    size: Size,
    /// How far they may go from the source
    #[arg(long, default_value_t)]
    strength: Strength,
    /// Also measure another program's pictures: `<name>__<anything>.png` of this folder
    #[arg(long)]
    outputs: Option<PathBuf>,
    /// Instead, plant losses in the pictures and tell how well they are found
    #[arg(long)]
    self_test: bool,
    /// Also write the figures to this file
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Measures and prints.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let pictures = pictures::read_all(&arguments.paths)?;
    if arguments.self_test {
        return self_test(&pictures, arguments);
    }
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for picture in &pictures {
        eprintln!("{}", picture.name);
        let source = Source::new(picture, arguments.size);
        ours.push(source.score(&own_sets(picture, arguments)?)?);
        if let Some(folder) = &arguments.outputs {
            let set = foreign_set(picture, folder)?;
            if !set.pictures.is_empty() {
                theirs.push(source.score(&[set])?);
            }
        }
    }
    report::print("variata-patch", &ours);
    if let Some(folder) = &arguments.outputs {
        report::print(&folder.display().to_string(), &theirs);
        report::print_beside(&ours, &theirs);
    }
    arguments
        .json
        .as_ref()
        .map_or(Ok(()), |path| pictures::write(path, &report::to_json(&ours, &theirs)?))
}

/// Plants losses and tells how well `structure` tells them from the engine's own variations.
fn self_test(pictures: &[Named], arguments: &Arguments) -> anyhow::Result<()> {
    let mut clean = Vec::new();
    let mut lost: Vec<(Loss, Vec<f64>)> = Loss::ALL.map(|loss| (loss, Vec::new())).into();
    println!("{:<16}{:<9}{:>22}  gone halved torn", "picture", "class", "kept, least to most");
    for picture in pictures {
        let source = Source::new(picture, arguments.size);
        let kept = |image: &SquareImage| {
            source.subject.kept_in(&Views::new(&variata_image::resize(image, source.side_px)).lab)
        };
        let sets = own_sets(picture, arguments)?;
        let images = sets.iter().flat_map(|set| &set.pictures);
        let mut values: Vec<f64> =
            images.collect::<Vec<_>>().par_iter().map(|one| kept(&one.image)).collect();
        values.sort_by(f64::total_cmp);
        let saliency = &source.analysis.saliency;
        // What rearranges a crowd tears the picture on purpose.
        let is_loose = source.subject.is_loose();
        let planted = lost.iter_mut().filter(|(loss, _)| !is_loose || *loss == Loss::Gone);
        let mut line = String::new();
        for (loss, all) in planted {
            let value = kept(&loss.plant(&picture.image, &saliency.map, saliency.threshold));
            line += &format!("{value:6.2}");
            all.push(value);
        }
        let quartile = |share: usize| values[(values.len() - 1) * share / 4];
        let range: String = (0..=4).map(|share| format!("{:5.2}", quartile(share))).collect();
        let class = source.analysis.class.name();
        println!("{:<16.15}{class:<9}{range}  {line}", picture.name);
        clean.extend(values);
    }
    for (loss, values) in &lost {
        let area = planted::separation(&clean, values);
        println!("{:<7} AUC {area:.3} over {} and {}", loss.name(), clean.len(), values.len());
    }
    Ok(())
}

/// Variations that were made together: diversity is measured within such a set.
struct Set {
    class: Option<String>,
    pictures: Vec<Candidate>,
}

/// One variation to be measured.
struct Candidate {
    label: String,
    operation: String,
    image: SquareImage,
}

fn own_sets(picture: &Named, arguments: &Arguments) -> anyhow::Result<Vec<Set>> {
    let set = |&seed: &Seed| {
        let Arguments { count, size, strength, .. } = *arguments;
        let spec = VariationSpec { count, size, seed, strength };
        let variations = pictures::vary(picture.image.clone(), &spec)?;
        let class = variations.first().map(|first| first.description.class.clone());
        let pictures = variations.into_iter().map(|variation| Candidate {
            label: variation.seed.to_string(),
            operation: variation.description.operation,
            image: variation.image,
        });
        Ok(Set { class, pictures: pictures.collect() })
    };
    arguments.seeds.iter().map(set).collect()
}

/// The pictures that another program made of this one.
fn foreign_set(picture: &Named, folder: &Path) -> anyhow::Result<Set> {
    if !folder.is_dir() {
        bail!("{} is not a folder: expected one with pictures to measure", folder.display());
    }
    let prefix = format!("{}__", picture.name);
    let mut files = pictures::files_of(folder)?;
    files.retain(|file| pictures::stem(file).starts_with(&prefix));
    let candidate = |file: &PathBuf| {
        let Named { name, image } = pictures::read(file)?;
        Ok(Candidate { label: name, operation: String::new(), image })
    };
    let pictures = files.iter().map(candidate).collect::<anyhow::Result<_>>()?;
    Ok(Set { class: None, pictures })
}

/// A source and what all measures of its variations need.
struct Source {
    name: String,
    views: Views,
    analysis: Analysis,
    subject: Subject,
    side_px: u32,
}

impl Source {
    fn new(picture: &Named, size: Size) -> Self {
        let side_px = size.side_px();
        let image = variata_image::resize(&picture.image, side_px);
        let (views, analysis) = (Views::new(&image), Analysis::new(image, 128));
        let subject = Subject::new(&views.lab, &analysis.saliency.map, analysis.class);
        Self { name: picture.name.clone(), views, analysis, subject, side_px }
    }

    fn score(&self, sets: &[Set]) -> anyhow::Result<PictureScore> {
        let class = sets.iter().find_map(|set| set.class.clone()).filter(|class| !class.is_empty());
        let mut score = PictureScore {
            name: self.name.clone(),
            class: class.unwrap_or_else(|| self.analysis.class.name().to_owned()),
            diversity: 0.0,
            variations: Vec::new(),
        };
        for set in sets {
            let views: Vec<Views> = set.pictures.par_iter().map(|one| self.views_of(one)).collect();
            let all: Vec<&Views> = views.iter().collect();
            score.diversity += metrics::diversity(&self.views, &all) / sets.len() as f64;
            let rated = set.pictures.par_iter().zip(&views);
            let rated: Vec<VariationScore> =
                rated.map(|(candidate, views)| self.rate(candidate, views)).collect();
            score.variations.extend(rated);
        }
        Ok(score)
    }

    /// Pictures of another side are measured at the source's.
    fn views_of(&self, candidate: &Candidate) -> Views {
        Views::new(&variata_image::resize(&candidate.image, self.side_px))
    }

    fn rate(&self, candidate: &Candidate, views: &Views) -> VariationScore {
        let saliency = &self.analysis.saliency.map;
        let layout = metrics::layout(&self.views, views);
        let colour_change = metrics::colour_change(&self.views, views);
        VariationScore {
            label: candidate.label.clone(),
            operation: candidate.operation.clone(),
            coherence_16: metrics::coherence_16(&self.views, views),
            coherence_24: metrics::coherence_24(&self.views, views),
            layout,
            incompleteness: metrics::incompleteness(&self.views, views, saliency),
            colour_change,
            structure_kept: self.subject.kept_in(&views.lab),
            is_loose: self.subject.is_loose(),
            is_copy: layout > COPY_LAYOUT && colour_change < COPY_COLOUR_CHANGE,
        }
    }
}
