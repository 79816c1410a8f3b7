//! Changes of the protocol for the worse, each of which must be found. A mutant is applied to a copy of the source, built, and
//! attacked by the sweep or the test that its file names. It never touches the source itself.
//!
//! Before any mutant, every attack is made on the source as it is: one that fails there says nothing of a mutant.
#![expect(clippy::print_stdout, reason = "it is a command")]

mod attack;
mod description;
mod tree;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use attack::Found;
use description::Expected;
pub use description::Mutant;
use tree::Tree;

/// What may be asked of it.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// Only those whose names hold one of these
    names: Vec<String>,
    /// The source that is copied; by default the one that this harness was built from
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,
    /// Where the copy lies and is built; by default `target/mutants` in the source
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// Attack only the mutants, not the source as it is
    #[arg(long)]
    only_mutants: bool,
}

/// How much of what an attack said is shown when it could not be made, in bytes.
const SAID_BYTES_MAX: usize = 4000;

/// Says whether every mutant was found, but for those that are known to be as good as the source.
pub fn run(own: &Arguments) -> io::Result<bool> {
    let source = own.source.clone().unwrap_or_else(home);
    let mutants: Vec<Mutant> = all()?.into_iter().filter(|mutant| is_wanted(own, mutant)).collect();
    let work = own.work.clone().unwrap_or_else(|| source.join("target/mutants"));
    let tree = Tree::copy(&source, &work)?;
    let mut well = true;
    if !own.only_mutants {
        let attacks: BTreeSet<&str> = mutants.iter().flat_map(|mutant| &mutant.attacks).map(String::as_str).collect();
        tree.build()?;
        for attack in attacks {
            let begin = Instant::now();
            let found = attack::make(&tree, attack)?;
            println!("{:<44} {:<10} {:>5.0} s  {attack}", "(the source)", found.word(), begin.elapsed().as_secs_f32());
            well &= found == Found::Nothing;
        }
    }
    for mutant in &mutants {
        well &= try_mutant(&tree, mutant).unwrap_or_else(|error| {
            println!("{:<44} could not be tried: {error}", mutant.name);
            false
        });
    }
    Ok(well)
}

/// The mutants that are kept here, by name.
pub fn all() -> io::Result<Vec<Mutant>> {
    description::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mutants"))
}

/// The top of the source that this harness was built from.
pub fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn is_wanted(own: &Arguments, mutant: &Mutant) -> bool {
    own.names.is_empty() || own.names.iter().any(|name| mutant.name.contains(name))
}

fn try_mutant(tree: &Tree, mutant: &Mutant) -> io::Result<bool> {
    let _applied = tree.apply(mutant)?;
    tree.build()?;
    let mut well = true;
    for attack in &mutant.attacks {
        let begin = Instant::now();
        let found = attack::make(tree, attack)?;
        let expected = matches!(
            (&found, &mutant.expected),
            (Found::Something { .. }, Expected::Killed) | (Found::Nothing, Expected::Survives)
        );
        let (word, spent, end) =
            (found.word(), begin.elapsed().as_secs_f32(), if expected { "" } else { "  <-- not as expected" });
        println!("{:<44} {word:<10} {spent:>5.0} s  {attack}{}{end}", mutant.name, found.after());
        well &= expected;
    }
    Ok(well)
}

/// The end of a text, for a message.
fn tail(text: &str) -> &str {
    let from = text.len().saturating_sub(SAID_BYTES_MAX);
    let from = (from..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    &text[from..]
}
