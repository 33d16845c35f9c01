//! Reading, fitting and writing pictures.
