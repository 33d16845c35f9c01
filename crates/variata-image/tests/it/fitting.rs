//! Making pictures square, and changing their size.

use variata_core::SquareImage;
use variata_image::{Fit, fit, resize};

use crate::support::{picture, shaped, short_digest};

#[test]
fn a_square_picture_is_left_alone_by_every_fit() {
    for how in [Fit::Reject, Fit::Crop, Fit::Focus, Fit::Pad] {
        let square = shaped(2, 2, |x, y| [x as u8, y as u8, 0, 9]);
        let pixels = square.pixels().to_vec();
        assert_eq!(fit(square, how).unwrap().pixels(), pixels);
    }
}

#[test]
fn a_picture_that_is_not_square_is_refused_in_the_words_of_the_endpoint() {
    let error = fit(shaped(640, 480, |_, _| [0; 4]), Fit::Reject).unwrap_err();
    let expected = "expected an image with equal width and height, got 640x480 instead";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn cropping_keeps_the_middle() {
    let reds = |image: &SquareImage| image.pixels().iter().map(|p| p[0]).collect::<Vec<_>>();
    let wide = fit(shaped(5, 2, |x, y| [(10 * y + x) as u8, 0, 0, 255]), Fit::Crop).unwrap();
    assert_eq!(reds(&wide), [1, 2, 11, 12]);
    let tall = fit(shaped(2, 4, |x, y| [(10 * y + x) as u8, 0, 0, 255]), Fit::Crop).unwrap();
    assert_eq!(reds(&tall), [10, 11, 20, 21]);
}

#[test]
fn padding_continues_an_opaque_ground_and_leaves_transparency_open() {
    let ground = [30, 60, 90, 255];
    let ink = |x: u32, y: u32| (3..6).contains(&x) && y == 1;
    let opaque = shaped(9, 3, |x, y| if ink(x, y) { [255; 4] } else { ground });
    let padded = fit(opaque, Fit::Pad).unwrap();
    assert_eq!(padded.side(), 9);
    assert_eq!(padded.pixels()[0], ground);
    assert_eq!(padded.pixels()[4 * 9 + 4], [255; 4]);
    assert_eq!(padded.pixels().iter().filter(|pixel| **pixel != ground).count(), 3);

    let transparent = shaped(3, 9, |x, y| if ink(y, x) { [255; 4] } else { [8, 8, 8, 0] });
    let padded = fit(transparent, Fit::Pad).unwrap();
    assert_eq!(padded.pixels()[0], [0; 4]);
    assert_eq!(padded.pixels()[4 * 9 + 4], [255; 4]);
}

#[test]
fn what_stands_on_a_transparent_ground_is_not_cut_off_unasked() {
    let tall = |x: u32, y: u32| if x > 2 && y > 0 { [9, 9, 9, 255] } else { [0; 4] };
    assert_eq!(Fit::suited_to(&shaped(8, 20, tall)), Fit::Pad);
    let amid = |_, y: u32| if (7..13).contains(&y) { [9, 9, 9, 255] } else { [0; 4] };
    assert_eq!(Fit::suited_to(&shaped(8, 20, amid)), Fit::Focus);
    assert_eq!(Fit::suited_to(&shaped(8, 20, |_, _| [9, 9, 9, 255])), Fit::Focus);
    assert_eq!(Fit::suited_to(&shaped(20, 8, |_, _| [0; 4])), Fit::Focus);
}

#[test]
fn what_stands_on_an_even_ground_is_not_cut_off_unasked_either() {
    let word = |x: u32, y: u32| (2..38).contains(&x) && (4..8).contains(&y);
    let on = |ground: fn(u32) -> u8| {
        move |x, y| if word(x, y) { [20, 30, 200, 255] } else { [ground(x), 240, 240, 255] }
    };
    assert_eq!(Fit::suited_to(&shaped(40, 12, on(|_| 250))), Fit::Pad);
    assert_eq!(Fit::suited_to(&shaped(40, 12, on(|x| 6 * x as u8))), Fit::Focus);
}

/// A figure with a head of skin above a dark coat, as high as the picture.
fn figure(x: u32, y: u32) -> [u8; 4] {
    match () {
        () if x.abs_diff(30).pow(2) + y.abs_diff(24).pow(2) < 120 => {
            [220 - (x % 5) as u8 * 12, 160, 130, 255]
        }
        () if x.abs_diff(30) < 16 && y > 40 => [30, 34, 60, 255],
        () => [180, 190, 200, 255],
    }
}

#[test]
fn a_focus_keeps_the_head_of_a_figure_and_what_lies_at_the_side() {
    let has = |image: &SquareImage, wanted: fn(&[u8; 4]) -> bool| {
        image.pixels().iter().filter(|pixel| wanted(pixel)).count()
    };
    let is_skin = |pixel: &[u8; 4]| pixel[0] > 160 && pixel[2] == 130;
    let tall = || shaped(60, 120, figure);
    let whole = tall().pixels().iter().filter(|pixel| is_skin(pixel)).count();
    assert_eq!(has(&fit(tall(), Fit::Focus).unwrap(), is_skin), whole);
    assert!(has(&fit(tall(), Fit::Crop).unwrap(), is_skin) < whole / 2);

    let ball = |x: u32, y: u32| x.abs_diff(130).pow(2) + y.abs_diff(30).pow(2) < 300;
    let is_red = |pixel: &[u8; 4]| pixel[0] == 200;
    let colour = |x, y| if ball(x, y) { [200, 30, 30, 255] } else { [70, 110, 60, 255] };
    let wide = || shaped(160, 60, colour);
    let whole = wide().pixels().iter().filter(|pixel| is_red(pixel)).count();
    assert_eq!(has(&fit(wide(), Fit::Focus).unwrap(), is_red), whole);
    assert_eq!(has(&fit(wide(), Fit::Crop).unwrap(), is_red), 0);
}

#[test]
fn a_focus_is_found_in_any_shape() {
    for (width, height) in [(1, 2), (2, 1), (1, 16_384), (16_384, 1), (63, 64), (1000, 17)] {
        let colour = |x: u32, y: u32| [(x % 251) as u8, (y % 241) as u8, 9, (x + y) as u8];
        let square = fit(shaped(width, height, colour), Fit::Focus).unwrap();
        assert_eq!(square.side(), width.min(height));
    }
}

#[test]
fn padding_a_long_strip_does_not_make_a_giant() {
    let padded = fit(shaped(16_384, 3, |_, _| [5, 6, 7, 255]), Fit::Pad).unwrap();
    assert_eq!(padded.side(), 4096);
    assert!(padded.pixels().iter().all(|pixel| *pixel == [5, 6, 7, 255]));
}

#[test]
fn fits_are_read_and_written_by_name() {
    for how in [Fit::Reject, Fit::Crop, Fit::Focus, Fit::Pad] {
        assert_eq!(how.to_string().parse(), Ok(how));
    }
    let error = "stretch".parse::<Fit>().unwrap_err();
    let expected = "\"stretch\" is not a valid fit: expected reject, crop, focus or pad";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn resizing_keeps_flat_colours_and_the_same_size_exactly() {
    for (from, to) in [(7, 3), (7, 19), (1, 5), (5, 1)] {
        for colour in [[1, 128, 254, 255], [200, 100, 50, 77]] {
            let flat = SquareImage::from_fn(from, |_, _| colour);
            assert_eq!(resize(&flat, to), SquareImage::from_fn(to, |_, _| colour));
        }
    }
    let image = picture(9, true);
    assert_eq!(resize(&image, 9), image);
}

#[test]
fn the_hidden_colour_of_transparent_pixels_never_shows() {
    // A red disc on transparent green: any green in the result would be a fringe.
    let disc = |x: u32, y: u32| x.abs_diff(32).pow(2) + y.abs_diff(32).pow(2) < 400;
    let colour = |x, y| if disc(x, y) { [255, 0, 0, 255] } else { [0, 255, 0, 0] };
    let image = SquareImage::from_fn(64, colour);
    for side in [17, 40, 150] {
        let resized = resize(&image, side);
        assert!(resized.pixels().iter().all(|pixel| pixel[1] == 0), "green at {side}");
        assert!(resized.pixels().iter().any(|pixel| (1..255).contains(&pixel[3])));
    }
}

#[test]
fn enlarging_a_hard_edge_overshoots_only_a_little() {
    let edge =
        SquareImage::from_fn(
            16,
            |x, _| if x < 8 { [100, 100, 100, 255] } else { [150, 150, 150, 255] },
        );
    let enlarged = resize(&edge, 64);
    let greys = || enlarged.pixels().iter().map(|pixel| pixel[0]);
    let (low, high) = (greys().min().unwrap(), greys().max().unwrap());
    assert!(low >= 98 && high <= 152, "{low} to {high} of 100 to 150");
}

#[test]
fn resizing_gives_the_same_bytes_on_every_machine() {
    let cases = [
        (false, 64, "5c9e1d55d4e10bae"),
        (true, 64, "96a3342809c78578"),
        (false, 150, "990d96671c36edb4"),
        (true, 150, "cbe107be7d437a3d"),
    ];
    for (transparent, side, digest) in cases {
        let resized = resize(&picture(97, transparent), side);
        assert_eq!(short_digest(resized.as_bytes()), digest, "{side}, {transparent}");
    }
}
