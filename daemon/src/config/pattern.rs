//! File name patterns with `*` and `?`, matched on bytes because file names are bytes.
//! It never looks at a folder and knows nothing of paths.

/// The longest name Linux allows in a folder, in bytes; a longer pattern without `*` could match nothing.
const PATTERN_BYTES_MAX: usize = 255;

/// A name pattern: `*` stands for any bytes or none, `?` for one character, everything else for itself. Upper and lower
/// case differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern; the error says what was wanted.
    pub(super) fn new(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > PATTERN_BYTES_MAX {
            return Err("wanted 1 to 255 bytes");
        }
        if text.contains(['/', '\0']) {
            return Err("wanted a pattern for names in the inbox itself, without `/`");
        }
        // Whoever writes [0-9] or {a,b} expects a set. Taking it literally would ignore nothing, silently.
        if text.contains(['[', ']', '{', '}', '\\']) {
            return Err(
                "only `*` and `?` are special here; sets, alternatives and backslashes are not supported (write `?` for such a character)",
            );
        }
        Ok(Pattern(text.to_owned()))
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole name fits. Takes at most (bytes of the name × bytes of the pattern) steps: only the latest `*`
    /// is ever tried again, since an earlier one could not reach further than it has.
    pub fn matches(&self, name: &[u8]) -> bool {
        let pattern = self.0.as_bytes();
        let (mut at, mut name_at) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while name_at < name.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    at += 1;
                    retry = Some((at, name_at));
                }
                Some(b'?') => {
                    at += 1;
                    name_at += character_bytes(&name[name_at..]);
                }
                Some(&byte) if byte == name[name_at] => {
                    at += 1;
                    name_at += 1;
                }
                _ => match &mut retry {
                    Some((after_star, start)) => {
                        *start += 1;
                        (at, name_at) = (*after_star, *start);
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|&byte| byte == b'*')
    }
}

/// How many bytes the first character has: UTF-8 if it is that, else (a name in an old code page) one byte.
fn character_bytes(name: &[u8]) -> usize {
    let bytes = match name[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    match name.get(..bytes) {
        Some(character) if std::str::from_utf8(character).is_ok() => bytes,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &[u8], expected: bool) {
        assert_eq!(Pattern::new(pattern).unwrap().matches(name), expected, "{pattern} on {name:?}");
    }

    #[test]
    fn names_match_whole() {
        for (pattern, name, expected) in [
            ("Thumbs.db", "Thumbs.db", true),
            ("Thumbs.db", "thumbs.db", false),
            ("Thumbs.db", "Thumbs.dbx", false),
            ("*.bak", "a.bak", true),
            ("*.bak", ".bak", true),
            ("*.bak", "a.bak.txt", false),
            ("*.bak", "a.bak.bak", true),
            ("draft-*", "draft-", true),
            ("*", "", true),
            ("**a**", "bab", true),
            ("?", "", false),
            ("?", "a", true),
            ("?", "ab", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("a*?c", "abc", true),
            ("a*?c", "ac", false),
        ] {
            check(pattern, name.as_bytes(), expected);
        }
    }

    #[test]
    fn a_question_mark_is_one_character_of_any_script() {
        check("خبر?.txt", "خبر٣.txt".as_bytes(), true);
        check("?", "🙂".as_bytes(), true);
        check("??", "ب".as_bytes(), false);
        // Windows-1256: one byte is one letter, even where two bytes would look like UTF-8.
        check("?.txt", b"\xC7.txt", true);
        check("*.txt", b"\xC7\xE1\xFF.txt", true);
    }

    #[test]
    fn many_stars_on_a_long_name_are_quick() {
        let started = std::time::Instant::now();
        check(&"*a".repeat(127), &[b'a'; 100_000], true);
        check(&format!("{}b", "*a".repeat(127)), &[b'a'; 100_000], false);
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
    }

    #[test]
    fn other_wildcards_are_refused() {
        for text in ["", "a/b", "[0-9].txt", "{a,b}", r"a\*", "a\0"] {
            assert!(Pattern::new(text).is_err(), "{text}");
        }
        assert!(Pattern::new(&"a".repeat(256)).is_err());
    }
}
