//! The parts above the story, read in their order: headline, byline, dateline. Only arranges; each part is found in its own file.

use std::ops::Range;

use crate::dates::Date;
use crate::document::Document;
use crate::{byline, dateline, headline};

/// What stands above the story.
pub(crate) struct Head {
    /// The headline, from the decoder or the body.
    pub(crate) headline: Option<String>,
    /// Who wrote it, as the text says.
    pub(crate) byline: Option<String>,
    /// Where and from whom it was sent.
    pub(crate) dateline: Option<dateline::Found>,
}

/// Lines below the headline that can hold a byline.
const BYLINE_LINES_MAX: usize = 3;

/// Reads the head of the body and marks its parts in the document. A headline the decoder found is believed before the body's.
pub(crate) fn read(document: &mut Document<'_>, dates: &[Date], given: Option<&str>) -> Head {
    let given = given.map(str::trim).filter(|given| !given.is_empty());
    document.headline = match given {
        Some(given) => repeated(document, given),
        None => headline::find(document, dates),
    };
    let headline = match given {
        Some(given) => Some(given.to_owned()),
        None => document.headline.as_ref().map(|line| document.text(line).to_owned()),
    };
    let written_by = byline(document);
    document.byline = written_by.as_ref().map(|(name, end)| name.start..*end);
    let dateline = dateline::find(document, dates);
    document.dateline = dateline.as_ref().map(|found| found.range.clone());
    let person = dateline.as_ref().and_then(|found| found.person.clone());
    let name = written_by.map(|(name, _)| name).or(person);
    document.subheads = headline::subheads(document);
    Head { headline, byline: name.map(|name| document.text(&name).to_owned()), dateline }
}

/// The first line of the body, if it says the given headline once more.
fn repeated(document: &Document<'_>, given: &str) -> Option<Range<usize>> {
    let first = document.lines.first()?;
    let words =
        |text: &str| -> Vec<String> { warraq_text::words(text).map(|word| warraq_text::fold_key(word.text)).collect() };
    (first.len() <= given.len() * 2 && words(document.text(first)) == words(given)).then(|| first.clone())
}

fn byline(document: &Document<'_>) -> Option<(Range<usize>, usize)> {
    let above = document.headline.as_ref().map_or(0, |headline| headline.end);
    let from = document.lines.partition_point(|line| line.end <= above);
    document.lines.iter().skip(from).take(BYLINE_LINES_MAX).find_map(|line| byline::at_line(document, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates;

    const STORY: &str =
        "أعلن مسؤولون أمس أن الطرق في شمال البلاد فتحت من جديد بعد ثلاثة أيام من الثلوج التي قطعت القرى عن المدن.";

    fn head(body: &str, given: Option<&str>) -> (Option<String>, Option<String>, Option<String>) {
        let mut document = Document::new(body);
        let dates = dates::find(&document);
        let head = read(&mut document, &dates, given);
        assert!(body[document.story_start()..].trim_start().starts_with("أعلن"), "{}", &body[document.story_start()..]);
        (head.headline, head.byline, head.dateline.map(|found| found.to_dateline(&document).text))
    }

    fn some(texts: [&str; 3]) -> (Option<String>, Option<String>, Option<String>) {
        let [headline, byline, dateline] = texts.map(|text| (!text.is_empty()).then(|| text.to_owned()));
        (headline, byline, dateline)
    }

    #[test]
    fn every_order() {
        let headline = "فتح الطرق في شمال البلاد";
        assert_eq!(
            head(&format!("{headline}\nكتب: محمد أحمد\nدمشق - سانا: {STORY}"), None),
            some([headline, "محمد أحمد", "دمشق - سانا:"])
        );
        assert_eq!(head(&format!("دمشق - سانا\nكتب محمد أحمد\n{STORY}"), None), some(["", "محمد أحمد", "دمشق - سانا"]));
        assert_eq!(
            head(&format!("محمد أحمد- سبق- الرياض: {STORY}"), None),
            some(["", "محمد أحمد", "محمد أحمد- سبق- الرياض:"])
        );
        assert_eq!(head(STORY, None), some(["", "", ""]));
    }

    #[test]
    fn given_headlines_win() {
        assert_eq!(head(STORY, Some(" عنوان آخر ")), some(["عنوان آخر", "", ""]));
        assert_eq!(head(&format!("الطرق مفتوحة.\n{STORY}"), Some("الطرق مفتوحة")), some(["الطرق مفتوحة", "", ""]));
        assert_eq!(head(STORY, Some("  ")), some(["", "", ""]));
    }
}
