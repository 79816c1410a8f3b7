//! Names binary formats by their first bytes, so that a refusal says "PDF document" and not "bad text". It never looks at
//! the file's name, and never unpacks anything.

/// How far into a ZIP file's start and end its member names are looked for.
const ZIP_NAMES_BYTES: usize = 64 * 1024;
/// Where a NUL must show up before a signature that could also begin a text is believed.
const NUL_WITHIN_BYTES: usize = 1024;

/// A signature: where it stands, its bytes, what it means.
type Signature = (usize, &'static [u8], &'static str);

/// Signatures that no text begins with.
const CERTAIN: [Signature; 41] = [
    (0, b"%PDF-", "PDF document"),
    (0, b"\x1f\x8b\x08", "gzip archive"),
    (0, b"\x1f\x9d", "compress archive"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard archive"),
    (0, b"\xfd7zXZ\0", "xz archive"),
    (0, b"\x04\x22\x4d\x18", "LZ4 archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (0, b"Rar!\x1a\x07", "RAR archive"),
    (0, b"MSCF\0\0\0\0", "Cabinet archive"),
    (0, b"!<arch>\n", "ar archive or Debian package"),
    (0, b"\xed\xab\xee\xdb", "RPM package"),
    (257, b"ustar", "tar archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office document (.doc, .xls, .ppt or .msg)"),
    (0, b"{\\rtf", "RTF document"),
    (0, b"%!PS", "PostScript document"),
    (0, b"AT&TFORM", "DjVu document"),
    (0, b"ITSF\x03\0\0\0", "compiled HTML help"),
    (60, b"BOOKMOBI", "Mobipocket book"),
    (0, b"SQLite format 3\0", "SQLite database"),
    (0, b"\x7fELF", "ELF program or library"),
    (0, b"\xca\xfe\xba\xbe", "Java class or Mach-O program"),
    (0, b"\xcf\xfa\xed\xfe", "Mach-O program"),
    (0, b"\0asm", "WebAssembly program"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG image"),
    (0, b"\xff\xd8\xff", "JPEG image"),
    (0, b"II*\0", "TIFF image"),
    (0, b"MM\0*", "TIFF image"),
    (0, b"\0\0\x01\0", "icon image"),
    (0, b"8BPS\0", "Photoshop image"),
    (0, b"\0\0\0\x0cjP  \r\n", "JPEG 2000 image"),
    (8, b"WEBPVP8", "WebP image"),
    (8, b"WAVEfmt ", "WAV sound"),
    (8, b"AVI LIST", "AVI video"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM video"),
    (0, b"\0\0\x01\xba", "MPEG video"),
    (0, b"\0\0\x01\xb3", "MPEG video"),
    (0, b"OggS\0", "Ogg sound or video"),
    (0, b"fLaC\0", "FLAC sound"),
    (0, b"FLV\x01", "Flash video"),
    (0, b"Obj\x01", "Avro data"),
    (0, b"bplist00", "Apple property list"),
];

/// Signatures short or plain enough to begin a text: believed only if a NUL follows soon.
const LIKELY: [Signature; 18] = [
    (4, b"ftyp", "MP4, QuickTime or HEIF file"),
    (0, b"ID3", "MP3 sound"),
    (0, b"\xff\xfb", "MP3 sound"),
    (0, b"\xff\xf3", "MP3 sound"),
    (0, b"\xff\xf2", "MP3 sound"),
    (0, b"MZ", "Windows program"),
    (0, b"BM", "BMP image"),
    (0, b"GIF87a", "GIF image"),
    (0, b"GIF89a", "GIF image"),
    (0, b"wOFF", "web font"),
    (0, b"wOF2", "web font"),
    (0, b"LZIP", "lzip archive"),
    (0, b"PAR1", "Parquet data"),
    (0, b"ARROW1", "Arrow data"),
    (0, b"PK", "ZIP archive"),
    (0, b"\x80\x04", "Python pickle"),
    (0, b"\x80\x05", "Python pickle"),
    (0, b"CDF", "NetCDF data"),
];

/// What else a ZIP file is, by a member's name or its first member's content.
const ZIP_KINDS: [(&[u8], &str); 8] = [
    (b"mimetypeapplication/epub+zip", "EPUB book"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "OpenDocument text (.odt)"),
    (b"mimetypeapplication/vnd.oasis.opendocument", "OpenDocument file"),
    (b"word/document.xml", "Word document (.docx)"),
    (b"xl/workbook", "Excel workbook (.xlsx)"),
    (b"ppt/presentation.xml", "PowerPoint presentation (.pptx)"),
    (b"AndroidManifest.xml", "Android package"),
    (b"META-INF/MANIFEST.MF", "Java archive"),
];

/// The name of the binary format that begins these bytes.
pub(super) fn binary(bytes: &[u8]) -> Option<String> {
    let begins = |signature: &Signature| bytes.get(signature.0..).is_some_and(|rest| rest.starts_with(signature.1));
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Some(zip(bytes).to_owned());
    }
    if let Some(block) = bytes.strip_prefix(b"BZh")
        && block.get(1..7).is_some_and(|magic| magic == b"1AY&SY" || magic == b"\x17\x72\x45\x38\x50\x90")
    {
        return Some("bzip2 archive".to_owned());
    }
    let certain = CERTAIN.iter().find(|signature| begins(signature));
    let likely = || {
        let nul = bytes.iter().take(NUL_WITHIN_BYTES).any(|byte| *byte == 0);
        LIKELY.iter().find(|signature| nul && begins(signature) && !is_wide_text(bytes))
    };
    certain.or_else(likely).map(|signature| signature.2.to_owned())
}

fn zip(bytes: &[u8]) -> &'static str {
    let start = &bytes[..bytes.len().min(ZIP_NAMES_BYTES)];
    let end = &bytes[bytes.len().saturating_sub(ZIP_NAMES_BYTES)..];
    let holds = |name: &[u8]| [start, end].iter().any(|part| part.windows(name.len()).any(|window| window == name));
    ZIP_KINDS.iter().find(|kind| holds(kind.0)).map_or("ZIP archive", |kind| kind.1)
}

/// Whether the NULs are those of ASCII in UTF-16: a text may begin with any letters there.
fn is_wide_text(bytes: &[u8]) -> bool {
    let pairs = bytes.chunks_exact(2).take(16);
    let zeros = pairs.clone().filter(|pair| (pair[0] == 0) != (pair[1] == 0)).count();
    zeros == pairs.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_recognised() {
        for (at, magic, name) in CERTAIN.iter().chain(&LIKELY) {
            let mut bytes = vec![b'x'; *at];
            bytes.extend_from_slice(magic);
            bytes.extend_from_slice(&[1, 0, 0, 0, 200, 0, 0]);
            assert_eq!(binary(&bytes).as_deref(), Some(*name));
        }
        assert_eq!(binary(b"BZh91AY&SY\x01").as_deref(), Some("bzip2 archive"));
        for (content, name) in ZIP_KINDS {
            assert_eq!(binary(&[b"PK\x03\x04\x14\0", content].concat()).as_deref(), Some(name));
        }
    }

    #[test]
    fn text_that_begins_like_a_signature_is_text() {
        for text in [
            "MZ is a format.",
            "BM: Bank Muscat rose",
            "PK Dubai",
            "ID3 tags",
            "II* and MM*",
            "BZhello",
            "%PD",
            "GIF89a is old",
        ] {
            assert_eq!(binary(text.as_bytes()), None, "{text}");
        }
        assert_eq!(binary(b"B\0M\0 \0r\0o\0s\0e\0"), None);
    }
}
