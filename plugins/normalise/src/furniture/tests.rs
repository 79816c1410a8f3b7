//! What is taken and, above all, what is not.

use super::*;

fn kind_of(line: &str) -> Option<&'static str> {
    judge(line, true).map(|(kind, _)| kind)
}

#[test]
fn labels() {
    for (line, kind) in [
        ("مشاركة :", "share-label"),
        ("شـارك الخبر ⬇", "share-label"),
        ("Facebook | Twitter | WhatsApp", "share-label"),
        ("شارك على فيسبوك تويتر واتساب", "share-label"),
        ("أضف تعليقاً", "comments-label"),
        ("التعليقات (٣)", "comments-label"),
        ("0 Comments", "comments-label"),
        ("العودة للأعلى ↑", "back-to-top"),
        ("الوسوم: سوريا، روسيا", "tags-label"),
        ("للطباعة", ""),
        ("نسخة للطباعة", "print-label"),
        ("اشترك في النشرة البريدية لتصلك أهم الأخبار", "newsletter-label"),
        ("جميع الحقوق محفوظة © 2020 صحيفة كذا", "copyright"),
        ("5 دقائق قراءة", "counter"),
    ] {
        assert_eq!(kind_of(line).unwrap_or_default(), kind, "{line}");
    }
}

#[test]
fn pointers_to_other_articles() {
    for line in [
        "اقرأ أيضاً: وزير الخارجية يصل إلى بغداد",
        "إقرأ/ي أيضًا| مقتل ثلاثة في تفجير",
        "اقرأ أيضا وزير الخارجية يصل إلى بغداد",
        "شاهد أيضا: فيديو",
        "Read more: talks resume in Geneva",
    ] {
        assert_eq!(judge(line, false), Some(("read-also", "prefix")), "{line}");
    }
    for line in ["شاهد أيضا عددا من المصابين", "اقرأ كتابا في الأسبوع", "Related companies fell on Friday"]
    {
        assert_eq!(judge(line, true), None, "{line}");
    }
}

#[test]
fn breadcrumbs_and_page_dates() {
    assert_eq!(kind_of("الرئيسية » أخبار » عربي"), Some("breadcrumb"));
    assert_eq!(kind_of("Home > World > Middle East"), Some("breadcrumb"));
    assert_eq!(kind_of("الأحد 12 رجب 1440هـ الموافق 3 آذار/مارس 2019م"), Some("page-date"));
    assert_eq!(kind_of("الثلاثاء، ٣ كانون الثاني ٢٠١٧ - ١٠:٣٠ صباحا"), Some("page-date"));
    assert_eq!(kind_of("آخر تحديث: الخميس 5 مايو 2016 18:20 بتوقيت غرينتش"), Some("publish-date"));
    assert_eq!(kind_of("Saturday, 25 March 2017"), Some("page-date"));
}

#[test]
fn the_article_stays() {
    for line in [
        "الجمعة",
        "15 يوليو 2016",
        "رمضان 2016: موائد الرحمن",
        "الرئيسية في حياة الشعوب",
        "التعليقات على القرار تتوالى",
        "كيري: تقدم طفيف بالمحادثات",
        "دمشق ــ وكالات",
        "القاهرة (رويترز)",
        "مشاركة عربية في القمة",
        "مشاركة واسعة",
        "السبت 25 مارس انطلقت المباريات",
        "فيسبوك تطلق خدمة جديدة",
        "«»",
        "٤.٥",
        "1",
    ] {
        assert_eq!(kind_of(line), None, "{line}");
    }
}

#[test]
fn labels_in_the_middle_are_subheads() {
    let paragraph = "هذا خبر طويل عن أمر جرى أمس في المدينة.\n".repeat(15);
    let text = format!("{paragraph}التعليقات\nإعلان\n{paragraph}التعليقات");
    let (body, furniture) = take_off(&text);
    let kinds: Vec<&str> = furniture.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["advertisement", "comments-label"]);
    assert!(body.contains("\nالتعليقات\n") && body.ends_with("المدينة."));
}

#[test]
fn nothing_is_taken_when_nothing_would_be_left() {
    for text in ["مشاركة", "التعليقات\n\nإلى الأعلى\n***", ""] {
        assert_eq!(take_off(text), (text.to_owned(), Vec::new()));
    }
}

#[test]
fn blank_lines_close_up() {
    let (body, furniture) = take_off("مشاركة\n\nخبر أول\n\nشارك\n\nخبر ثان\nشارك\nخبر ثالث\n\nالتعليقات");
    assert_eq!(body, "خبر أول\n\nخبر ثان\nخبر ثالث");
    assert_eq!(furniture.len(), 4);
}

#[test]
fn any_text() {
    for text in ["\u{64B}\u{651}", "😀", "x".repeat(1_000_000).as_str(), "مشاركة\n".repeat(100_000).as_str()] {
        take_off(text);
    }
}
