//! Recognises markup and mail in decoded text, which would be readable but wrong as an article. A text that only quotes a
//! tag stays a text; nothing is ever stripped here.

/// Tags that tell, as against those a writer quotes: closing ones, those with attributes, and those that stand alone.
const TAGS_MIN: usize = 3;
/// And so dense: one in so many bytes.
const BYTES_PER_TAG_MAX: usize = 1000;
/// Comments and declarations before the first tag of a document.
const PROLOGUE_MAX: usize = 32;
/// Lines of mail headers that are read.
const HEADER_LINES_MAX: usize = 64;
/// How much of the text a refusal quotes, in characters.
const QUOTE_CHARACTERS_MAX: usize = 40;

/// Tags that begin nothing but a page.
const PAGE_TAGS: [&str; 3] = ["html", "head", "body"];
/// Tags of HTML's flow and text; Markdown may hold them.
const TEXT_TAGS: [&str; 44] = [
    "a",
    "article",
    "aside",
    "b",
    "blockquote",
    "br",
    "center",
    "div",
    "dl",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "iframe",
    "img",
    "li",
    "link",
    "main",
    "meta",
    "nav",
    "ol",
    "p",
    "picture",
    "pre",
    "script",
    "section",
    "span",
    "strong",
    "style",
    "table",
    "title",
    "u",
    "ul",
];
/// Tags without an end.
const LONE_TAGS: [&str; 5] = ["br", "hr", "img", "link", "meta"];

/// Root elements with a name of their own.
const XML_ROOTS: [(&str, &str); 13] = [
    ("rss", "RSS feed"),
    ("rdf", "RSS 1.0 or RDF feed"),
    ("feed", "Atom feed"),
    ("nitf", "NITF document"),
    ("newsitem", "NewsML-G2 item"),
    ("newsmessage", "NewsML-G2 message"),
    ("packageitem", "NewsML-G2 package"),
    ("newsml", "NewsML document"),
    ("svg", "SVG image"),
    ("urlset", "site map"),
    ("sitemapindex", "site map"),
    ("tei", "TEI document"),
    ("plist", "Apple property list"),
];

/// First characters of other formats made of text.
const OPENINGS: [(&str, &str); 9] = [
    ("{\\rtf", "RTF document"),
    ("WARC/0.", "WARC web archive"),
    ("WARC/1.", "WARC web archive"),
    ("HTTP/1.0 200", "HTTP response"),
    ("HTTP/1.1 200", "HTTP response"),
    ("%PDF-", "PDF document"),
    ("BEGIN:VCALENDAR", "calendar"),
    ("BEGIN:VCARD", "address card"),
    ("-----BEGIN PGP", "PGP message"),
];

/// Header names that people do not write at the head of a text.
const MAIL_HEADERS: [&str; 11] = [
    "received",
    "return-path",
    "delivered-to",
    "mime-version",
    "message-id",
    "content-transfer-encoding",
    "dkim-signature",
    "arc-seal",
    "x-mailer",
    "newsgroups",
    "authentication-results",
];

/// The name of the markup that this text is, with what shows it. Markdown may begin with a tag of [`TEXT_TAGS`].
pub(super) fn unsupported(text: &str, markdown: bool) -> Option<String> {
    let start = text.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    let quoted = |name: &str| format!("{name} (it begins with `{}`)", quote(start));
    if let Some((_, name)) = OPENINGS.iter().find(|(opening, _)| start.starts_with(opening)) {
        return Some(quoted(name));
    }
    if is_mail(start) {
        return Some(quoted("mail message"));
    }
    if start.starts_with('<')
        && let Some(name) = document(start, markdown)
    {
        return Some(quoted(&name));
    }
    (!markdown && is_html(text)).then(|| "HTML fragment (several tags among the text)".to_owned())
}

/// Whether a text is a piece of HTML: wrapped in a tag, or with several that tell.
pub(super) fn is_html(text: &str) -> bool {
    let text = text.trim();
    let mut telling = 0;
    let mut first_is_tag = false;
    let mut last_end = 0;
    for (at, _) in text.match_indices('<') {
        let Some(tag) = Tag::read(&text[at..]).filter(|tag| tag.is_known()) else { continue };
        telling += usize::from(tag.closes || tag.has_attributes || LONE_TAGS.contains(&tag.name.as_str()));
        first_is_tag |= at == 0;
        last_end = at + tag.length;
    }
    let wrapped = first_is_tag && last_end == text.len() && telling > 0;
    wrapped || (telling >= TAGS_MIN && telling * BYTES_PER_TAG_MAX >= text.len())
}

/// The kind of document whose first tag this is.
fn document(start: &str, markdown: bool) -> Option<String> {
    let declared = start.get(..5).is_some_and(|opening| opening.eq_ignore_ascii_case("<?xml"));
    if start.get(..14).is_some_and(|opening| opening.eq_ignore_ascii_case("<!doctype html")) {
        return Some("HTML page".to_owned());
    }
    let root = Tag::read(skip_prologue(start)).filter(|tag| !tag.closes);
    let Some(root) = root else { return declared.then(|| "XML document".to_owned()) };
    let local = root.name.rsplit(':').next().unwrap_or_default();
    if PAGE_TAGS.contains(&local) {
        return Some("HTML page".to_owned());
    }
    if let Some((_, name)) = XML_ROOTS.iter().find(|(name, _)| *name == local) {
        return Some((*name).to_owned());
    }
    let closes = ends_with_closing(start, &root.name);
    if declared || (closes && !root.is_known()) {
        return Some(format!("XML document (its root element is `{}`)", root.name));
    }
    (root.is_known() && !markdown && (closes || is_html(start) || root.has_attributes)).then(|| "HTML page".to_owned())
}

/// Skips comments, declarations and processing instructions.
fn skip_prologue(text: &str) -> &str {
    let mut rest = text;
    for _ in 0..PROLOGUE_MAX {
        let end = match rest.as_bytes() {
            [b'<', b'!', b'-', b'-', ..] => "-->",
            [b'<', b'?', ..] => "?>",
            [b'<', b'!', ..] => ">",
            _ => return rest,
        };
        let Some((_, after)) = rest.split_once(end) else { return "" };
        rest = after.trim_start();
    }
    rest
}

fn ends_with_closing(text: &str, name: &str) -> bool {
    let text = text.trim_end();
    text.rfind("</").and_then(|at| Tag::read(&text[at..])).is_some_and(|tag| tag.closes && tag.name == name)
}

/// A block of headers at the head, one of which only mail software writes.
fn is_mail(start: &str) -> bool {
    let mut headers = 0;
    let mut telling = 0;
    for (index, line) in start.lines().take(HEADER_LINES_MAX).enumerate() {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) || (index == 0 && line.starts_with("From ")) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return false;
        }
        headers += 1;
        telling += usize::from(MAIL_HEADERS.contains(&name.to_ascii_lowercase().as_str()));
    }
    headers >= 2 && telling >= 1
}

/// The first characters, on one line.
fn quote(start: &str) -> String {
    let line = start.lines().next().unwrap_or_default();
    line.chars().take(QUOTE_CHARACTERS_MAX).filter(|character| !character.is_control()).collect()
}

/// One tag.
struct Tag {
    /// In lower case.
    name: String,
    closes: bool,
    has_attributes: bool,
    /// Up to and with its `>`, in bytes.
    length: usize,
}

impl Tag {
    /// The longest tag that is read, in bytes: long enough for an inline image's address to fail fast.
    const LENGTH_MAX: usize = 4096;
    const NAME_LENGTH_MAX: usize = 40;

    /// Reads the tag at the start of `text`, which begins with `<`.
    fn read(text: &str) -> Option<Tag> {
        let bytes = text.as_bytes();
        let inner = bytes.get(1..)?;
        let closes = inner.first() == Some(&b'/');
        let inner = &inner[usize::from(closes)..];
        let named = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_' | b'.');
        let name_length = inner.iter().take(Self::NAME_LENGTH_MAX).take_while(named).count();
        if !inner.first()?.is_ascii_alphabetic() {
            return None;
        }
        let rest = &inner[name_length..];
        let end = rest.iter().take(Self::LENGTH_MAX).position(|byte| *byte == b'>' || *byte == b'<')?;
        let attributes = &rest[..end];
        if rest[end] != b'>' || !attributes.first().is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'/') {
            return None;
        }
        let length = 1 + usize::from(closes) + name_length + end + 1;
        let name = String::from_utf8_lossy(&inner[..name_length]).to_ascii_lowercase();
        Some(Tag { name, closes, has_attributes: attributes.contains(&b'='), length })
    }

    fn is_known(&self) -> bool {
        let name = self.name.as_str();
        PAGE_TAGS.contains(&name)
            || TEXT_TAGS.contains(&name)
            || matches!(name, "td" | "tr" | "th" | "tbody" | "small" | "sup")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_named() {
        for (text, name) in [
            ("<!DOCTYPE html>\n<html></html>", "HTML page"),
            ("\n <!-- made by x --><HTML lang=ar>", "HTML page"),
            ("<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C'><html xmlns='x'/>", "HTML page"),
            ("<p>خبر عاجل</p>", "HTML page"),
            ("<div class=\"story\">خبر", "HTML page"),
            ("عاجل<br>خبر أول<br>خبر ثان<br>", "HTML fragment"),
            ("<?xml version=\"1.0\"?>\n<rss version=\"2.0\">", "RSS feed"),
            ("<feed xmlns=\"http://www.w3.org/2005/Atom\">", "Atom feed"),
            ("<?xml version=\"1.0\"?><rdf:RDF>", "RSS 1.0"),
            ("<?xml version=\"1.0\"?><!DOCTYPE nitf SYSTEM 'x'><nitf>", "NITF"),
            ("<newsItem xmlns='http://iptc.org/std/nar/2006-10-01/'>", "NewsML-G2"),
            ("<?xml version=\"1.0\"?><story>x</story>", "XML document (its root element is `story`)"),
            ("<DOC>\n<DOCNO>1</DOCNO>\n</DOC>\n", "XML document (its root element is `doc`)"),
            ("<?xml version=\"1.0\"?>", "XML document"),
            ("{\\rtf1\\ansi x}", "RTF"),
            ("WARC/1.0\r\nWARC-Type: response", "WARC"),
            ("Return-Path: <a@b>\nFrom: a\nSubject: b\n\nx", "mail message"),
            ("From a@b Mon Jan 1\nReceived: from c\n\tby d\nDate: e\n\nx", "mail message"),
        ] {
            let found = unsupported(text, false).unwrap_or_default();
            assert!(found.starts_with(name), "{text}: {found}");
        }
    }

    #[test]
    fn text_stays_text() {
        for text in [
            "a text that quotes <html> in the middle, and <b> too",
            "<< عاجل >> خبر",
            "<",
            "</",
            "<p",
            "5 < 6 > 4",
            "<3 this story",
            "From: our correspondent in Cairo\nDate: today\n\nThe text.",
            "From Cairo our correspondent writes\n\nThe text.",
            "موسكو: قال المتحدث",
            "<?",
            "<!--",
            "HTTP/1.1 and HTTP/2 compared",
            "ليست <الوسوم> كلها HTML",
        ] {
            assert_eq!(unsupported(text, false), None, "{text}");
        }
    }

    #[test]
    fn markdown_may_hold_tags() {
        let text = "<p align=\"center\"><img src=\"a.png\"></p>\n\n# عنوان\n\nنص<br>نص<br>نص<br>";
        assert_eq!(unsupported(text, true), None);
        assert!(unsupported(text, false).is_some());
        assert!(unsupported("<!doctype html><p>x", true).is_some());
    }

    #[test]
    fn many_angle_brackets_take_linear_time() {
        assert_eq!(unsupported(&"<a ".repeat(400_000), false), None);
        assert_eq!(unsupported(&"<!---->".repeat(200_000), false), None);
        assert_eq!(unsupported(&format!("x{}", "<".repeat(1_000_000)), false), None);
    }
}
