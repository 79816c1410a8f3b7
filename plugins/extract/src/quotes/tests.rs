use super::*;

fn quotes(body: &str) -> Vec<Quote> {
    let document = Document::new(body);
    let tokens = crate::entities::tokens::tokens(&document);
    let entities = crate::entities::find(&document, &tokens);
    find(&document, &tokens, &entities)
}

#[track_caller]
fn check(body: &str, expected: &[(&str, Option<&str>, Option<&str>)]) {
    let found = quotes(body);
    let found: Vec<_> =
        found.iter().map(|quote| (quote.text.as_str(), quote.speaker.as_deref(), quote.cue.as_deref())).collect();
    assert_eq!(found, expected, "{body}");
}

#[test]
fn verb_name_quote() {
    check(
        "وقال محمود درويش «على هذه الأرض ما يستحق الحياة».",
        &[("على هذه الأرض ما يستحق الحياة", Some("محمود درويش"), Some("وقال"))],
    );
    check(
        "أوضح المتحدث باسم البلدية سامي الحلبي أن \"العمل في الجسر سينتهي غدا\".",
        &[("العمل في الجسر سينتهي غدا", Some("سامي الحلبي"), Some("أوضح"))],
    );
}

#[test]
fn pronouns_take_the_speaker_before() {
    check(
        "قالت المديرة سعاد الخطيب إن المدرسة جاهزة. وأضافت «نحن في انتظار الطلاب غدا».",
        &[("نحن في انتظار الطلاب غدا", Some("سعاد الخطيب"), Some("وأضافت"))],
    );
    check(
        "أكد أحمد شفيق أن الخطة جاهزة، مضيفا أن «التنفيذ يبدأ في الربيع المقبل».",
        &[("التنفيذ يبدأ في الربيع المقبل", Some("أحمد شفيق"), Some("مضيفا"))],
    );
}

#[test]
fn an_addressee_is_no_speaker() {
    let body = "قال جون كيري إن الاتفاق قريب. وأضاف متوجها إلى لافروف «أنت وأنا نستطيع أن نفعل ذلك».";
    check(body, &[("أنت وأنا نستطيع أن نفعل ذلك", Some("جون كيري"), Some("وأضاف"))]);
}

#[test]
fn nobody_is_named_where_the_text_names_nobody() {
    check("وقال أحدهم «لن نعود إلى هناك أبدا مهما حدث»", &[("لن نعود إلى هناك أبدا مهما حدث", None, Some("وقال"))]);
    let body = "قال أحمد شفيق نعم. وقال جار له «لن نعود إلى هناك أبدا مهما حدث»";
    check(body, &[("لن نعود إلى هناك أبدا مهما حدث", None, Some("وقال"))]);
}

#[test]
fn names_and_terms_are_no_quotes() {
    check("أكدت وزارة الدفاع أن «قوات سوريا الديمقراطية» تقدمت، وأن «داعش» تراجع", &[]);
    check("وقال إن «الدرع الحصين» اسم المناورات", &[]);
    check("عرض فيلم «ما بعد الليلة الطويلة في المدينة» أمس", &[]);
}

#[test]
fn fragments_count_where_a_verb_governs_them() {
    check("قال أنور السادات إن الموقف “لم يتغير” أبدا", &[("لم يتغير", Some("أنور السادات"), Some("قال"))]);
}

#[test]
fn the_verb_may_follow() {
    check(
        "«لن نترك هذه الأرض أبدا»، قال أنور السادات.",
        &[("لن نترك هذه الأرض أبدا", Some("أنور السادات"), Some("قال"))],
    );
}

#[test]
fn spans_count_code_points() {
    let body = "قال أنور السادات «لن نترك هذه الأرض»";
    let quote = &quotes(body)[0];
    let text: String = body.chars().skip(quote.start).take(quote.end - quote.start).collect();
    assert_eq!(text, quote.text);
}

#[test]
fn any_text_passes() {
    for body in [
        "",
        "«",
        "»",
        "«»",
        "' '",
        "\"",
        "قال «",
        "قال: \"",
        "He said \"we are here to stay, it is so\".",
        "گفت «ما می‌آییم»",
        "😀«😀»😀",
    ] {
        quotes(body);
    }
    for unit in
        ["«", "»", "\"قال ", "وقال «نعم» ", "'", "قال: «", "x\"", "عن قوله ", "باريس: «لن نعود إلى باريس أبدا مهما»\n"]
    {
        quotes(&unit.repeat(300_000 / unit.len()));
    }
}
