//! Fills the shop's disk to the last byte now and then, and makes room again.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::Soak;
use crate::random::Random;
use crate::site::Room;

/// How often, and for how long.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fills {
    /// How often.
    pub count: u64,
    /// All times together.
    pub lasted: Duration,
}

/// How long the disk stays full at most, in milliseconds.
const FULL_MILLISECONDS: usize = 6_000;
/// A run has at least so many times without room, if it lasts for some seconds.
const FILLS_MIN: u32 = 4;
/// Longest time with room.
const ROOM_MAX: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Written at a time, until not even the last fits.
const PIECES: [usize; 3] = [1 << 20, 1 << 12, 1];

/// Until it is over; the disk has room then.
pub(super) fn fill(soak: &Soak<'_>, room: Room) -> io::Result<Fills> {
    let mut fills = Fills::default();
    // A file system of others is not ours to fill.
    if room == Room::Folder {
        return Ok(fills);
    }
    let mut random = Random::of(soak.seed, &[4]);
    let between = (soak.whole() / FILLS_MIN).min(ROOM_MAX).as_millis() as usize;
    while wait(soak, random.pause(between)) {
        let file = soak.site.shop().join("filler");
        let begin = Instant::now();
        write_all_there_is(&file)?;
        wait(soak, random.pause(FULL_MILLISECONDS.min(between)));
        fs::remove_file(&file)?;
        fills.count += 1;
        fills.lasted += begin.elapsed();
    }
    Ok(fills)
}

fn write_all_there_is(file: &Path) -> io::Result<()> {
    let mut file = File::create(file)?;
    for piece in PIECES {
        let zeros = vec![0; piece];
        loop {
            match file.write_all(&zeros) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// `false` if it is over.
fn wait(soak: &Soak<'_>, pause: Duration) -> bool {
    let until = Instant::now() + pause;
    while Instant::now() < until && !soak.is_over() {
        thread::sleep(LOOK_EVERY);
    }
    !soak.is_over()
}

impl fmt::Display for Fills {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the disk was full {} times, for {:.0} s in all", self.count, self.lasted.as_secs_f32())
    }
}
