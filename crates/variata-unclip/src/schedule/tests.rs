//! Every sampler against diffusers, on numbers that were written down: see `fixtures/make.py`.

use std::path::Path;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Case {
    config: SchedulerConfig,
    steps: usize,
    start: Vec<f32>,
    timesteps: Vec<usize>,
    outputs: Vec<Vec<f32>>,
    samples: Vec<Vec<f32>>,
}

#[test]
fn every_sampler_takes_the_steps_of_diffusers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schedulers");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let case: Case = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert_eq!(case.config.fault(), None, "{name}");
        let mut sampler = case.config.sampler(Steps { count: case.steps, skipped: 0 });
        assert_eq!(sampler.timesteps(), case.timesteps, "{name}");
        let mut latents = case.start;
        for (at, (output, expected)) in case.outputs.iter().zip(&case.samples).enumerate() {
            sampler.step(output, &mut latents);
            for (found, expected) in latents.iter().zip(expected) {
                let close = (found - expected).abs() <= 2e-4 * expected.abs().max(1.0);
                assert!(close, "{name}, step {at}: {found} for {expected}");
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 11);
}

#[test]
fn a_run_that_starts_late_ends_where_a_whole_one_does() {
    let config = r#"{"_class_name": "PNDMScheduler", "steps_offset": 1}"#;
    let config: SchedulerConfig = serde_json::from_str(config).unwrap();
    let sampler = config.sampler(Steps { count: 10, skipped: 7 });
    assert_eq!(sampler.timesteps(), [201, 101, 101, 1]);
    let all_but_none = config.sampler(Steps { count: 10, skipped: 99 });
    assert_eq!(all_but_none.timesteps(), [1]);
}
