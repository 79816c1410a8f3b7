//! Which language an article is in, as a BCP 47 code. Says nothing rather than guess from a few words.
//!
//! Arabic script first: articles betray themselves (one Arabic word in four begins with ال), and the other languages that are
//! written in it have letters of their own; statistics decide only what letters leave open. All other scripts go to
//! statistics at once (trigrams, Cavnar and Trenkle 1994, as in `whatlang`).

use std::sync::LazyLock;

use warraq_text::words;
use whatlang::{Detector, Lang};

/// Code points of the body that are looked at; the headline comes on top.
const CHARACTERS_MAX: usize = 500;

/// Fewer letters than this say nothing.
const LETTERS_MIN: usize = 20;

/// From this many letters on a middling confidence is enough.
const LETTERS_OF_A_SENTENCE: usize = 60;

/// Words that begin with ال, in percent, from which a text is Arabic. Arabic news has 20 to 35, Persian and Urdu under 3.
const ARTICLE_PERCENT: usize = 10;

/// Letters of one language alone, in percent of all, from which a text is in it.
const OWN_LETTERS_PERCENT: usize = 2;

/// whatlang's confidence below which its answer is not taken.
const CONFIDENCE_MIN: f64 = 0.5;

static ARABIC_SCRIPT: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_allowlist(vec![Lang::Ara, Lang::Pes, Lang::Urd]));

/// The language of an article, if there is enough of it to tell.
pub fn language(headline: &str, body: &str) -> Option<&'static str> {
    let mut sample = String::with_capacity(2 * CHARACTERS_MAX);
    sample.extend(headline.chars().take(CHARACTERS_MAX));
    sample.push('\n');
    sample.extend(body.chars().take(CHARACTERS_MAX));
    let (mut letters, mut arabic) = (0, 0);
    for character in sample.chars().filter(|character| character.is_alphabetic()) {
        letters += 1;
        arabic +=
            usize::from(matches!(character, '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' | '\u{FB50}'..='\u{FEFC}'));
    }
    if letters < LETTERS_MIN {
        return dense_script(&sample);
    }
    if arabic * 2 > letters { of_arabic_script(&sample, arabic) } else { of_other_script(&sample, letters) }
}

fn of_arabic_script(sample: &str, letters: usize) -> Option<&'static str> {
    let (mut count, mut with_article) = (0, 0);
    for word in words(sample) {
        count += 1;
        let bare = word.text.trim_start_matches(['و', 'ف', 'ب', 'ك']);
        with_article += usize::from(bare.starts_with("ال") || word.text.starts_with("لل"));
    }
    if with_article * 100 >= count * ARTICLE_PERCENT && with_article > 1 {
        return Some("ar");
    }
    let (mut plain, mut kurdish, mut pashto, mut urdu, mut persian) = (0, 0, 0, 0, 0);
    for character in sample.chars() {
        match character {
            'ة' | 'ى' | 'أ' | 'إ' => plain += 1,
            'ڕ' | 'ڵ' | 'ۆ' | 'ێ' | 'ە' => kurdish += 1,
            'ټ' | 'ډ' | 'ړ' | 'ښ' | 'ځ' | 'څ' | 'ۍ' | 'ې' | 'ګ' => pashto += 1,
            'ٹ' | 'ڈ' | 'ڑ' | 'ں' | 'ے' | 'ہ' => urdu += 1,
            'پ' | 'چ' | 'ژ' | 'گ' => persian += 1,
            _ => {}
        }
    }
    let (most, own) = [("ar", plain), ("ckb", kurdish), ("ps", pashto), ("ur", urdu), ("fa", persian)]
        .into_iter()
        .max_by_key(|&(language, count)| (count, language != "fa"))?;
    // Letters of Persian are letters of the others too, so they count only when those have next to none.
    let own = if most == "fa" && kurdish + pashto + urdu > persian / 4 { 0 } else { own };
    if own * 100 >= letters * OWN_LETTERS_PERCENT {
        return Some(most);
    }
    let info = ARABIC_SCRIPT.detect(sample)?;
    (info.confidence() >= CONFIDENCE_MIN).then(|| bcp47(info.lang()))
}

fn of_other_script(sample: &str, letters: usize) -> Option<&'static str> {
    let info = whatlang::detect(sample)?;
    let sure = info.is_reliable() || info.confidence() >= CONFIDENCE_MIN && letters >= LETTERS_OF_A_SENTENCE;
    sure.then(|| bcp47(info.lang()))
}

/// Ten characters of Chinese, Japanese or Korean are a sentence.
fn dense_script(sample: &str) -> Option<&'static str> {
    let dense = sample.chars().filter(|character| matches!(character, '\u{3040}'..='\u{D7A3}')).count();
    if dense * 2 < LETTERS_MIN {
        return None;
    }
    whatlang::detect_lang(sample).map(bcp47)
}

/// The shortest code of a language, which BCP 47 asks for.
fn bcp47(language: Lang) -> &'static str {
    const SHORT: &[(&str, &str)] = &[
        ("afr", "af"),
        ("aka", "ak"),
        ("amh", "am"),
        ("ara", "ar"),
        ("aze", "az"),
        ("bel", "be"),
        ("ben", "bn"),
        ("bul", "bg"),
        ("cat", "ca"),
        ("ces", "cs"),
        ("cmn", "zh"),
        ("cym", "cy"),
        ("dan", "da"),
        ("deu", "de"),
        ("ell", "el"),
        ("eng", "en"),
        ("epo", "eo"),
        ("est", "et"),
        ("fin", "fi"),
        ("fra", "fr"),
        ("guj", "gu"),
        ("heb", "he"),
        ("hin", "hi"),
        ("hrv", "hr"),
        ("hun", "hu"),
        ("hye", "hy"),
        ("ind", "id"),
        ("ita", "it"),
        ("jav", "jv"),
        ("jpn", "ja"),
        ("kan", "kn"),
        ("kat", "ka"),
        ("khm", "km"),
        ("kor", "ko"),
        ("lat", "la"),
        ("lav", "lv"),
        ("lit", "lt"),
        ("mal", "ml"),
        ("mar", "mr"),
        ("mkd", "mk"),
        ("mya", "my"),
        ("nep", "ne"),
        ("nld", "nl"),
        ("nob", "nb"),
        ("ori", "or"),
        ("pan", "pa"),
        ("pes", "fa"),
        ("pol", "pl"),
        ("por", "pt"),
        ("ron", "ro"),
        ("rus", "ru"),
        ("sin", "si"),
        ("slk", "sk"),
        ("slv", "sl"),
        ("sna", "sn"),
        ("spa", "es"),
        ("srp", "sr"),
        ("swe", "sv"),
        ("tam", "ta"),
        ("tel", "te"),
        ("tgl", "tl"),
        ("tha", "th"),
        ("tuk", "tk"),
        ("tur", "tr"),
        ("ukr", "uk"),
        ("urd", "ur"),
        ("uzb", "uz"),
        ("vie", "vi"),
        ("yid", "yi"),
        ("zul", "zu"),
    ];
    let code = language.code();
    SHORT.iter().find(|(long, _)| *long == code).map_or(code, |(_, short)| short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_language() {
        for (text, expected) in [
            ("قال وزير الخارجية إن المباحثات بين الجانبين كانت صريحة وبناءة وتناولت الوضع في المنطقة", "ar"),
            ("انفجار سيارة مفخخة قرب سفارة أجنبية يسفر عن مقتل ثلاثة أشخاص وإصابة عشرة", "ar"),
            ("وزیر امور خارجه گفت که مذاکرات میان دو کشور درباره وضعیت منطقه ادامه خواهد یافت", "fa"),
            ("وزیر خارجہ نے کہا کہ دونوں ملکوں کے درمیان مذاکرات جاری رہیں گے اور حالات بہتر ہوں گے", "ur"),
            ("وەزیری دەرەوە ڕایگەیاند کە گفتوگۆکان لە نێوان هەردوو وڵات بەردەوام دەبن", "ckb"),
            ("The foreign minister said that the talks between the two countries had been frank", "en"),
            ("Le ministre des affaires étrangères a déclaré que les discussions se poursuivraient", "fr"),
            ("Министр иностранных дел заявил, что переговоры между двумя странами продолжатся", "ru"),
            ("外交部长表示两国之间的会谈将继续进行", "zh"),
        ] {
            assert_eq!(language("", text), Some(expected), "{text}");
        }
    }

    #[test]
    fn says_nothing_of_little() {
        for text in ["", "نعم", "ok then", "2016 10:30", "😀😀😀", "\u{64B}\u{651}"] {
            assert_eq!(language("", text), None, "{text}");
        }
    }

    #[test]
    fn codes_are_short() {
        for language in Lang::all() {
            assert!(bcp47(*language).len() == 2, "{language:?}");
        }
    }
}
