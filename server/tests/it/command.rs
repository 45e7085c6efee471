//! The binary: `touchstone user …`, settings from files, what it refuses before it serves.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PASSWORD: &str = "a good long sentence\n";

fn touchstone(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_touchstone"))
        .args(arguments)
        .env_clear()
        .env("DATABASE_URL_FILE", folder.join("address"))
        .env("DATA_DIR", folder.join("data"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a command that does not read its input may be gone already
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn accounts_are_made_closed_and_given_passwords_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("accounts.db");
    let address = format!("sqlite://{}\n", database.display());
    std::fs::write(folder.path().join("address"), address).unwrap();
    let run = |arguments: &[&str], input: &str| touchstone(folder.path(), arguments, input);

    let added = run(&["user", "add", "Ada@example.org", "Ada"], PASSWORD);
    assert!(
        added.status.success(),
        "{}",
        String::from_utf8_lossy(&added.stderr)
    );
    assert!(database.exists());
    assert!(!out(&added).contains(PASSWORD.trim()));
    let twice = run(&["user", "add", "ada@example.org", "Ada"], PASSWORD);
    assert!(!twice.status.success());
    let short = run(&["user", "add", "bob@example.org", "Bob"], "short\n");
    assert!(!short.status.success());
    assert!(
        !run(&["user", "password", "nobody@example.org"], PASSWORD)
            .status
            .success()
    );
    assert!(
        run(
            &["user", "password", "ada@example.org"],
            "another good sentence\n"
        )
        .status
        .success()
    );
    assert_eq!(out(&run(&["user", "list"], "")), "ada@example.org\tAda\n");
    assert!(
        run(&["user", "disable", "ada@example.org"], "")
            .status
            .success()
    );
    assert_eq!(
        out(&run(&["user", "list"], "")),
        "ada@example.org\tAda\tclosed\n"
    );
    assert!(
        run(&["user", "disable", "--undo", "ada@example.org"], "")
            .status
            .success()
    );
    assert_eq!(out(&run(&["user", "list"], "")), "ada@example.org\tAda\n");
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| touchstone(folder.path(), arguments, "");
    let missing = run(&["migrate"]);
    let words = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(words.contains("DATABASE_URL_FILE"), "{words}");
    std::fs::write(folder.path().join("address"), "mysql://secret@host/x").unwrap();
    let other = run(&["migrate"]);
    let words = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(
        !other.status.success() && !words.contains("secret"),
        "{words}"
    );
    let database = folder.path().join("a.db");
    std::fs::write(
        folder.path().join("address"),
        format!("sqlite://{}", database.display()),
    )
    .unwrap();
    let large = run(&["serve", "--upload-limit-mb", "0"]);
    let words = String::from_utf8_lossy(&large.stderr).into_owned();
    assert!(
        words.contains("UPLOAD_LIMIT_MB") && !database.exists(),
        "{words}"
    );
}

#[test]
fn a_model_is_added_by_command_by_the_engine_or_for_the_next_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite://{}/models.db\n", folder.path().display());
    std::fs::write(folder.path().join("address"), &address).unwrap();
    let run = |arguments: &[&str]| touchstone(folder.path(), arguments, "");
    let errors = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();

    // nobody is there who could do it now
    let waits = run(&["models", "add", "OWNER/MODEL", "--engine", "off"]);
    assert!(waits.status.success(), "{}", errors(&waits));
    assert!(
        out(&waits).ends_with("\tpolicy\tMODEL\n"),
        "{}",
        out(&waits)
    );
    assert!(errors(&waits).contains("the model waits for one"));
    assert_eq!(out(&run(&["models", "list"])), "", "it cannot be used yet");
    let odd = run(&["models", "add", "x/y", "--kind", "poet"]);
    assert!(errors(&odd).contains("policy, reward or encoder"));
    let nowhere = run(&["models", "add", "x/y", "--engine", "off", "--project", "p"]);
    assert!(errors(&nowhere).contains("there is no project p"));

    // the engine's own command does it where no engine runs
    let engine = folder.path().join("engine");
    std::fs::write(&engine, "#!/bin/sh\necho \"$DATABASE_URL $ARTIFACTS $*\"\n").unwrap();
    std::fs::set_permissions(&engine, PermissionsExt::from_mode(0o755)).unwrap();
    let engine = engine.display().to_string();
    let done = run(&[
        "models",
        "add",
        "/some/folder",
        "--name",
        "Tiny",
        "--kind",
        "encoder",
        "--engine",
        &engine,
    ]);
    assert!(done.status.success(), "{}", errors(&done));
    let artifacts = folder.path().join("data/artifacts");
    assert_eq!(
        out(&done),
        format!(
            "{} {} models add /some/folder --kind encoder --name Tiny\n",
            address.trim(),
            artifacts.display()
        )
    );
}
