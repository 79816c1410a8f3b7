use std::time::{Duration, Instant};

use super::*;

const LIMITS: Limits = Limits { sentences: 3, characters_max: 1200 };

const MARKETS: &str = "رفع البنك المركزي سعر الفائدة ربع نقطة مئوية يوم الخميس للمرة الثالثة هذا العام. \
    وقال محافظ البنك المركزي إن رفع الفائدة يهدف إلى كبح التضخم في أسعار الغذاء والوقود. \
    وأضاف أن البنك سيراجع القرار في اجتماعه المقبل إذا تراجعت الأسعار. \
    وهبطت الأسهم بعد القرار وصعدت العملة المحلية أمام الدولار في تعاملات متقلبة. \
    ويتوقع المحللون أن يواصل البنك المركزي رفع الفائدة حتى نهاية العام.";

fn known() -> Known<'static> {
    Known { language: Some("ar"), ..Known::default() }
}

fn texts(body: &str, known: &Known, limits: Limits) -> Vec<String> {
    let Some(summary) = summarise(body, known, limits) else { return Vec::new() };
    let characters: Vec<char> = body.chars().collect();
    let mut end = 0;
    for sentence in &summary.sentences {
        assert!(end <= sentence.start && sentence.start < sentence.end);
        assert_eq!(characters[sentence.start..sentence.end].iter().collect::<String>(), sentence.text);
        assert!((0.0..=1.0).contains(&sentence.score));
        end = sentence.end;
    }
    assert!(summary.text.chars().count() <= limits.characters_max);
    assert!(summary.sentences.len() <= limits.sentences);
    summary.sentences.into_iter().map(|sentence| sentence.text).collect()
}

#[test]
fn first_sentence_leads() {
    let found = texts(MARKETS, &known(), LIMITS);
    assert_eq!(found.len(), 3);
    assert!(found[0].starts_with("رفع البنك"));
}

#[test]
fn leaning_sentence_comes_with_the_one_before_or_not_at_all() {
    for sentences in 1..=4 {
        let found = texts(MARKETS, &known(), Limits { sentences, ..LIMITS });
        let has = |start: &str| found.iter().any(|sentence| sentence.starts_with(start));
        assert!(!has("وأضاف أن") || has("وقال محافظ"), "{sentences}");
    }
}

#[test]
fn one_line_of_three_thousand_characters() {
    let body =
        (0..40).map(|day| format!("وأعلنت الشركة رقم {day} نتائج أعمال الفصل الأخير من العام. ")).collect::<String>();
    assert_eq!(texts(&format!("{MARKETS} {body}"), &known(), LIMITS).len(), 3);
}

#[test]
fn same_sentence_is_never_told_twice() {
    let first = MARKETS.split_inclusive('.').next().unwrap();
    let body =
        format!("{first}\n{first}\nرَفَعَ البنك المركزي سعر الفائدة ربع نقطة مئوية يوم الخميس للمرة الثالثة هذا العام!\n");
    assert_eq!(texts(&body, &known(), LIMITS).len(), 1);
}

#[test]
fn headline_is_not_told_again() {
    let headline = "البنك المركزي يرفع سعر الفائدة للمرة الثالثة";
    let known = Known { headline: Some(headline), ..known() };
    let body = format!("{headline}\n\nالبنك المركزي يرفع سعر الفائدة.\n{MARKETS}");
    let found = texts(&body, &known, LIMITS);
    assert_eq!(found.len(), 3);
    assert!(found[0].starts_with("رفع البنك"), "{found:?}");
    assert_eq!(texts(headline, &known, LIMITS), [""; 0]);
}

#[test]
fn labels_subheads_and_bylines_are_no_sentences() {
    let body = format!(
        "كتب: سامي حداد\nبقلم سامي حداد مراسل الصحيفة\nاقرأ المزيد\nرد فعل الأسواق على القرار الجديد\n{MARKETS}"
    );
    let start = body.find("رد فعل").map(|offset| body[..offset].chars().count()).unwrap();
    let subhead = start..start + "رد فعل الأسواق على القرار الجديد".chars().count();
    let known =
        Known {
            byline: Some("بقلم سامي حداد مراسل الصحيفة"), subheads: std::slice::from_ref(&subhead), ..known()
        };
    let found = texts(&body, &known, Limits { sentences: 20, ..LIMITS });
    assert!(found[0].starts_with("رفع البنك"), "{found:?}");
    assert_eq!(found.len(), 5);
}

#[test]
fn heading_nobody_knows_of_comes_last() {
    for heading in ["المركزي يرفع الفائدة ويتوقع المزيد", "المركزي يرفع الفائدة للجم «التضخم»"]
    {
        let body = format!("{heading}\n{MARKETS}\nمن المقرر أن يجتمع البنك في آذار");
        let found = texts(&body, &known(), LIMITS);
        assert!(found[0].starts_with("رفع البنك") && found.iter().all(|sentence| sentence.ends_with('.')), "{found:?}");
    }
}

#[test]
fn span_begins_behind_the_dateline() {
    for (dateline, separator) in
        [("الرياض (واس)", " - "), ("بيروت ــ رويترز", ": "), ("عواصم - وكالات", " "), ("القاهرة", " – ")]
    {
        let known = Known { dateline: Some(dateline), ..known() };
        let found = texts(&format!("{dateline}{separator}{MARKETS}"), &known, LIMITS);
        assert!(found[0].starts_with("رفع البنك"), "{found:?}");
    }
    let known = Known { dateline: Some("القاهرة (أ ش أ)"), ..known() };
    assert!(texts(&format!("القاهرة (أ ش أ)\n{MARKETS}"), &known, LIMITS)[0].starts_with("رفع البنك"));
}

#[test]
fn little_text_gives_what_there_is() {
    assert_eq!(texts("", &known(), LIMITS), [""; 0]);
    assert_eq!(texts("رويترز", &known(), LIMITS), [""; 0]);
    assert_eq!(texts("\u{64B}\u{651} \u{64E}\n\u{200F}", &known(), LIMITS), [""; 0]);
    assert_eq!(texts("توفي الشاعر الكبير أمس", &known(), LIMITS), ["توفي الشاعر الكبير أمس"]);
    assert_eq!(texts("عاد الوفد إلى العاصمة. ولم يعلن شيئا عن النتائج.", &known(), LIMITS).len(), 2);
}

#[test]
fn budget_holds() {
    for characters_max in [80, 100, 160, 250, 400] {
        let found = texts(MARKETS, &known(), Limits { sentences: 20, characters_max });
        assert!(!found.is_empty());
    }
}

#[test]
fn sentence_longer_than_the_budget_is_cut_where_a_clause_ends() {
    let body = "اجتمع الوزراء في العاصمة صباح الأحد، وبحثوا في الموازنة العامة، ثم عادوا إلى بلادهم بعد أن اتفقوا على لقاء آخر في الشهر المقبل";
    let found = texts(body, &known(), Limits { sentences: 3, characters_max: 80 });
    assert_eq!(found, ["اجتمع الوزراء في العاصمة صباح الأحد، وبحثوا في الموازنة العامة"]);
    assert_eq!(texts(&"ا".repeat(200), &known(), Limits { sentences: 3, characters_max: 80 }), [""; 0]);
}

#[test]
fn other_languages() {
    let english = "The central bank raised rates on Thursday for the third time this year. He said it was needed. \
        Shares fell after the decision of the bank, while the currency rose. Dr. Smith of the U.S. Treasury welcomed it.";
    let found = texts(english, &Known { language: Some("en"), ..Known::default() }, LIMITS);
    assert_eq!(found.len(), 3);
    assert!(!found.iter().any(|sentence| sentence.starts_with("He said")), "{found:?}");
    let persian =
        "بانک مرکزی نرخ بهره را برای سومین بار افزایش داد. وی گفت این تصمیم لازم بود. بازار سهام پس از آن سقوط کرد.";
    assert_eq!(texts(persian, &Known { language: Some("fa"), ..Known::default() }, LIMITS).len(), 3);
    let chinese = "中国外交部长今天抵达北京参加会议。他将会见多国代表讨论贸易问题。会议将于下周结束并发表声明。分析人士表示期待。";
    assert_eq!(texts(chinese, &Known { language: Some("zh"), ..Known::default() }, LIMITS).len(), 3);
    assert_eq!(texts("😀😀 👨‍👩‍👧 🎉 one two three four 😀. 🇪🇬", &Known::default(), LIMITS).len(), 1);
}

#[test]
fn huge_texts_end_soon() {
    let bodies = [
        "كلمة ".repeat(120_000),
        "ا".repeat(500_000),
        ".؟! ".repeat(200_000),
        "a\n".repeat(500_000),
        format!("{MARKETS}\n").repeat(1_000),
        "ذهب الولد إلى المدرسة صباحا. ".repeat(20_000),
        "\u{64B}".repeat(500_000),
    ];
    for body in bodies {
        let start = Instant::now();
        texts(&body, &known(), Limits { sentences: 20, characters_max: 20_000 });
        assert!(start.elapsed() < Duration::from_secs(10), "{:?} {}", start.elapsed(), &body[..20]);
    }
}

#[test]
fn json_is_the_record_s_shape() {
    let summary = summarise("عاد الوفد إلى العاصمة.", &known(), LIMITS).unwrap();
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["engine"], ENGINE);
    assert_eq!(json["sentences"][0]["end"], 22);
    assert_eq!(json["text"], json["sentences"][0]["text"]);
}
