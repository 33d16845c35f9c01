//! The words that a newcomer reads first.

use assert_cmd::Command;

use crate::support::{Ran, VARIATA};

fn run(arguments: &[&str]) -> Ran {
    Ran::of(&Command::new(VARIATA).args(arguments).output().unwrap())
}

#[test]
fn help_fits_into_80_columns() {
    for arguments in [
        &["--help"][..],
        &["vary", "-h"],
        &["vary", "--help"],
        &["serve", "--help"],
        &["models", "--help"],
        &["keys", "create", "--help"],
        &["users", "--help"],
        &["usage", "--help"],
    ] {
        let ran = run(arguments);
        ran.assert_clean();
        let longest = ran.stdout.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(80), "{arguments:?}: {longest:?}");
    }
}

#[test]
fn help_has_examples_and_every_exit_code() {
    let help = run(&["vary", "--help"]).stdout;
    assert_eq!(help.matches("\n  variata vary ").count(), 3);
    for code in ["0", "1", "2", "3", "4", "5", "130"] {
        assert!(help.contains(&format!("\n  {code:<4} ")), "{code}");
    }
}

#[test]
fn every_variable_of_the_environment_is_named() {
    let help = run(&["vary", "--help"]).stdout;
    for name in [
        "COUNT", "SIZE", "STRENGTH", "FIT", "FORMAT", "OUTPUT", "SERVER", "THREADS", "SIMD",
        "ENGINE",
    ] {
        assert!(help.contains(&format!("VARIATA_{name}")), "{name}");
    }
}

#[test]
fn a_mistyped_flag_is_guessed() {
    let ran = run(&["vary", "photo.png", "--sed", "1"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("'--seed'"), "{}", ran.stderr);
}

#[test]
fn whoever_asks_for_help_in_other_words_gets_it() {
    assert_eq!(run(&["help"]).stdout, run(&["--help"]).stdout);
    assert!(run(&["help", "vary"]).stdout.contains("--seed"));
    assert!(run(&["--help"]).stdout.contains("\n  man "));
}

#[test]
fn a_picture_without_a_command_is_pointed_to_vary() {
    for arguments in [&["logo.png"][..], &["logo.png", "-n", "2"]] {
        let ran = run(arguments);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("variata vary logo.png"), "{}", ran.stderr);
    }
    let mistyped = run(&["heath"]).stderr;
    assert!(mistyped.contains("'health'") && !mistyped.contains("variata vary"), "{mistyped}");
}

#[test]
fn no_picture_at_all_is_a_usage_error() {
    let ran = run(&["vary"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("<IMAGE>"), "{}", ran.stderr);
}
