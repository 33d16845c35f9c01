//! Links: how long they work, and that no others do.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;
use variata_store::{FileName, KeyError, LINK_LIFETIME_S, LinkError, LinkSigner, Timestamp};

use crate::conformance::{at, new_name};

/// Splits a link as a server does.
fn verify(signer: &LinkSigner, link: &str, now: Timestamp) -> Result<FileName, LinkError> {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    signer.verify(path, query, now)
}

fn signer() -> LinkSigner {
    LinkSigner::in_memory(at(0)).unwrap()
}

fn key_file(directory: &TempDir) -> PathBuf {
    directory.path().join("link-keys")
}

#[test]
fn a_link_works_for_exactly_an_hour() {
    let (signer, name) = (signer(), new_name());
    let expires = at(LINK_LIFETIME_S);
    let link = signer.sign(name, expires);
    assert_eq!(verify(&signer, &link, at(0)), Ok(name));
    assert_eq!(verify(&signer, &link, at(3599)), Ok(name));
    assert_eq!(verify(&signer, &link, at(3600)), Err(LinkError::Expired { expires }));
    assert_eq!(verify(&signer, &link, at(1 << 32)), Err(LinkError::Expired { expires }));
}

#[test]
fn links_have_the_documented_shape() {
    let name = new_name();
    let link = signer().sign(name, at(0));
    let start = format!("/files/{name}?expires=1790000000&key=");
    let rest = link.strip_prefix(&start).unwrap();
    let (key, signature) = rest.split_once("&signature=").unwrap();
    assert_eq!((key.len(), signature.len()), (8, 64));
}

#[test]
fn every_single_bit_flip_of_a_link_is_refused() {
    let signer = signer();
    let link = signer.sign(new_name(), at(LINK_LIFETIME_S));
    for bit in 0..link.len() * 8 {
        let mut bytes = link.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // What is no text never gets past the reading of a request.
        if let Ok(flipped) = String::from_utf8(bytes) {
            let verified = verify(&signer, &flipped, at(0));
            assert_eq!(verified, Err(LinkError::Invalid), "{flipped} was taken");
        }
    }
}

#[test]
fn an_altered_link_does_not_tell_whether_it_had_expired() {
    let signer = signer();
    let link = signer.sign(new_name(), at(0)).replace("expires=1790000000", "expires=1790000001");
    assert_eq!(verify(&signer, &link, at(5000)), Err(LinkError::Invalid));
}

#[test]
fn there_is_one_spelling_of_a_link() {
    let signer = signer();
    let link = signer.sign(new_name(), at(LINK_LIFETIME_S));
    let (path, query) = link.split_once('?').unwrap();
    let fields: Vec<&str> = query.split('&').collect();
    let others = [
        format!("{path}?{}&{}&{}", fields[1], fields[0], fields[2]),
        format!("{path}?{query}&x=1"),
        format!("{path}?{query}&"),
        format!("{path}?{}", query.replace("expires=", "expires=0")),
        format!("{path}?{}", query.replace("expires=", "expires=+")),
        format!("{path}?{}", query.replace("expires=1", "expires=%31")),
        format!("{path}?{}", query.to_uppercase()),
        format!("{}?{query}", path.replace("/files/", "/files//")),
        format!("/x/..{link}"),
        format!("https://host{link}"),
        path.to_owned(),
    ];
    for other in others {
        assert_eq!(verify(&signer, &other, at(0)), Err(LinkError::Invalid), "{other} was taken");
    }
}

#[test]
fn links_of_another_server_are_refused() {
    let link = signer().sign(new_name(), at(LINK_LIFETIME_S));
    assert_eq!(verify(&signer(), &link, at(0)), Err(LinkError::Invalid));
}

#[test]
fn rotation_keeps_living_links_alive() {
    let (signer, name) = (signer(), new_name());
    let old = signer.sign(name, at(10 + LINK_LIFETIME_S));
    signer.rotate(at(10)).unwrap();
    let new = signer.sign(name, at(10 + LINK_LIFETIME_S));
    assert_ne!(old, new);
    signer.rotate(at(9 + LINK_LIFETIME_S)).unwrap();
    for link in [old, new] {
        assert_eq!(verify(&signer, &link, at(9 + LINK_LIFETIME_S)), Ok(name));
    }
}

#[test]
fn keys_without_living_links_are_forgotten() {
    let (signer, name) = (signer(), new_name());
    let link = signer.sign(name, at(u32::MAX.into()));
    signer.rotate(at(10)).unwrap();
    signer.rotate(at(10 + LINK_LIFETIME_S)).unwrap();
    assert_eq!(verify(&signer, &link, at(0)), Err(LinkError::Invalid));
}

#[test]
fn rotating_without_end_is_refused_and_changes_nothing() {
    let (signer, name) = (signer(), new_name());
    let link = signer.sign(name, at(LINK_LIFETIME_S));
    let refused = (1..100).map(|second| signer.rotate(at(second))).find(Result::is_err);
    assert!(matches!(refused, Some(Err(KeyError::TooManyKeys))));
    assert_eq!(verify(&signer, &link, at(100)), Ok(name));
    signer.rotate(at(200 + LINK_LIFETIME_S)).unwrap();
}

#[test]
fn links_survive_a_restart_and_a_rotation_before_it() {
    let directory = TempDir::new().unwrap();
    let path = key_file(&directory);
    let name = new_name();
    let first = LinkSigner::open(&path, at(0)).unwrap();
    let before = first.sign(name, at(LINK_LIFETIME_S));
    first.rotate(at(1)).unwrap();
    let after = first.sign(name, at(LINK_LIFETIME_S));
    drop(first);
    let second = LinkSigner::open(&path, at(2)).unwrap();
    for link in [&before, &after] {
        assert_eq!(verify(&second, link, at(3)), Ok(name));
    }
    assert_eq!(second.sign(name, at(LINK_LIFETIME_S)), after);
}

#[test]
fn servers_that_share_a_key_file_lose_no_key_of_each_other() {
    let directory = TempDir::new().unwrap();
    let (one, other) = (
        LinkSigner::open(&key_file(&directory), at(0)).unwrap(),
        LinkSigner::open(&key_file(&directory), at(0)).unwrap(),
    );
    one.rotate(at(1)).unwrap();
    let name = new_name();
    let link = one.sign(name, at(LINK_LIFETIME_S));
    assert_eq!(verify(&other, &link, at(2)), Err(LinkError::Invalid));
    other.rotate(at(2)).unwrap();
    assert_eq!(verify(&other, &link, at(2)), Ok(name));
    let link = other.sign(name, at(LINK_LIFETIME_S));
    one.reload().unwrap();
    assert_eq!(verify(&one, &link, at(2)), Ok(name));
}

#[cfg(unix)]
#[test]
fn the_key_file_is_private_and_refused_otherwise() {
    use std::os::unix::fs::PermissionsExt;

    let directory = TempDir::new().unwrap();
    let path = key_file(&directory);
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    LinkSigner::open(&path, at(0)).unwrap().rotate(at(1)).unwrap();
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let error = LinkSigner::open(&path, at(0)).unwrap_err();
    assert!(matches!(error, KeyError::Exposed { mode: 0o644, .. }), "{error}");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o440)).unwrap();
    LinkSigner::open(&path, at(0)).unwrap();
}

#[test]
fn a_file_of_something_else_is_refused_with_the_line_and_kept() {
    let directory = TempDir::new().unwrap();
    let path = key_file(&directory);
    LinkSigner::open(&path, at(0)).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let half = &good[..good.len() - 2];
    for (text, wrong_line) in [("", 1), ("# nothing\n", 1), ("a b c\n", 1), (half, 2)] {
        fs::write(&path, text).unwrap();
        let error = LinkSigner::open(&path, at(0)).unwrap_err();
        let found = matches!(error, KeyError::Malformed { line, .. } if line == wrong_line);
        assert!(found, "{text:?} gave {error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn debug_and_errors_show_no_secret() {
    let directory = TempDir::new().unwrap();
    let path = key_file(&directory);
    let signer = LinkSigner::open(&path, at(0)).unwrap();
    let line = fs::read_to_string(&path).unwrap();
    let secret = line.trim_end().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(secret.len(), 128);
    let first_bytes = [0, 2, 4, 6].map(|at| u8::from_str_radix(&secret[at..at + 2], 16).unwrap());
    let in_decimal = format!("{first_bytes:?}").trim_end_matches(']').to_owned();
    fs::write(&path, format!("{line}{secret}\n")).unwrap();
    let error = LinkSigner::open(&path, at(0)).unwrap_err();
    for shown in [format!("{signer:?}"), format!("{error:?}"), error.to_string()] {
        assert!(!shown.contains(&secret[..8]), "{shown}");
        assert!(!shown.contains(&in_decimal), "{shown}");
    }
}

proptest! {
    #[test]
    fn no_text_is_taken_for_a_link(path in ".*", query in ".*") {
        prop_assert_eq!(signer().verify(&path, &query, at(0)), Err(LinkError::Invalid));
    }

    #[test]
    fn no_piece_of_a_link_can_be_replaced(start in 0usize..160, length in 0usize..9, by in "\\PC{0,8}") {
        let signer = signer();
        let link = signer.sign(new_name(), at(LINK_LIFETIME_S));
        let start = start.min(link.len());
        let end = (start + length).min(link.len());
        prop_assume!(link[start..end] != by);
        let altered = format!("{}{by}{}", &link[..start], &link[end..]);
        prop_assume!(altered != link);
        prop_assert_eq!(verify(&signer, &altered, at(0)), Err(LinkError::Invalid));
    }
}
