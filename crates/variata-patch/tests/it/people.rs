//! People are found, and are whole.

use variata_patch::analysis::Analysis;

use crate::support::example;

#[test]
fn a_face_is_found_in_the_portrait_and_in_no_other_example() {
    for name in ["otter", "landscape", "texture", "logo", "town"] {
        assert_eq!(Analysis::new(example(name), 256).faces, [], "{name}");
    }
    let faces = Analysis::new(example("portrait"), 256).faces;
    let [face] = faces[..] else { panic!("{faces:?}") };
    assert!((0.1..0.6).contains(&(face.right - face.left)), "{face:?}");
}

#[test]
fn a_person_is_outlined_from_the_hair_to_the_chest() {
    let analysis = Analysis::new(example("portrait"), 256);
    let (face, matte) = (analysis.faces[0], analysis.matte.unwrap());
    let (middle, height) = (0.5 * (face.left + face.right), face.bottom - face.top);
    for down in [face.top - 0.25 * height, face.top + 0.5 * height, face.bottom + 0.5 * height] {
        let at = |share: f32| (share * 256.0) as usize;
        assert!(matte.view.at(at(middle), at(down)) > 0.9, "{down}");
    }
}
