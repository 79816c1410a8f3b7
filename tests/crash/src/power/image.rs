//! Which disks a power cut may leave behind: everything up to some flush, and of what was written after it, until the power went,
//! whatever the seed says. Knows nothing of file systems.

use std::fmt;
use std::str::FromStr;

use super::disk::Event;
use super::pages::Pages;
use super::recording::Recording;
use crate::random::Random;

/// One disk, by name: `<seed>:<flush>:<variant>`, such as `17:34:torn-2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Image {
    /// Of the recording.
    pub(super) seed: u64,
    /// What came up to this flush is on the disk; the first is 0.
    pub(super) flush: usize,
    /// What is, of that which came after it.
    pub(super) variant: Variant,
    /// Tells images with the same flush and variant apart.
    pub(super) number: usize,
}

/// What survives of the writes after the last flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variant {
    /// Nothing.
    None,
    /// Some of the writes.
    Some,
    /// Some sectors of some of the writes.
    Torn,
}

/// What a disk writes as a whole.
const SECTOR_BYTES: usize = 512;
/// Of a hundred writes or sectors so many survive; which of these, the seed says.
const SURVIVE_PERCENT: [usize; 3] = [20, 50, 80];
/// Of a hundred cuts so many come right before the next flush, when most is known of what is not durable.
const LAST_MOMENT_PERCENT: usize = 50;

impl Image {
    /// So many images of a recording, spread over all flushes since the daemon was started, in their order.
    pub(super) fn choose(recording: &Recording, count: usize) -> Vec<Image> {
        let flushes = recording.flushes();
        let first = flushes.partition_point(|&place| place < recording.begin).saturating_sub(1);
        let mut random = Random::of(recording.seed, &[4]);
        let span = flushes.len() - first;
        let mut images: Vec<Image> = (0..count)
            .map(|number| {
                let (from, to) = (number * span / count, (number + 1) * span / count);
                let flush = first + from + random.below((to - from).max(1));
                let variant = [Variant::None, Variant::Some, Variant::Torn][random.below(3)];
                Image { seed: recording.seed, flush, variant, number }
            })
            .collect();
        images.sort();
        images
    }

    /// How long the tape was when the power went.
    pub(super) fn length(&self, recording: &Recording) -> usize {
        let (from, to) = self.interval(recording);
        let mut random = Random::of(self.seed, &[5, self.flush as u64, self.number as u64]);
        if random.percent(LAST_MOMENT_PERCENT) { to } else { from + random.below(to - from + 1) }
    }

    /// The disk. `durable` holds what came up to an earlier flush, the length of the tape there beside it; both are moved on to the
    /// flush of this image.
    pub(super) fn content(&self, recording: &Recording, durable: &mut (usize, Pages)) -> Pages {
        let (flushed, _) = self.interval(recording);
        for event in &recording.events[durable.0..flushed] {
            if let Event::Write { offset, data } = event {
                durable.1.write(*offset, data);
            }
        }
        durable.0 = flushed;
        let mut content = durable.1.clone();
        let mut random = Random::of(self.seed, &[6, self.flush as u64, self.number as u64, self.variant as u64]);
        let percent = SURVIVE_PERCENT[random.below(SURVIVE_PERCENT.len())];
        for event in &recording.events[flushed..self.length(recording)] {
            if let Event::Write { offset, data } = event {
                self.variant.write(&mut content, *offset, data, percent, &mut random);
            }
        }
        content
    }

    /// Was any write cut in pieces?
    pub(super) fn is_torn(&self) -> bool {
        self.variant == Variant::Torn
    }

    /// From the flush to the next, or to the end.
    fn interval(&self, recording: &Recording) -> (usize, usize) {
        let flushes = recording.flushes();
        let end = flushes.get(self.flush + 1).copied().unwrap_or(recording.events.len());
        (flushes[self.flush] + 1, end)
    }
}

impl Variant {
    fn write(self, content: &mut Pages, offset: u64, data: &[u8], percent: usize, random: &mut Random) {
        match self {
            Variant::None => {}
            Variant::Some if random.percent(percent) => content.write(offset, data),
            Variant::Some => {}
            // One in three is whole, so that a torn one stands between others.
            Variant::Torn if random.below(3) == 0 => content.write(offset, data),
            Variant::Torn => {
                for (number, sector) in data.chunks(SECTOR_BYTES).enumerate() {
                    if random.percent(percent) {
                        content.write(offset + (number * SECTOR_BYTES) as u64, sector);
                    }
                }
            }
        }
    }

    fn word(self) -> &'static str {
        match self {
            Variant::None => "none",
            Variant::Some => "some",
            Variant::Torn => "torn",
        }
    }
}

impl fmt::Display for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}-{}", self.seed, self.flush, self.variant.word(), self.number)
    }
}

impl FromStr for Image {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let misfit = || format!("{text} is no image; wanted is <seed>:<flush>:none|some|torn-<number>");
        let parts: Vec<&str> = text.split([':', '-']).collect();
        let [seed, flush, word, number] = parts.as_slice() else { return Err(misfit()) };
        let variants = [Variant::None, Variant::Some, Variant::Torn];
        let variant = variants.into_iter().find(|variant| variant.word() == *word).ok_or_else(misfit)?;
        let number_of = |text: &str| text.parse().map_err(|_| misfit());
        Ok(Image {
            seed: seed.parse().map_err(|_| misfit())?,
            flush: number_of(flush)?,
            variant,
            number: number_of(number)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::rig::FileSystem;
    use super::*;

    /// Four writes of two sectors each, with a flush after every second one.
    fn recording() -> Recording {
        let write = |number: u64| Event::Write { offset: number * 1024, data: vec![number as u8 + 1; 1024] };
        let events = vec![write(0), write(1), Event::Flush, write(2), write(3), Event::Flush, write(4)];
        Recording {
            file_system: FileSystem::Ext4,
            seed: 3,
            base: Pages::new(8192),
            events,
            begin: 2,
            delivered: Vec::new(),
            taken: Vec::new(),
            stuck: None,
        }
    }

    #[test]
    fn what_was_flushed_is_there_and_the_rest_may_be() {
        let recording = recording();
        let (mut kept, mut lost, mut torn) = (0, 0, 0);
        for image in Image::choose(&recording, 300) {
            assert_eq!(image.to_string().parse(), Ok(image.clone()));
            let content = image.content(&recording, &mut (0, recording.base.clone()));
            let flushed = [2, 4][image.flush];
            for number in 0..5 {
                let read = content.read(number * 1024, 1024);
                let whole = vec![number as u8 + 1; 1024];
                match () {
                    () if read == whole => kept += usize::from(number >= flushed),
                    () if number < flushed => panic!("{image} has lost write {number}"),
                    () if read == [0; 1024] => lost += 1,
                    () => torn += 1,
                }
            }
        }
        assert!(kept > 20 && lost > 20 && torn > 20, "{kept} kept, {lost} lost, {torn} torn");
    }
}
