//! A copy of the source that mutants are applied to, one at a time, and its own folder to build in. A file is written only where it
//! differs, so that little is built anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Mutant, tail};

/// What is none of the source.
const LEFT_OUT: [&str; 2] = ["target", ".git"];

/// The copy.
#[derive(Debug)]
pub(super) struct Tree {
    source: PathBuf,
    tree: PathBuf,
    target: PathBuf,
}

/// A mutant that is in the copy until this is dropped.
#[derive(Debug)]
pub(super) struct Applied<'a> {
    tree: &'a Tree,
    files: Vec<&'a str>,
}

impl Tree {
    /// Copies what differs.
    pub(super) fn copy(source: &Path, work: &Path) -> io::Result<Self> {
        fs::create_dir_all(work)?;
        let work = fs::canonicalize(work)?;
        let tree = Tree { source: fs::canonicalize(source)?, tree: work.join("tree"), target: work.join("target") };
        fs::create_dir_all(&tree.tree)?;
        for entry in fs::read_dir(&tree.source)? {
            let entry = entry?;
            if !LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
                copy(&entry.path(), &tree.tree.join(entry.file_name()))?;
            }
        }
        Ok(tree)
    }

    /// Makes a mutant's changes.
    pub(super) fn apply<'a>(&'a self, mutant: &'a Mutant) -> io::Result<Applied<'a>> {
        let mut applied = Applied { tree: self, files: Vec::new() };
        for change in &mutant.changes {
            let file = self.tree.join(&change.file);
            let changed = change.apply(&fs::read_to_string(&file)?).map_err(io::Error::other)?;
            applied.files.push(&change.file);
            fs::write(file, changed)?;
        }
        Ok(applied)
    }

    /// Builds the daemon.
    pub(super) fn build(&self) -> io::Result<()> {
        self.must(&["build", "-p", "warraq"])
    }

    /// The daemon that was built last.
    pub(super) fn daemon(&self) -> PathBuf {
        self.target.join("debug/warraq")
    }

    /// Cargo in the copy.
    pub(super) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(&self.tree).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// As [`Tree::cargo`], and it must succeed.
    pub(super) fn must(&self, arguments: &[&str]) -> io::Result<()> {
        let done = self.cargo(arguments).output()?;
        if done.status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "cargo {}:\n{}",
            arguments.join(" "),
            tail(&String::from_utf8_lossy(&done.stderr))
        )))
    }
}

impl Drop for Applied<'_> {
    fn drop(&mut self) {
        for file in &self.files {
            // Left as it is, the next copy puts it right.
            let _ = copy(&self.tree.source.join(file), &self.tree.tree.join(file));
        }
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if fs::symlink_metadata(from)?.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    let content = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == content) {
        return Ok(());
    }
    fs::write(to, content)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())
}
