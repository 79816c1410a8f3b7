//! Compiles the C plugins of `tests/hostile-plugins` against the header that ships, once per process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder with their shared objects.
pub(crate) fn folder() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build)
}

fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile-plugins");
    std::fs::create_dir_all(&target).unwrap();
    for entry in std::fs::read_dir(root.join("tests/hostile-plugins")).unwrap() {
        let source = entry.unwrap().path();
        if source.extension().is_some_and(|extension| extension == "c") {
            compile(&source, &root.join("plugins/abi/include"), &target);
        }
    }
    target
}

/// Under a name of its own first: another process of tests may be compiling, or loading, the same.
fn compile(source: &Path, include: &Path, target: &Path) {
    let name = format!("lib{}.so", source.file_stem().unwrap().to_str().unwrap());
    let unfinished = target.join(format!("{name}.{}", std::process::id()));
    let built = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-O1", "-fPIC", "-shared", "-I"])
        .arg(include)
        .arg(source)
        .arg("-o")
        .arg(&unfinished)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    std::fs::rename(unfinished, target.join(name)).unwrap();
}
