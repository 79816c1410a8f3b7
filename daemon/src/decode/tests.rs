//! Whole submissions through the one door: the seeds in every encoding, other languages, garbage and chance.

use std::path::Path;

use encoding_rs::{Encoding, ISO_8859_6, WINDOWS_1256};

use super::*;

const LIMITS: Limits = Limits { articles_max: 100 };

/// The text and charset of a submission that holds one plain text.
fn plain(bytes: &[u8]) -> Result<(String, &'static str), Fault> {
    let decoded = decode(b"article.txt", bytes, &LIMITS)?;
    assert_eq!((decoded.media_type, decoded.several, decoded.articles.len()), ("text/plain", false, 1));
    Ok((decoded.articles.into_iter().next().unwrap().document?.text, decoded.charset))
}

fn seeds() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    paths.into_iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// What an encoding lacks is left out, as old software did.
fn encode(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    let mut bytes = Vec::new();
    for character in text.chars() {
        let mut buffer = [0; 4];
        let (encoded, _, unmappable) = encoding.encode(character.encode_utf8(&mut buffer));
        bytes.extend_from_slice(if unmappable { &[] } else { &encoded });
    }
    bytes
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// A small generator, so that a failure repeats.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

/// How many of `count` windows of `length` bytes are decoded exactly as their encoding says.
fn right(
    bytes: &[u8],
    length: usize,
    count: usize,
    step: usize,
    reading: impl Fn(&[u8]) -> (String, &'static str),
) -> usize {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let windows = (0..count).map(|_| {
        let length = length.min(bytes.len());
        let start = chance.next() % (bytes.len() - length + 1) / step * step;
        &bytes[start..start + length]
    });
    windows.filter(|window| plain(window) == Ok(reading(window))).count()
}

#[test]
fn seeds_in_arabic_encodings_whole_and_cut() {
    const WINDOWS: usize = 40;
    let eight_bit = |encoding: &'static Encoding, charset: &'static str| {
        move |window: &[u8]| (encoding.decode_without_bom_handling(window).0.into_owned(), charset)
    };
    let utf8_cut = |window: &[u8]| {
        let text = String::from_utf8_lossy(window);
        (text.trim_matches('\u{fffd}').to_owned(), "utf-8")
    };
    for (length, at_least_percent) in [(30, 90), (100, 100), (500, 100), (usize::MAX, 100)] {
        let mut counts = [0; 5];
        let seeds = seeds();
        for seed in &seeds {
            let windows = encode(seed, WINDOWS_1256);
            counts[0] += right(&windows, length, WINDOWS, 1, eight_bit(WINDOWS_1256, "windows-1256"));
            let iso = encode(seed, ISO_8859_6);
            counts[1] += right(&iso, length, WINDOWS, 1, eight_bit(ISO_8859_6, "iso-8859-6"));
            counts[2] += right(seed.as_bytes(), length, WINDOWS, 1, utf8_cut);
            for (at, little, encoding) in [(3, true, encoding_rs::UTF_16LE), (4, false, encoding_rs::UTF_16BE)] {
                let charset = if little { "utf-16le" } else { "utf-16be" };
                counts[at] += right(&utf16(seed, little), length, WINDOWS, 2, eight_bit(encoding, charset));
            }
        }
        for (count, name) in counts.into_iter().zip(["windows-1256", "iso-8859-6", "utf-8 cut", "utf-16le", "utf-16be"])
        {
            let total = seeds.len() * WINDOWS;
            assert!(count * 100 >= total * at_least_percent, "{name}, {length} bytes: {count} of {total}");
        }
    }
}

#[test]
fn byte_order_marks_are_taken_off() {
    let text = "قال الوزير: «نعم»\nنهاية";
    for (mark, bytes, charset) in [
        (&b"\xef\xbb\xbf"[..], text.as_bytes().to_vec(), "utf-8"),
        (b"\xff\xfe", utf16(text, true), "utf-16le"),
        (b"\xfe\xff", utf16(text, false), "utf-16be"),
        (b"\xff\xfe", [utf16(text, true), vec![0x27]].concat(), "utf-16le"),
    ] {
        assert_eq!(plain(&[mark, &bytes].concat()), Ok((text.to_owned(), charset)));
    }
}

#[test]
fn other_languages_pass() {
    let persian =
        "دولت اعلام کرد که گفتگوها هفته آینده از سر گرفته می‌شود؛ چگونگی آن روشن نیست و پژوهشگران گزارش داده‌اند";
    let russian = "Президент провёл переговоры с коллегами в Москве, стороны договорились продолжить консультации.";
    let hebrew = "שר החוץ אמר כי השיחות יימשכו בשבוע הבא, ולדבריו עדיין מוקדם לדבר על הסכם.";
    let greek = "Ο υπουργός Εξωτερικών δήλωσε ότι οι συνομιλίες θα συνεχιστούν την επόμενη εβδομάδα.";
    let french = "Le président a déclaré que les négociations reprendraient à Genève la semaine prochaine.";
    let english = "The minister said “we won’t comment” – and left the café at noon. Talks resume next week.";
    let turkish = "Dışişleri Bakanı, görüşmelerin önümüzdeki hafta süreceğini söyledi. Çözüm için henüz erken.";
    let simplified = "外交部发言人表示，双方将继续就地区局势保持沟通。会谈在北京举行，持续了三个小时。";
    let traditional = "外交部發言人表示，雙方將繼續就地區局勢保持溝通。會談在台北舉行，持續了三個小時。";
    let japanese = "外務省の報道官は、両国が地域情勢について引き続き協議すると述べた。会談は東京で行われた。";
    let korean = "외교부 대변인은 양국이 지역 정세에 대해 계속 협의할 것이라고 밝혔다. 회담은 서울에서 진행되었다.";
    let thai = "รัฐมนตรีกล่าวว่า การเจรจาจะดำเนินต่อไปในสัปดาห์หน้า โดยทั้งสองฝ่ายหวังว่าจะบรรลุข้อตกลง ก่อนสิ้นเดือนนี้";
    for (text, encoding) in [
        (russian, encoding_rs::WINDOWS_1251),
        (russian, encoding_rs::IBM866),
        (russian, encoding_rs::KOI8_U),
        (russian, encoding_rs::ISO_8859_5),
        (hebrew, encoding_rs::WINDOWS_1255),
        (greek, encoding_rs::WINDOWS_1253),
        (french, encoding_rs::WINDOWS_1252),
        (english, encoding_rs::WINDOWS_1252),
        (turkish, encoding_rs::WINDOWS_1254),
        (simplified, encoding_rs::GBK),
        (traditional, encoding_rs::BIG5),
        (japanese, encoding_rs::SHIFT_JIS),
        (japanese, encoding_rs::EUC_JP),
        (japanese, encoding_rs::ISO_2022_JP),
        (korean, encoding_rs::EUC_KR),
        (thai, encoding_rs::WINDOWS_874),
    ] {
        let found = plain(&encoding.encode(text).0).unwrap();
        assert_eq!((found.0.as_str(), found.1.to_owned()), (text, encoding.name().to_ascii_lowercase()));
    }
    let all =
        [persian, russian, hebrew, greek, french, english, turkish, simplified, traditional, japanese, korean, thai];
    for text in all.into_iter().chain(["hi", "1992 (*) 17:30 ***", "👨‍👩‍👧❤️ emoji", "ًٌٍَُِّْ"])
    {
        assert_eq!(plain(text.as_bytes()), Ok((text.to_owned(), "utf-8")));
    }
    for text in [
        persian,
        russian,
        hebrew,
        greek,
        french,
        english,
        turkish,
        simplified,
        traditional,
        japanese,
        korean,
        "list 1 * 2",
    ] {
        for (little, charset) in [(true, "utf-16le"), (false, "utf-16be")] {
            assert_eq!(plain(&utf16(text, little)), Ok((text.to_owned(), charset)));
        }
    }
    // Windows's Arabic encoding has the Persian letters, but for the Persian yeh.
    let persian = persian.replace('ی', "ي");
    assert_eq!(plain(&encode(&persian, WINDOWS_1256)), Ok((persian, "windows-1256")));
}

#[test]
fn quotation_marks_show_the_windows_encoding() {
    let text = "موسكو ودمشق و«نوبل» رمز";
    assert_eq!(plain(&encode(&text.repeat(8), WINDOWS_1256)), Ok((text.repeat(8), "windows-1256")));
}

#[test]
fn damaged_utf8() {
    let text = seeds().concat();
    let mut bytes = text.clone().into_bytes();
    bytes[10_001] = 0xFF;
    let (found, charset) = plain(&bytes).unwrap();
    assert_eq!((charset, found.contains('\u{fffd}')), ("utf-8", true));
    // One accented letter in ASCII is no damage but another encoding.
    assert_eq!(plain(b"the caf\xe9"), Ok(("the café".to_owned(), "windows-1252")));
    let mark = [b"\xef\xbb\xbf".as_slice(), &encode(&text, WINDOWS_1256)].concat();
    let fault = plain(&mark).unwrap_err();
    assert!(fault.to_string().contains("UTF-8 byte order mark, but"), "{fault}");
}

/// A cut inside a character, in a text of a line or two, made it Arabic that was read as Windows-1256: each letter became two.
#[test]
fn damaged_utf8_is_never_read_as_another_encoding() {
    let sentence = "قال المتحدث إن اللجنة تجتمع يوم الأحد لبحث الخطة. The committee meets on Sunday.\n";
    for sentences in [1, 2, 4, 8] {
        let torn = [sentence.as_bytes(), b"\xd9\n", sentence.repeat(sentences).as_bytes()].concat();
        let (found, charset) = plain(&torn).unwrap();
        assert_eq!(charset, "utf-8");
        assert_eq!(found, format!("{sentence}\u{fffd}\n{}", sentence.repeat(sentences)));
        let torn_often = torn.repeat(6 / sentences + 1);
        match plain(&torn_often) {
            Ok((_, charset)) => assert_eq!(charset, "utf-8"),
            Err(fault) => assert!(fault.to_string().contains("as UTF-8 it is broken in"), "{fault}"),
        }
    }
    let torn_in_each_word = "اللجنة ".repeat(20).replace("نة", "ن\u{1}").into_bytes();
    let torn_in_each_word: Vec<u8> =
        torn_in_each_word.into_iter().map(|byte| if byte == 1 { 0xD8 } else { byte }).collect();
    assert!(matches!(plain(&torn_in_each_word), Err(Fault::Encoding(_))));
}

#[test]
fn what_is_no_text_is_refused_with_evidence() {
    let mut chance = Chance(42);
    let random: Vec<u8> = (0..4096).map(|_| chance.byte()).collect();
    let high: Vec<u8> = (0..500).map(|_| chance.byte() | 0x80).collect();
    let seed = seeds().remove(0);
    let masked: Vec<u8> = seed.bytes().map(|byte| byte ^ 0x55).collect();
    let wide: Vec<u8> = seed.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
    for (bytes, evidence) in [
        (vec![0xFF; 4096], "4096 bytes, all 0xFF"),
        (vec![0xFF], "1 bytes, all 0xFF"),
        (vec![0; 4096], "4096 NUL of 4096 bytes"),
        (random, "bytes are NUL"),
        (high, "500 of 500 bytes are not ASCII"),
        (masked, "bytes are not ASCII"),
        (wide.clone(), "bytes are NUL"),
        ([vec![0xFF, 0xFE, 0, 0], wide].concat(), "UTF-32"),
        (b"hello \0 world".to_vec(), "1 NUL of 13 bytes read as utf-8, the first at 6"),
        ([seed.as_bytes(), &[0; 100]].concat(), "100 NUL of"),
        ([vec![0xFF, 0xFE], vec![0xFF; 100]].concat(), "no characters"),
        ((1..=8).cycle().take(100).collect(), "control characters"),
    ] {
        let fault = plain(&bytes).unwrap_err();
        assert_eq!(fault.code(), "encoding", "{evidence}: {fault}");
        assert!(fault.to_string().contains(evidence), "{evidence}: {fault}");
    }
    assert_eq!(plain(b""), Err(Fault::Empty));
    for blank in [&b" \r\n\t\xc2\xa0"[..], b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf\xe2\x80\x8f\n"] {
        assert_eq!(plain(blank).unwrap_err().code(), "no-text");
    }
}

#[test]
fn other_formats_are_named() {
    for (bytes, name) in [
        (&b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"[..], "PDF document"),
        (b"PK\x03\x04\x14\0\x06\0word/document.xml", "Word document (.docx)"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gzip archive"),
        (b"<html><body>\xce\xc8\xd1 \xda\xc7\xcc\xe1</body></html>", "HTML page"),
        (b"<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"/>", "RSS feed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "old Office document"),
        (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "HTML page"),
        (b"{\\rtf1\\ansi\\ansicpg1256 x}", "RTF document"),
    ] {
        let fault = decode(b"article.txt", bytes, &LIMITS).unwrap_err();
        assert!(fault.to_string().contains(name), "{fault}");
        assert_eq!(fault.code(), "unsupported-format");
    }
    let markdown = "<div align=\"center\">\n\n# عنوان\n\n</div>\n\nنص";
    let decoded = decode(b"article.md", markdown.as_bytes(), &LIMITS).unwrap();
    assert_eq!(
        (decoded.media_type, decoded.articles[0].document.clone().unwrap().text.as_str()),
        ("text/plain", markdown)
    );
}

#[test]
fn chance_never_breaks_it() {
    let mut chance = Chance(7);
    let starts: Vec<Vec<u8>> = seeds()
        .into_iter()
        .map(|seed| seed.into_bytes()[..900].to_vec())
        .chain([
            Vec::new(),
            utf16("قال الوزير إن المحادثات ستستمر", true),
            b"<?xml version=\"1.0\"?><rss><item>x</item></rss>".to_vec(),
            b"[{\"body\":[\"a\",{\"text\":\"b\"}],\"author\":{\"name\":\"\\ud83d\"}},{\"@graph\":[{}]}]".to_vec(),
            b"{\"text\":\"a\"}\n{\"article\":{\"text\":\"b\"}}\n".to_vec(),
            b"Received: x\nSubject: y\n\nz".to_vec(),
        ])
        .collect();
    for round in 0..6000 {
        let mut bytes = starts[chance.next() % starts.len()].clone();
        for _ in 0..chance.next() % 12 {
            let at = chance.next() % (bytes.len() + 1);
            match chance.next() % 4 {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, chance.byte()),
                2 => bytes.extend((0..chance.next() % 64).map(|_| chance.byte()).collect::<Vec<_>>()),
                _ if at < bytes.len() => bytes[at] = chance.byte(),
                _ => {}
            }
        }
        let name: &[u8] = [&b"x.json"[..], b"x.jsonl", b"x.md", b"x.txt", b"\xff\xfe.", b""][round % 6];
        let decoded = decode(name, &bytes, &LIMITS);
        assert_eq!(decoded, decode(name, &bytes, &LIMITS), "not a function of the bytes");
        let Ok(decoded) = decoded else { continue };
        assert!((1..=LIMITS.articles_max).contains(&decoded.articles.len()));
        assert!(decoded.several || decoded.articles.len() == 1);
        assert!(decoded.articles.iter().all(|piece| piece.original.is_some() == decoded.several));
        let blank = |piece: &Piece| piece.document.as_ref().is_ok_and(|document| is_blank(&document.text));
        assert!(!decoded.articles.iter().any(blank), "a blank text was let through");
    }
}

#[test]
fn a_megabyte_on_one_line() {
    for text in [
        "ا".repeat(500_000),
        "a".repeat(1_000_000),
        "<p".repeat(500_000),
        "\"".repeat(1_000_000),
        "قال ".repeat(200_000),
    ] {
        assert_eq!(plain(text.as_bytes()), Ok((text, "utf-8")));
    }
}
