//! One input, start to end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use variata_core::{EngineError, SquareImage, VariationSpec};
use variata_image::{Fit, OutputFormat};

use super::Run;
use super::encoder::Encoder;
use super::mosaic::Group;
use super::outputs::OutputNames;
use super::replay::Replay;
use super::source::Source;
use super::turns::Turn;
use super::writer::Writer;
use crate::fault::Fault;

/// One input and what to make of it.
#[derive(Debug)]
pub(super) struct Job {
    /// The picture to vary.
    pub(super) input: PathBuf,
    /// What to do when it is not square.
    /// How the picture is made square. Where nobody said it, what was done is told.
    pub(super) fit: Option<Fit>,
    /// Which variations to make.
    pub(super) spec: VariationSpec,
    /// What to write them as.
    pub(super) format: OutputFormat,
    /// Where to write them.
    pub(super) names: OutputNames,
    /// The variation that is made again, if this is a replay.
    pub(super) replay: Option<Replay>,
}

impl Job {
    /// Makes and writes all variations; gives back their thumbnails when there is a sheet.
    ///
    /// # Errors
    ///
    /// The first thing that went wrong; what was written before that stays.
    pub(super) fn run(&self, run: &Run<'_>, turn: &Turn<'_>) -> Result<Option<Group>, Fault> {
        if run.interrupt.is_raised() {
            return Err(Fault::interrupted());
        }
        run.console.working_on(&self.input);
        let source = Source::open(&self.input, self.fit, run.server.is_some(), &run.interrupt)?;
        self.check_source(&source)?;
        self.tell_of_fitting(&source, run);
        let writer = Writer::new(self, &source, run, turn);
        let made = match &run.server {
            Some(server) => server.make(self, &source, &writer, &run.interrupt),
            None => self.drive(source.into_image(), run, &writer),
        };
        turn.wait();
        let told = writer.tell();
        made.and(told)?;
        writer.progress(1.0);
        let (sheet, view) = writer.into_groups();
        if let (Some(group), Some(view)) = (view, &run.view) {
            run.console.raw(view.draw(&self.input, group)?);
        }
        Ok(sheet)
    }

    fn check_source(&self, source: &Source) -> Result<(), Fault> {
        self.replay.as_ref().map_or(Ok(()), |replay| replay.check_source(&self.input, source))
    }

    fn tell_of_fitting(&self, source: &Source, run: &Run<'_>) {
        let (Some(fitted), None) = (source.lineage.fitted(), self.fit) else { return };
        let done = match fitted {
            Fit::Pad => "it is kept whole; --fit crop takes the middle".to_owned(),
            _ => {
                let side = source.image.side();
                format!("the {side}x{side} with most to see is taken; --fit pad keeps all")
            }
        };
        let (name, (width, height)) = (self.input.display(), source.shape_px);
        run.console.hint(&format!("{name} is {width}x{height}, {done}"));
    }

    fn drive(&self, source: SquareImage, run: &Run<'_>, writer: &Writer<'_>) -> Result<(), Fault> {
        let (encoder, files) = Encoder::new(writer);
        let mut ended = None;
        // The engine works in the pool, this thread writes.
        run.pool.in_place_scope(|scope| {
            scope.spawn(|_| {
                let encoder = encoder;
                // One picture that brings the engine down must not take the rest of a folder with
                // it.
                let vary = || run.engine.vary(source, &self.spec, &encoder);
                ended = catch_unwind(AssertUnwindSafe(vary)).ok();
            });
            files.iter().for_each(|encoded| writer.take(&encoded));
        });
        writer.failure()?;
        match ended {
            Some(Ok(())) => self.check_complete(writer),
            Some(Err(EngineError::Cancelled)) => Err(Fault::interrupted()),
            Some(Err(error)) => Err(Fault::internal(&self.input, error)),
            None => Err(Fault::internal(&self.input, "the engine broke down on this picture")
                .with_hint("please report this, with the lines above and the picture if you can")),
        }
    }

    fn check_complete(&self, writer: &Writer<'_>) -> Result<(), Fault> {
        let (written, count) = (writer.written.load(Ordering::Relaxed), self.spec.count.get());
        if written == count {
            return Ok(());
        }
        Err(Fault::internal(&self.input, format!("the engine made {written} of {count} pictures")))
    }
}

#[cfg(test)]
mod tests {
    use variata_core::{Count, Engine, Observer, Seed, Size, Strength};
    use variata_image::Overwrite;

    use super::super::console::Console;
    use super::super::turns::Turns;
    use super::*;
    use crate::exit::Exit;
    use crate::interrupt::Interrupt;

    /// An engine that does what a function says.
    struct Fake(fn() -> Result<(), EngineError>);

    impl Engine for Fake {
        fn id(&self) -> &str {
            "fake"
        }

        fn vary(
            &self,
            _: SquareImage,
            _: &VariationSpec,
            _: &dyn Observer,
        ) -> Result<(), EngineError> {
            (self.0)()
        }
    }

    fn run_with<'a>(engine: &'a Fake) -> Run<'a> {
        Run {
            engine,
            pool: rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap(),
            server: None,
            console: Console::new(2),
            interrupt: Interrupt::default(),
            overwrite: Overwrite::Never,
            json: false,
            sheet: None,
            view: None,
            lanes: 1,
            turns: Turns::default(),
            finished: Default::default(),
        }
    }

    fn job_for(input: PathBuf) -> Job {
        let spec = VariationSpec {
            count: Count::new(2).unwrap(),
            size: Size::Px256,
            seed: Seed::from_bits(1),
            strength: Strength::default(),
        };
        Job {
            names: OutputNames::new(&input, None, OutputFormat::Png),
            input,
            fit: Some(Fit::Reject),
            spec,
            format: OutputFormat::Png,
            replay: None,
        }
    }

    /// Runs a job for two pictures with `engine` and checks how it fails.
    #[track_caller]
    fn check(engine: fn() -> Result<(), EngineError>, exit: Exit, message: &str) {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("photo.png");
        let picture = SquareImage::from_fn(8, |_, _| [1, 2, 3, 255]);
        let bytes = variata_image::encode(&picture, OutputFormat::Png, None).unwrap();
        std::fs::write(&input, bytes).unwrap();
        let fake = Fake(engine);
        let run = run_with(&fake);
        let fault = job_for(input).run(&run, &run.turns.take(0)).unwrap_err();
        assert_eq!(fault.exit(), exit);
        assert!(fault.to_string().ends_with(message), "{fault}");
    }

    #[test]
    fn an_engine_that_panics_fails_its_input_only() {
        check(|| panic!("on purpose"), Exit::Internal, "the engine broke down on this picture");
    }

    #[test]
    fn an_engine_that_makes_too_few_is_not_believed() {
        check(|| Ok(()), Exit::Internal, "the engine made 0 of 2 pictures");
    }

    #[test]
    fn a_cancelled_engine_means_an_interrupt() {
        check(|| Err(EngineError::Cancelled), Exit::Interrupted, "interrupted");
    }
}
