//! What the clients' programs find in their folders: scripts, the table of errors, pictures.

use std::fs;
use std::path::Path;

use anyhow::ensure;
use variata_core::SquareImage;
use variata_image::{OutputFormat, encode};

use super::clients::Clients;
use crate::pictures::{Effort, png};

/// The example of the reference, as it stands there.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../../../crates/variata-server/src/reference/examples/", $name))
    };
}

const PYTHON_SCRIPTS: [(&str, &str); 7] = [
    ("urls.py", include_str!("../../conformance/python/urls.py")),
    ("base64_files.py", include_str!("../../conformance/python/base64_files.py")),
    ("ten.py", include_str!("../../conformance/python/ten.py")),
    ("behaviour.py", include_str!("../../conformance/python/behaviour.py")),
    ("errors.py", include_str!("../../conformance/python/errors.py")),
    ("litellm_sdk.py", include_str!("../../conformance/python/litellm_sdk.py")),
    ("variations.py", example!("variations.py")),
];
const NODE_SCRIPTS: [(&str, &str); 3] = [
    ("behaviour.mjs", include_str!("../../conformance/node/behaviour.mjs")),
    ("errors.mjs", include_str!("../../conformance/node/errors.mjs")),
    ("variations.mjs", example!("variations.mjs")),
];
/// The table of errors; one row is one check of each client.
pub(super) const ERRORS: &str = include_str!("../../conformance/errors.json");
/// curl's example.
pub(super) const CURL_EXAMPLE: &str = example!("variations.sh");

/// Puts everything in place.
pub(super) fn lay_out(clients: &Clients, otter: &Path) -> anyhow::Result<()> {
    let (python, node) = (clients.work(), &clients.node_work());
    for (folder, scripts) in [(python, PYTHON_SCRIPTS.as_slice()), (node, &NODE_SCRIPTS)] {
        for (name, text) in scripts {
            fs::write(folder.join(name), text)?;
        }
        fs::write(folder.join("errors.json"), ERRORS)?;
        fs::copy(otter, folder.join("otter.png"))?;
        draw(&folder.join("pictures"))?;
    }
    substitute(clients)
}

/// The two substitutions in openai-python's own tests: it posts `Example data` as the picture and
/// names a model of another kind, which a server that keeps the endpoint's rules has to refuse.
fn substitute(clients: &Clients) -> anyhow::Result<()> {
    let tests = clients.python_tests().join("tests/api_resources");
    let original = fs::read_to_string(tests.join("test_images.py"))?;
    let path = clients.work().join("otter.png");
    let picture = format!("__import__('pathlib').Path({path:?}).read_bytes()");
    let real = original.replace("b\"Example data\"", &picture);
    let real = real.replace("model=\"gpt-image-1\"", "model=\"dall-e-2\"");
    ensure!(real.contains(&picture), "openai-python's tests no longer post `Example data`");
    fs::write(tests.join("test_images_of_variata.py"), real)?;
    Ok(())
}

/// Pictures that are right, and one for each way of being wrong.
fn draw(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let square = SquareImage::from_fn(64, |x, y| [x as u8 * 4, y as u8 * 4, 128, u8::MAX]);
    let sound = encode(&square, OutputFormat::Png, None)?;
    let mut damaged = sound.clone();
    if let Some(byte) = damaged.get_mut(sound.len() / 2) {
        *byte ^= 0x55;
    }
    let files: [(&str, Vec<u8>); 9] = [
        ("picture.gif", b"GIF89a".to_vec()),
        ("picture.jpg", encode(&square, OutputFormat::Jpeg, None)?),
        ("empty.png", Vec::new()),
        ("damaged.png", damaged),
        ("five-megabytes.png", padded(&sound, 5 << 20)),
        ("seventy-megabytes.png", padded(&sound, 70 << 20)),
        ("bomb.png", bomb(&sound)),
        ("oblong.png", png((64, 48), &vec![90; 64 * 48 * 3], Effort::Quick)?),
        ("square.png", sound),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

fn padded(file: &[u8], more_bytes: usize) -> Vec<u8> {
    [file, &vec![0; more_bytes]].concat()
}

/// The same file, whose header claims 180,000 pixels a side.
fn bomb(file: &[u8]) -> Vec<u8> {
    let side = 180_000_u32.to_be_bytes();
    // IHDR's width and height follow the signature, a length and a type.
    [file.get(..16).unwrap_or_default(), &side, &side, file.get(24..).unwrap_or_default()].concat()
}
