//! Arabic that was decoded with the wrong character set on its way to us, as feeds and databases hand it out. Repairs a line only
//! when the whole text looks wrong and that line, decoded rightly, reads as Arabic; everything else stays.
//!
//! Three ways it goes wrong: windows-1256 read as windows-1252 or latin-1 (`ÇáÓ`), UTF-8 read as windows-1252 or latin-1
//! (`Ø§Ù„`), UTF-8 read as windows-1256 (`ط§ظ„`). General repair tools know the second only.

use std::borrow::Cow;

use encoding_rs::{WINDOWS_1252, WINDOWS_1256};

/// Fewer telling characters than this prove nothing.
const EVIDENCE_MIN: usize = 6;

/// Share of telling characters among the letters of the text, in percent, from which it is suspect. Latin text has under 20 % of
/// accented letters in any language; Arabic has under 3 % of ط and ظ together.
const SUSPECT_PERCENT: usize = 25;

/// Share of alef and lam among the letters of Arabic, in percent, at the very least; 20 to 30 in news.
const ALEF_LAM_PERCENT: usize = 10;

/// Share of Arabic among the letters of a repaired line, in percent, from which the repair is believed.
const ARABIC_PERCENT: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Windows1256AsLatin,
    Utf8AsLatin,
    Utf8AsWindows1256,
}

/// The text as it was meant; borrowed when nothing was wrong.
pub(crate) fn repair(text: &str) -> Cow<'_, str> {
    let Some(family) = suspect(text) else { return Cow::Borrowed(text) };
    let mut repaired = String::with_capacity(text.len());
    let mut changed = false;
    // Only at LF: in the families read as latin-1 even U+0085 is half a letter.
    for line in text.split_inclusive('\n') {
        match repair_line(line, family) {
            Some(right) => {
                changed = true;
                repaired.push_str(&right);
            }
            None => repaired.push_str(line),
        }
    }
    if changed { Cow::Owned(repaired) } else { Cow::Borrowed(text) }
}

/// Counts what betrays each family, in one pass.
fn suspect(text: &str) -> Option<Family> {
    if text.is_ascii() {
        return None;
    }
    let (mut ascii, mut latin, mut arabic) = (0, 0, 0);
    // First bytes of Arabic letters in UTF-8, as each wrong character set shows them.
    let (mut lead_latin, mut lead_arabic) = (0, 0);
    // Alef and lam of windows-1256 read as latin-1: a quarter of any Arabic text.
    let mut alef_lam = 0;
    for character in text.chars() {
        match character {
            'a'..='z' | 'A'..='Z' => ascii += 1,
            'Ø' | 'Ù' | 'Ú' | 'Û' => {
                lead_latin += 1;
                latin += 1;
            }
            'Ç' | 'á' => {
                alef_lam += 1;
                latin += 1;
            }
            '\u{C0}'..='\u{FF}' => latin += 1,
            'ط' | 'ظ' => {
                lead_arabic += 1;
                arabic += 1;
            }
            '\u{621}'..='\u{6D3}' => arabic += 1,
            _ => {}
        }
    }
    let letters = ascii + latin + arabic;
    let tells = |count: usize| count >= EVIDENCE_MIN && count * 100 >= letters * SUSPECT_PERCENT;
    if tells(lead_arabic) {
        Some(Family::Utf8AsWindows1256)
    } else if tells(lead_latin) && lead_latin * 100 >= latin * 80 {
        Some(Family::Utf8AsLatin)
    } else if tells(latin) && latin > arabic && alef_lam * 100 >= latin * ALEF_LAM_PERCENT {
        Some(Family::Windows1256AsLatin)
    } else {
        None
    }
}

fn repair_line(line: &str, family: Family) -> Option<String> {
    let right = match family {
        Family::Windows1256AsLatin => WINDOWS_1256.decode_without_bom_handling(&latin_bytes(line)?).0.into_owned(),
        Family::Utf8AsLatin => String::from_utf8(latin_bytes(line)?).ok()?,
        Family::Utf8AsWindows1256 => {
            let (bytes, _, unmappable) = WINDOWS_1256.encode(line);
            if unmappable {
                return None;
            }
            String::from_utf8(bytes.into_owned()).ok()?
        }
    };
    (right != line && reads_as_arabic(&right)).then_some(right)
}

/// The bytes that windows-1252, or latin-1 where that has none, shows as these characters.
fn latin_bytes(line: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(line.len());
    let mut buffer = [0; 4];
    for character in line.chars() {
        match u8::try_from(character) {
            Ok(byte) => bytes.push(byte),
            Err(_) => {
                let (encoded, _, unmappable) = WINDOWS_1252.encode(character.encode_utf8(&mut buffer));
                if unmappable {
                    return None;
                }
                bytes.extend_from_slice(&encoded);
            }
        }
    }
    Some(bytes)
}

fn reads_as_arabic(line: &str) -> bool {
    let (mut letters, mut arabic) = (0, 0);
    for character in line.chars().filter(|character| character.is_alphabetic()) {
        letters += 1;
        arabic += usize::from(matches!(character, '\u{621}'..='\u{6D3}'));
    }
    arabic > 0 && arabic * 100 >= letters * ARABIC_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARABIC: &str = "قالت وزارة الخارجية إنّ الوفد وصل أمس؟ «نعم»\nالخبر الثاني 26، ثم";

    fn latin1(bytes: &[u8]) -> String {
        bytes.iter().map(|&byte| char::from(byte)).collect()
    }

    fn windows(bytes: &[u8], encoding: &'static encoding_rs::Encoding) -> String {
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    }

    #[test]
    fn three_families() {
        let (arabic_bytes, _, unmappable) = WINDOWS_1256.encode(ARABIC);
        assert!(!unmappable);
        for wrong in [
            latin1(&arabic_bytes),
            windows(&arabic_bytes, WINDOWS_1252),
            latin1(ARABIC.as_bytes()),
            windows(ARABIC.as_bytes(), WINDOWS_1252),
            windows(ARABIC.as_bytes(), WINDOWS_1256),
        ] {
            assert_eq!(repair(&wrong), ARABIC, "{wrong}");
        }
    }

    #[test]
    fn a_line_that_was_right_stays() {
        let mixed = format!("{}\nرئيس الوزراء\nEnglish line", windows(ARABIC.as_bytes(), WINDOWS_1252));
        assert_eq!(repair(&mixed), format!("{ARABIC}\nرئيس الوزراء\nEnglish line"));
    }

    #[test]
    fn real_text_is_left_alone() {
        for text in [
            ARABIC,
            "",
            "ÉÉÉÉÉÉÉÉ ÀÀÀ",
            "Þórður á Íslandi sækir ýmislegt í Ölfusá",
            "طظ طظ طظ طظ: حرفان",
            "Été à Évreux: où çà, là-bas",
            "Sinh viên đã đến trường",
            "Øystein Øvretveit på Øya",
        ] {
            assert!(matches!(repair(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
