//! What several variations ask of their source, found by the first of them that does.

use std::sync::{Arc, OnceLock};

use super::Frame;
use crate::analysis::Analysis;

/// Something of the source as it is, worked out when it is first asked for.
///
/// Nobody waits for it: what finds it missing works it out, at the same time as others if need be. A
/// thread of a rayon pool that waited would be given other tasks, which may wait for the same value.
#[derive(Debug)]
pub(super) struct Remembered<T>(OnceLock<Arc<T>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Remembered<T> {
    /// What `find` makes of `frame`, remembered where that is the source.
    pub(super) fn of(
        &self,
        frame: &Frame,
        analysis: &Analysis,
        find: impl FnOnce(&Frame, &Analysis) -> T,
    ) -> Arc<T> {
        if !frame.is_source(analysis) {
            return Arc::new(find(frame, analysis));
        }
        if let Some(known) = self.0.get() {
            return Arc::clone(known);
        }
        let found = Arc::new(find(frame, analysis));
        Arc::clone(self.0.get_or_init(|| found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{photo, scene};

    #[test]
    fn what_is_known_of_the_source_is_kept_and_what_is_true_of_a_frame_is_not() {
        let analysis = photo(scene(32));
        let source = Frame::of(&analysis);
        let mirrored = source.moved(source.image.mirrored(), source.saliency.clone());
        let corner = |frame: &Frame, _: &Analysis| frame.image.at(0, 0);
        let memory = Remembered::default();
        assert_eq!(*memory.of(&mirrored, &analysis, corner), analysis.source.at(31, 0));
        assert_eq!(*memory.of(&source, &analysis, corner), analysis.source.at(0, 0));
        assert_eq!(*memory.of(&source, &analysis, |_, _| [0; 4]), analysis.source.at(0, 0));
        assert_eq!(*memory.of(&mirrored, &analysis, corner), analysis.source.at(31, 0));
    }

    #[test]
    fn it_may_be_asked_for_while_it_is_found() {
        let analysis = photo(scene(32));
        let (source, memory) = (Frame::of(&analysis), Remembered::default());
        let found = memory
            .of(&source, &analysis, |frame, analysis| *memory.of(frame, analysis, |_, _| 1) + 1);
        assert_eq!(*found, 1);
    }
}
