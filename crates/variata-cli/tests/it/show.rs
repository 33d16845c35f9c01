//! Pictures go to terminals only; that they are drawn well is tested beside the code that draws.

use crate::support::Folder;

#[test]
fn nothing_is_drawn_into_a_pipe() {
    let folder = Folder::with_photo();
    let ran = folder.vary("photo.png -n 1 --seed 1 --size 256 --show");
    let hint = "hint: --show needs a terminal that is known to show pictures or 24-bit colour";
    ran.assert_failed(0, &[hint]);
    assert_eq!(ran.paths(), ["photo-1.png"]);
}
