//! Numbers in digits and in words, Arabic and English: `4.5 ألف`, `خمسة وعشرين`, `ألفين وثلاثمئة`. Never says what they count.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;
use std::sync::LazyLock;

use crate::document::Document;
use crate::entities::lexicon::WordHasher;

/// A number where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    /// What it is worth; exact up to 2^53.
    pub(crate) value: f64,
    /// Its bytes, without a proclitic (`لثلاثة`).
    pub(crate) range: Range<usize>,
    /// Its words, as indexes of [`Document::words`].
    pub(crate) words: Range<usize>,
    /// Is it joined to what stands before by `و`?
    pub(crate) joined: bool,
    /// Was it written in digits?
    pub(crate) digits: bool,
}

impl Number {
    /// The value, if it counts whole things.
    pub(crate) fn whole(&self) -> Option<u64> {
        // Above this a double skips numbers.
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        (self.value.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&self.value)).then_some(self.value as u64)
    }
}

/// The part a word plays in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// 1 to 10, the first half of 11 to 19, and of `ثلاث مئة`.
    Unit(u32),
    /// The second half of 11 to 19, and ten itself.
    Ten,
    /// 20 to 90.
    Tens(u32),
    /// 100 to 900 in one word.
    Hundreds(u32),
    /// A hundred or hundreds behind a unit.
    Hundred,
    /// A thousand, a million...
    Scale(u64),
    /// Two of them in one word.
    TwoOf(u64),
}

const THOUSAND: u64 = 1_000;
const MILLION: u64 = 1_000_000;
const MILLIARD: u64 = 1_000_000_000;
const BILLION: u64 = 1_000_000_000_000;

/// Match keys of number words, spaces between: hamza carriers, ى and ة folded.
const WORDS: &[(Part, &str)] = &[
    (Part::Unit(1), "واحد واحده احد احدي one"),
    (Part::Unit(2), "اثنان اثنين اثنتان اثنتين اثنا اثني اثنتا اثنتي two"),
    (Part::Unit(3), "ثلاثه ثلاث three"),
    (Part::Unit(4), "اربعه اربع four"),
    (Part::Unit(5), "خمسه خمس five"),
    (Part::Unit(6), "سته ست six"),
    (Part::Unit(7), "سبعه سبع seven"),
    (Part::Unit(8), "ثمانيه ثماني ثمان eight"),
    (Part::Unit(9), "تسعه تسع nine"),
    (Part::Unit(11), "eleven"),
    (Part::Unit(12), "twelve اثناعشر اثنيعشر"),
    (Part::Unit(13), "thirteen"),
    (Part::Unit(14), "fourteen"),
    (Part::Unit(15), "fifteen"),
    (Part::Unit(16), "sixteen"),
    (Part::Unit(17), "seventeen"),
    (Part::Unit(18), "eighteen"),
    (Part::Unit(19), "nineteen"),
    (Part::Ten, "عشره عشر ten"),
    (Part::Tens(20), "عشرون عشرين twenty"),
    (Part::Tens(30), "ثلاثون ثلاثين thirty"),
    (Part::Tens(40), "اربعون اربعين forty"),
    (Part::Tens(50), "خمسون خمسين fifty"),
    (Part::Tens(60), "ستون ستين sixty"),
    (Part::Tens(70), "سبعون سبعين seventy"),
    (Part::Tens(80), "ثمانون ثمانين eighty"),
    (Part::Tens(90), "تسعون تسعين ninety"),
    (Part::Hundred, "مايه ميه hundred"),
    (Part::Hundreds(200), "مايتان مايتين مايتا مايتي ميتان ميتين ميتا ميتي"),
    (Part::Hundreds(300), "ثلاثمايه ثلاثميه"),
    (Part::Hundreds(400), "اربعمايه اربعميه"),
    (Part::Hundreds(500), "خمسمايه خمسميه"),
    (Part::Hundreds(600), "ستمايه ستميه"),
    (Part::Hundreds(700), "سبعمايه سبعميه"),
    (Part::Hundreds(800), "ثمانمايه ثمانميه ثمانيمايه ثمانيميه"),
    (Part::Hundreds(900), "تسعمايه تسعميه"),
    (Part::Scale(THOUSAND), "الف الاف الفا thousand"),
    (Part::TwoOf(THOUSAND), "الفان الفين الفي"),
    (Part::Scale(MILLION), "مليون ملايين مليونا million"),
    (Part::TwoOf(MILLION), "مليونان مليونين مليوني"),
    (Part::Scale(MILLIARD), "مليار مليارات مليارا بليون بلايين بليونا billion"),
    (Part::TwoOf(MILLIARD), "ملياران مليارين ملياري"),
    (Part::Scale(BILLION), "تريليون تريليونات ترليون trillion"),
];

static PARTS: LazyLock<HashMap<&'static str, Part, BuildHasherDefault<WordHasher>>> =
    LazyLock::new(|| WORDS.iter().flat_map(|(part, words)| words.split(' ').map(move |word| (word, *part))).collect());

/// Every number of the body, in order. A year or a telephone number is a number too.
pub(crate) fn find(document: &Document<'_>) -> Vec<Number> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < document.words.len() {
        match at(document, index) {
            Some(number) => {
                index = number.words.end;
                found.push(number);
            }
            None => index += 1,
        }
    }
    found
}

/// The number that begins at word `first`.
fn at(document: &Document<'_>, first: usize) -> Option<Number> {
    let key = document.keys.at(first);
    if key.as_bytes().iter().any(u8::is_ascii_digit) {
        return in_digits(document, first);
    }
    let (part, proclitic) = part_with_proclitic(key)?;
    let bare = &key[proclitic..];
    // `one of`, and a vague plural; both count only behind or before other number words.
    if matches!(bare, "احد" | "احدي") && !matches!(document.keys.at(first + 1), "عشر" | "عشره")
        || matches!(
            bare,
            "الاف"
                | "ملايين"
                | "مليارات"
                | "بلايين"
                | "تريليونات"
                | "عشر"
                | "hundred"
                | "thousand"
                | "million"
        )
    {
        return None;
    }
    let joined = proclitic > 0 && key.starts_with('و');
    let mut sum = Sum::default();
    sum.add(part);
    let end = go_on(document, first + 1, &mut sum);
    let start = document.words[first].range.start;
    // The key's proclitic is one letter of two bytes, like the text's; marks on it would hang behind and stay inside.
    let range = start + proclitic..document.words[end - 1].range.end;
    let cut = document.body.is_char_boundary(range.start);
    cut.then(|| Number { value: sum.value(), range, words: first..end, joined, digits: false })
}

/// Digits, with groups, a decimal part and scale words: `1,200`, `4.5 ألف`, `٢٠٠ ألف`.
fn in_digits(document: &Document<'_>, first: usize) -> Option<Number> {
    let word = &document.words[first];
    let key = document.keys.at(first);
    let at = key.find(|character: char| character.is_ascii_digit())?;
    let (before, digits) = key.split_at(at);
    // Letters behind digits (`25م`, `3D`) make it a date, a time or a name.
    let proclitic = matches!(before, "" | "و" | "ب" | "ل" | "ف" | "ال" | "وال" | "بال" | "لل" | "ك");
    if !proclitic || !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.len() > DIGITS_MAX {
        return None;
    }
    let start = word.range.start + word.text.find(is_digit)?;
    let mut text = digits.to_owned();
    let mut last = first;
    let mut decimal = false;
    while let Some((mark, next)) = continuation(document, last, &text, decimal) {
        if mark == '.' {
            text.push('.');
            decimal = true;
        }
        text.push_str(next);
        last += 1;
    }
    let mut sum = Sum { whole: 0.0, group: text.parse().ok()? };
    let end = go_on(document, last + 1, &mut sum);
    let range = start..document.words[end - 1].range.end;
    Some(Number { value: sum.value(), range, words: first..end, joined: before.starts_with('و'), digits: true })
}

/// Most digits of one number; a longer chain counts nothing.
const DIGITS_MAX: usize = 15;

/// The next group of digits and how it is tied to the ones before: `,` for a group of thousands, `.` for a decimal part.
fn continuation<'d>(document: &'d Document<'_>, last: usize, text: &str, decimal: bool) -> Option<(char, &'d str)> {
    let next = document.keys.at(last + 1);
    let all_digits = !next.is_empty() && next.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits || decimal || text.len() + next.len() > DIGITS_MAX {
        return None;
    }
    match document.gap_after(last) {
        "," | "٬" | "،" if next.len() == 3 => Some((',', next)),
        "," | "٫" => Some(('.', next)),
        // `1.900.000` has groups; `1.900` alone is read as a decimal, as the calculator would.
        "." if next.len() == 3 && (text.len() > 3 || document.gap_after(last + 1) == ".") => Some((',', next)),
        "." => Some(('.', next)),
        _ => None,
    }
}

/// Takes in the words of the number from word `index` on; gives the first word behind it.
fn go_on(document: &Document<'_>, mut index: usize, sum: &mut Sum) -> usize {
    loop {
        let gap = document.gap_after(index - 1);
        if index >= document.words.len() || gap.contains('\n') || gap.chars().any(|c| !c.is_whitespace() && c != '-') {
            return index;
        }
        let key = document.keys.at(index);
        let mut then = index + 1;
        let taken = if key == "و" || key == "and" {
            then += 1;
            let next = PARTS.get(document.keys.at(index + 1)).copied();
            document.gap_after(index).trim().is_empty()
                && next.is_some_and(|part| sum.takes(part, true) && sum.add(part))
        } else if let Some(part) = PARTS.get(key) {
            sum.takes(*part, false) && sum.add(*part)
        } else {
            let part = key.strip_prefix('و').and_then(|rest| PARTS.get(rest)).copied();
            part.is_some_and(|part| sum.takes(part, true) && sum.add(part))
        };
        if !taken {
            return index;
        }
        index = then;
    }
}

fn part_with_proclitic(key: &str) -> Option<(Part, usize)> {
    if let Some(part) = PARTS.get(key) {
        return Some((*part, 0));
    }
    let first = key.chars().next().filter(|first| matches!(first, 'و' | 'ل' | 'ب' | 'ف' | 'ك'))?;
    PARTS.get(&key[first.len_utf8()..]).map(|part| (*part, first.len_utf8()))
}

/// A number being read: what stands before the last scale word, and the group below a thousand behind it.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    whole: f64,
    group: f64,
}

impl Sum {
    fn value(self) -> f64 {
        self.whole + self.group
    }

    /// May this part come next? Each part must be smaller than what it is added to.
    fn takes(self, part: Part, joined: bool) -> bool {
        let group = self.group;
        match part {
            Part::Unit(1) if !joined => false,
            Part::Unit(unit) => {
                (joined || group % 100.0 >= 20.0)
                    && (group % 10.0 == 0.0 || group == 0.0)
                    && group % 100.0 != 10.0
                    && (joined || unit < 10)
            }
            // `ثلاثة عشر`, and `ألف وعشرة`.
            Part::Ten => {
                if joined {
                    group % 100.0 == 0.0
                } else {
                    (1.0..10.0).contains(&(group % 100.0))
                }
            }
            Part::Tens(_) => joined && group % 100.0 < 10.0,
            Part::Hundred => {
                if joined {
                    group == 0.0
                } else {
                    (1.0..10.0).contains(&group)
                }
            }
            Part::Hundreds(_) => joined && group == 0.0,
            Part::Scale(scale) => {
                let smaller = self.whole == 0.0 || self.whole % (scale as f64 * THOUSAND as f64) == 0.0;
                // `ألف مليار` multiplies a scale by a scale.
                smaller && (if joined { group == 0.0 } else { group > 0.0 || self.whole > 0.0 && scale > THOUSAND })
            }
            Part::TwoOf(scale) => joined && group == 0.0 && self.whole % (scale as f64 * THOUSAND as f64) == 0.0,
        }
    }

    /// Adds a part; always `true`, so that it can follow `takes`.
    fn add(&mut self, part: Part) -> bool {
        match part {
            Part::Unit(unit) => self.group += f64::from(unit),
            Part::Ten => self.group += 10.0,
            Part::Tens(tens) => self.group += f64::from(tens),
            Part::Hundreds(hundreds) => self.group += f64::from(hundreds),
            Part::Hundred if self.group == 0.0 => self.group = 100.0,
            Part::Hundred => self.group *= 100.0,
            Part::TwoOf(scale) => self.whole += 2.0 * scale as f64,
            Part::Scale(scale) => {
                let count = if self.group > 0.0 { self.group } else { 1.0 };
                self.whole += count * scale as f64;
                self.group = 0.0;
            }
        }
        true
    }
}

fn is_digit(character: char) -> bool {
    matches!(character, '0'..='9' | '٠'..='٩' | '۰'..='۹')
}

#[cfg(test)]
mod tests;
