//! Files are written whole or not at all.

use std::fs;
use std::path::Path;

use variata_image::{Overwrite, WriteError, write_atomically};

fn names_in(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_written_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    write_atomically(&path, b"one", Overwrite::Never).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"one");
    assert_eq!(names_in(folder.path()), ["a.png"]);
}

#[test]
fn an_existing_file_is_kept_unless_it_may_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    fs::write(&path, b"old").unwrap();
    let error = write_atomically(&path, b"new", Overwrite::Never).unwrap_err();
    assert!(matches!(error, WriteError::AlreadyExists { .. }));
    assert_eq!(error.to_string(), format!("{} already exists", path.display()));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    write_atomically(&path, b"new", Overwrite::Always).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names_in(folder.path()), ["a.png"]);
}

#[test]
fn of_many_writers_that_may_not_replace_exactly_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let won = std::thread::scope(|scope| {
        let write = |number: u8| write_atomically(&path, &[number; 999], Overwrite::Never).is_ok();
        let writers: Vec<_> = (0..16).map(|number| scope.spawn(move || write(number))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(won, 1);
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() == 999 && bytes.iter().all(|byte| *byte == bytes[0]));
    assert_eq!(names_in(folder.path()), ["a.png"]);
}

#[test]
fn a_failure_names_the_path_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/a.png");
    let error = write_atomically(&missing, b"x", Overwrite::Always).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot write {}: ", missing.display())), "{error}");
    assert!(!error.contains(".part"), "{error}");
    assert_eq!(names_in(folder.path()), [""; 0]);

    let taken = folder.path().join("folder");
    fs::create_dir(&taken).unwrap();
    assert!(write_atomically(&taken, b"x", Overwrite::Always).is_err());
    assert_eq!(names_in(folder.path()), ["folder"]);
}

#[cfg(unix)]
#[test]
fn others_may_read_the_file_as_far_as_the_user_allows() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (written, ordinary) = (folder.path().join("a"), folder.path().join("b"));
    write_atomically(&written, b"x", Overwrite::Never).unwrap();
    fs::write(&ordinary, b"x").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(written), mode(ordinary));
}
