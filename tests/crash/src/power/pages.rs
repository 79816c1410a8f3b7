//! The content of a disk, as far as it is not zero, in memory. Knows nothing of what the bytes mean.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// What a disk is kept by.
pub(super) const PAGE_BYTES: usize = 4096;

/// A sparse disk. A copy shares all pages with the original until they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    /// By their number.
    pages: BTreeMap<u64, Arc<[u8; PAGE_BYTES]>>,
    pub(super) bytes: u64,
}

impl Pages {
    /// A disk of zeros.
    pub(super) fn new(bytes: u64) -> Self {
        Pages { pages: BTreeMap::new(), bytes }
    }

    /// The content of a file, without what is zero.
    pub(super) fn load(file: &File) -> io::Result<Self> {
        let mut disk = Pages::new(file.metadata()?.len());
        let mut page = [0; PAGE_BYTES];
        for number in 0..disk.bytes / PAGE_BYTES as u64 {
            file.read_exact_at(&mut page, number * PAGE_BYTES as u64)?;
            if page.iter().any(|&byte| byte != 0) {
                disk.pages.insert(number, Arc::new(page));
            }
        }
        Ok(disk)
    }

    /// Makes a new, empty file an image of the disk.
    pub(super) fn store(&self, file: &File) -> io::Result<()> {
        file.set_len(self.bytes)?;
        self.pages.iter().try_for_each(|(number, page)| file.write_all_at(&page[..], number * PAGE_BYTES as u64))
    }

    /// Every page that was ever written, with its offset.
    pub(super) fn each(&self) -> impl Iterator<Item = (u64, &[u8; PAGE_BYTES])> {
        self.pages.iter().map(|(number, page)| (number * PAGE_BYTES as u64, &**page))
    }

    pub(super) fn write(&mut self, offset: u64, data: &[u8]) {
        for (number, within, part) in parts(offset, data.len()) {
            let page = Arc::make_mut(self.pages.entry(number).or_insert_with(|| Arc::new([0; PAGE_BYTES])));
            page[within..within + part.len()].copy_from_slice(&data[part]);
        }
    }

    /// As many bytes as there are, at most `length`.
    pub(super) fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        let length = self.bytes.saturating_sub(offset).min(length as u64) as usize;
        let mut data = vec![0; length];
        for (number, within, part) in parts(offset, length) {
            if let Some(page) = self.pages.get(&number) {
                let to = within + part.len();
                data[part].copy_from_slice(&page[within..to]);
            }
        }
        data
    }
}

/// What of a stretch lies in which page: the page's number, where in the page, and which part of the stretch.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = (at % PAGE_BYTES as u64) as usize;
        let part = done..length.min(done + PAGE_BYTES - within);
        done = part.end;
        (!part.is_empty()).then_some((at / PAGE_BYTES as u64, within, part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_across_pages() {
        let mut disk = Pages::new(3 * PAGE_BYTES as u64);
        let before = disk.clone();
        let data: Vec<u8> = (0..6000).map(|number| (number % 251) as u8).collect();
        disk.write(3000, &data);
        assert_eq!(disk.read(3000, 6000), data);
        assert_eq!(disk.read(2999, 2), [0, data[0]]);
        assert_eq!(disk.read(2 * PAGE_BYTES as u64, 9999).len(), PAGE_BYTES);
        assert_eq!(before.read(3000, 10), [0; 10]);
    }
}
