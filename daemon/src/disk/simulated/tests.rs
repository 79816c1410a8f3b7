use std::path::Path;

use super::*;
use crate::disk::Folder;

fn folder(disk: &Disk) -> Folder {
    Folder::simulated(Path::new("/"), disk.root())
}

fn write(folder: &Folder, name: &[u8], content: &[u8]) -> Result<(), Errno> {
    folder.create(name)?.write(content)
}

fn names(folder: &Folder) -> Vec<Vec<u8>> {
    folder.names().unwrap().map(Result::unwrap).collect()
}

/// The same calls on a real folder and on a simulated one give the same answers.
#[test]
fn answers_as_a_real_disk_does() {
    let root = tempfile::tempdir().unwrap();
    let disk = Disk::new(Mode::Strict, 0, 1);
    let answers = [Folder::open(root.path()).unwrap(), folder(&disk)].map(|folder| {
        let sub = folder.subfolder(b"sub", 0o700).unwrap();
        let mut said = vec![
            write(&folder, b"a", b"one"),
            write(&folder, b"a", b"two"),
            folder.subfolder(b"sub", 0o700).map(drop),
            folder.existing_subfolder(b"a").map(drop),
            folder.existing_subfolder(b"b").map(drop),
            folder.rename(b"a", &sub, b"b"),
            folder.rename(b"a", &sub, b"c"),
            write(&folder, b"a", b"three"),
            folder.rename(b"a", &sub, b"b"),
            folder.remove(b"sub"),
            folder.remove_folder(b"sub"),
            sub.remove_folder(b"b"),
            sub.remove(b"b"),
            sub.remove(b"b"),
            folder.remove_folder(b"sub"),
            write(&sub, b"late", b""),
            folder.look(b"sub").map(drop),
            folder.open_file(b"sub").map(drop),
        ];
        let file = folder.open_file(b"a").unwrap();
        said.push(file.look().map(|stat| assert_eq!((stat.kind, stat.size), (Kind::RegularFile, 5))));
        assert_eq!(file.read(5, 3).unwrap(), b"thr");
        let notes = folder.edit_file(b"notes", true).unwrap();
        said.extend([notes.resize(4), notes.write_at(b"xy", 1), notes.try_lock(), notes.sync()]);
        assert_eq!(folder.open_file(b"notes").unwrap().read(0, 9).unwrap(), b"\0xy\0");
        let mut names = names(&folder);
        names.sort();
        (said, names)
    });
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn what_is_planned_happens_once() {
    let disk = Disk::new(Mode::Strict, 0, 1);
    let folder = folder(&disk);
    disk.plan(Some((1, Fault::Fail(Errno::IO))));
    assert_eq!(write(&folder, b"a", b"x"), Err(Errno::IO));
    assert_eq!(write(&folder, b"b", b"x"), Ok(()));
    disk.set_room(Some(2));
    assert_eq!(write(&folder, b"c", b"xy"), Err(Errno::NOSPC));
    assert_eq!(folder.look(b"c").unwrap().size, 1, "half of it found room");
    disk.set_room(None);
    for (fault, done) in [(Fault::KillBefore, false), (Fault::KillAfter, true)] {
        disk.plan(Some((0, fault)));
        let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| folder.remove(b"a")));
        assert!(end.unwrap_err().is::<Killed>());
        assert_eq!(folder.look(b"a").is_err(), done);
    }
}
