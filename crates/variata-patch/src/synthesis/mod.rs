//! A picture rearranged: composed anew where it is tiny, then rebuilt from its own patches.
//!
//! The method is that of Granot et al. ("Drop the GAN: In Defense of Patches Nearest Neighbors",
//! CVPR 2022), with three differences: the composition is chosen first, by a random smooth map,
//! instead of coming from noise; patches prefer their height in the picture; and matches are
//! never searched at random. They are exact up to 32 px; from there on they are only carried over
//! to finer levels and corrected from their neighbourhood.

mod candidates;
mod collage;
mod composition;
mod exemplar;
mod exhaustive;
mod labels;
mod padded;
mod preference;
mod refine;
mod scatter;
mod things;
mod tried;
mod vote;
mod workspace;

pub use candidates::Candidates;
pub use collage::{Collage, Shuffle};
pub use composition::Composition;
pub use exemplar::{CHOICE_PX, Exemplar, Facing, Level, MIN_SIDE_PX, Pyramid, START_SIDES_PX};
pub use exhaustive::{Exhaustive, MAX_SIDE_PX, Matches, nearest_distances};
pub use labels::Labels;
pub use padded::{Field, Padded, Picture, TileRow};
pub use preference::Preference;
pub use refine::Pass;
pub use scatter::Scatter;
pub use things::Things;
pub use tried::Tried;
pub use vote::Vote;
pub use workspace::{Repair, Repaired, Workspace};
