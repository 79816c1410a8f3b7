use std::collections::BTreeSet;
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

/// What many power cuts after these steps leave: the names in both folders, and the content under each.
fn left(mode: Mode, steps: impl Fn(&Folder, &Folder)) -> BTreeSet<Vec<(String, Vec<u8>)>> {
    (0..200)
        .map(|seed| {
            let disk = Disk::new(mode, 0, seed);
            let root = folder(&disk);
            let (first, second) = (root.subfolder(b"first", 0).unwrap(), root.subfolder(b"second", 0).unwrap());
            root.sync().unwrap();
            steps(&first, &second);
            disk.cut_power();
            let all = [("first", first), ("second", second)].into_iter().flat_map(|(place, folder)| {
                names(&folder).into_iter().map(move |name| {
                    let content = folder.open_file(&name).unwrap().read(0, u64::MAX).unwrap();
                    (format!("{place}/{}", String::from_utf8(name).unwrap()), content)
                })
            });
            all.collect()
        })
        .collect()
}

fn places(left: &BTreeSet<Vec<(String, Vec<u8>)>>) -> BTreeSet<String> {
    left.iter().map(|all| all.iter().map(|(place, _)| place.as_str()).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn what_is_synced_stays_and_what_is_not_may_go() {
    for mode in [Mode::Strict, Mode::Journal] {
        let all = left(mode, |first, _| {
            write(first, b"a", b"durable").unwrap();
            first.sync_file_system().unwrap();
        });
        assert_eq!(all, [vec![("first/a".to_owned(), b"durable".to_vec())]].into());
        let of_file = left(mode, |first, _| {
            write(first, b"a", b"new").unwrap();
            first.open_file(b"a").unwrap().sync().unwrap();
        });
        assert_eq!(of_file, [vec![], vec![("first/a".to_owned(), b"new".to_vec())]].into());
        let of_name = left(mode, |first, _| {
            write(first, b"a", b"new").unwrap();
            first.sync().unwrap();
        });
        assert!(of_name.contains(&vec![("first/a".to_owned(), Vec::new())]), "a name and no content: {of_name:?}");
        assert_eq!(places(&of_name), ["first/a".to_owned()].into());
    }
}

#[test]
fn a_rename_is_kept_or_lost_whole_but_for_two_names_after_a_sync_of_its_target() {
    let moved = |synced: u8| {
        move |first: &Folder, second: &Folder| {
            write(first, b"a", b"x").unwrap();
            first.sync_file_system().unwrap();
            first.rename(b"a", second, b"b").unwrap();
            match synced {
                1 => first.sync().unwrap(),
                2 => second.sync().unwrap(),
                _ => {}
            }
        }
    };
    let set = |places: &[&str]| places.iter().map(|place| (*place).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(places(&left(Mode::Strict, moved(0))), set(&["first/a", "second/b"]));
    assert_eq!(places(&left(Mode::Strict, moved(1))), set(&["second/b"]));
    assert_eq!(places(&left(Mode::Strict, moved(2))), set(&["first/a second/b", "second/b"]));
    assert_eq!(places(&left(Mode::Journal, moved(0))), set(&["first/a", "second/b"]));
    assert_eq!(places(&left(Mode::Journal, moved(2))), set(&["second/b"]));
}

#[test]
fn only_a_journal_keeps_the_order() {
    let two = |first: &Folder, second: &Folder| {
        write(first, b"a", b"").unwrap();
        write(second, b"b", b"").unwrap();
    };
    let later_alone = "second/b".to_owned();
    assert!(places(&left(Mode::Strict, two)).contains(&later_alone));
    assert!(!places(&left(Mode::Journal, two)).contains(&later_alone));
}

#[test]
fn a_failed_sync_is_told_once_and_may_cost_content() {
    let outcomes: BTreeSet<(bool, bool)> = (0..50)
        .map(|seed| {
            let disk = Disk::new(Mode::Strict, 0, seed);
            let folder = folder(&disk);
            write(&folder, b"a", b"text").unwrap();
            disk.fail_next_sync(Some(Errno::NOSPC));
            assert!(folder.sync_file_system().is_err() && folder.sync_file_system().is_ok());
            let alone = folder.open_file(b"a").unwrap().sync();
            disk.cut_power();
            (alone.is_ok(), folder.open_file(b"a").unwrap().read(0, 9).unwrap() == b"text")
        })
        .collect();
    assert!(outcomes.contains(&(true, true)) && outcomes.contains(&(false, false)));
    assert!(!outcomes.contains(&(true, false)), "what it costs is told to whoever asks for the file alone");
}
