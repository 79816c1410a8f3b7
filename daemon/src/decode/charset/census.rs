//! Counts what kinds of characters a guessed decoding gave, to tell text from bytes read in the wrong encoding. It judges
//! by script and spacing only and knows no language.

/// How much of a text is counted.
const CHARACTERS_MAX: usize = 16_384;
/// Letters, marks and digits among all that is not white space.
const WORDS_PERCENT_MIN: usize = 60;
/// Neighbouring letters of two scripts, or an accented capital after a small letter: a few names glued to an article's own
/// script, no more.
const SWITCHES_PERCENT_MAX: usize = 5;
/// Accented letters among Latin ones: French has 4, Czech 18, Vietnamese 30; Arabic read as Western European over 90.
const ACCENTED_PERCENT_MAX: usize = 40;
/// From this many letters on, a text is expected to have different ones and spaces between them.
const LETTERS_TO_JUDGE: usize = 64;
/// Different letters in a text of [`LETTERS_TO_JUDGE`].
const DISTINCT_LETTERS_MIN: usize = 3;
/// Letters for each white space, in scripts that part words; German and Turkish stay under 10.
const LETTERS_PER_SPACE_MAX: usize = 40;

/// What the start of a text consists of.
#[derive(Debug, Default)]
pub(super) struct Census {
    visible: usize,
    spaces: usize,
    words: usize,
    letters: usize,
    /// Controls, private use, replacement characters: nothing that stands in an article.
    odd: usize,
    joins: usize,
    switches: usize,
    distinct: usize,
    latin: usize,
    accented: usize,
    /// Letters of scripts that put spaces between words.
    spaced: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    /// Everything else, most of it written without spaces, and freely beside Latin.
    Other,
}

impl Census {
    pub(super) fn of(text: &str) -> Census {
        let mut census = Census::default();
        let mut seen = [false; 1024];
        let mut last = None;
        for character in text.chars().take(CHARACTERS_MAX) {
            if character.is_whitespace() {
                census.spaces += 1;
                last = None;
                continue;
            }
            census.visible += 1;
            if is_letter(character) {
                let script = script(character);
                census.letter(character, script, last);
                seen[character as usize % seen.len()] = true;
                last = Some((character, script));
                continue;
            }
            last = None;
            census.words += usize::from(character.is_numeric());
            census.odd += usize::from(is_odd(character));
        }
        census.distinct = seen.into_iter().filter(|seen| *seen).count();
        census
    }

    /// Mostly words, in one script at a time, with spaces where the script has them.
    pub(super) fn reads_as_text(&self) -> bool {
        let long = self.letters >= LETTERS_TO_JUDGE;
        self.letters > 0
            && self.words * 100 >= self.visible * WORDS_PERCENT_MIN
            && self.odd * 200 <= self.visible
            && self.switches <= 1 + self.joins * SWITCHES_PERCENT_MAX / 100
            && self.accented <= 1 + self.latin * ACCENTED_PERCENT_MAX / 100
            && (!long || self.distinct >= DISTINCT_LETTERS_MIN)
            && (!long || self.spaced <= (1 + self.spaces) * LETTERS_PER_SPACE_MAX)
    }

    /// How many characters cannot stand in any text; rounded up, so that 0 means none.
    pub(super) fn odd_percent(&self) -> usize {
        (self.odd * 100).div_ceil(self.visible.max(1))
    }

    fn letter(&mut self, letter: char, script: Script, last: Option<(char, Script)>) {
        self.words += 1;
        self.letters += 1;
        self.spaced += usize::from(script != Script::Other);
        self.latin += usize::from(script == Script::Latin);
        self.accented += usize::from(script == Script::Latin && !letter.is_ascii());
        if let Some((before, last)) = last {
            let other_script = last != script && last != Script::Other && script != Script::Other;
            let odd_capital = !letter.is_ascii() && letter.is_uppercase() && before.is_lowercase();
            self.joins += 1;
            self.switches += usize::from(other_script || odd_capital);
        }
    }
}

fn is_letter(character: char) -> bool {
    // The table behind `is_alphabetic` is slow for the letters that come most here.
    matches!(character, '\u{620}'..='\u{64a}') || character.is_alphabetic()
}

fn is_odd(character: char) -> bool {
    let private = matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    character.is_control() || private || matches!(character, '\u{fff0}'..='\u{ffff}')
}

fn script(letter: char) -> Script {
    match letter {
        '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{600}'..='\u{8ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => Script::Arabic,
        _ => Script::Other,
    }
}
