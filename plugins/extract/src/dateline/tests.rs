use super::*;
use crate::dates;

const STORY: &str = "أعلن مسؤولون في وزارة النقل أن الطرق في شمال البلاد فتحت من جديد بعد ثلاثة أيام من الثلوج التي قطعت القرى عن \
                     المدن القريبة، وأضافوا أن فرق الصيانة تعمل ليلا ونهارا من أجل فتح ما بقي منها قبل نهاية الأسبوع.";

/// text|place|agencies|person|day
fn dateline(head: &str, rest: &str) -> Option<String> {
    let text = format!("{head}{rest}");
    let document = Document::new(&text);
    let dates = dates::find(&document);
    let found = find(&document, &dates)?;
    let shape = found.to_dateline(&document);
    let person = found.person.map_or("", |person| &text[person]);
    Some(
        [
            &shape.text,
            shape.place.as_deref().unwrap_or("-"),
            &shape.agencies.join("+"),
            person,
            found.day.as_deref().unwrap_or(""),
        ]
        .join("|"),
    )
}

#[test]
fn arabic_heads() {
    let cases = [
        ("دمشق ــ الوطن ــ عواصم ــ وكالات: ", "دمشق ــ الوطن ــ عواصم ــ وكالات:|دمشق|الوطن+وكالات||"),
        ("عواصم (وكالات) ", "عواصم (وكالات)|-|وكالات||"),
        ("الرياض - الوئام: ", "الرياض - الوئام:|الرياض|الوئام||"),
        ("الرياض - الوئام :\n", "الرياض - الوئام :|الرياض|الوئام||"),
        ("لندن: «الشرق الأوسط»\n", "لندن: «الشرق الأوسط»|لندن|الشرق الأوسط||"),
        ("واس - الرياض\n", "واس - الرياض|الرياض|واس||"),
        ("عكاظ (جدة) ", "عكاظ (جدة)|جدة|عكاظ||"),
        ("سبق- الرياض: ", "سبق- الرياض:|الرياض|سبق||"),
        ("عوض الفهمي- سبق- أضم: ", "عوض الفهمي- سبق- أضم:|أضم|سبق|عوض الفهمي|"),
        ("خالد محمود (جدة)\n", "خالد محمود (جدة)|جدة||خالد محمود|"),
        ("عدن، صنعاء: محمد عبدالعظيم، الوكالات\n", "عدن، صنعاء: محمد عبدالعظيم، الوكالات|عدن|وكالات|محمد عبدالعظيم|"),
        ("العواصم: الوكالات\n", "العواصم: الوكالات|-|وكالات||"),
        ("بادن المبدوء ـ جدة\n", "بادن المبدوء ـ جدة|جدة||بادن المبدوء|"),
        ("بادن المبدوء- سبق- جدة: ", "بادن المبدوء- سبق- جدة:|جدة|سبق|بادن المبدوء|"),
        ("«الاقتصادية» من الرياض\n", "«الاقتصادية» من الرياض|الرياض|الاقتصادية||"),
        ("سبق- متابعة: ", "سبق- متابعة:|-|سبق||"),
        ("واس - الخبر: ", "واس - الخبر:|الخبر|واس||"),
        ("دمشق-سانا\n", "دمشق-سانا|دمشق|سانا||"),
        ("بيروت ـ أ ف ب: ", "بيروت ـ أ ف ب:|بيروت|فرانس برس||"),
        ("القاهرة (رويترز) - ", "القاهرة (رويترز) -|القاهرة|رويترز||"),
        ("رويترز - ", "رويترز -|-|رويترز||"),
        ("أ ف ب- أبو ظبي: ", "أ ف ب- أبو ظبي:|أبو ظبي|فرانس برس||"),
        ("القاهرة - ", "القاهرة -|القاهرة|||"),
        ("القاهرة: ", "القاهرة:|القاهرة|||"),
        ("عمان 20 تموز (بترا)- ", "عمان 20 تموز (بترا)-|عمان|بترا||"),
        (
            "الرياض 26 شوال 1436 هـ الموافق 11 اغسطس 2015 م واس\n",
            "الرياض 26 شوال 1436 هـ الموافق 11 اغسطس 2015 م واس|الرياض|واس||2015-08-11",
        ),
        ("القاهرة 14 يوليو 2015 (شينخوا) ", "القاهرة 14 يوليو 2015 (شينخوا)|القاهرة|شينخوا||2015-07-14"),
    ];
    for (head, wanted) in cases {
        assert_eq!(dateline(head, STORY).as_deref(), Some(wanted), "{head}");
    }
}

#[test]
fn english_heads() {
    let story = "Officials said on Monday that the roads in the north were open again after three days of heavy snow that had cut the \
                 villages off from the towns nearby, and that crews were at work around the clock to clear what was left of them.";
    let cases = [
        ("CAIRO (Reuters) - ", "CAIRO (Reuters) -|CAIRO|Reuters||"),
        ("BEIRUT (AP) — ", "BEIRUT (AP) —|BEIRUT|AP||"),
        (
            "WASHINGTON, July 14, 2015 (Reuters) - ",
            "WASHINGTON, July 14, 2015 (Reuters) -|WASHINGTON|Reuters||2015-07-14",
        ),
        ("Cairo (AFP) - ", "Cairo (AFP) -|Cairo|AFP||"),
        ("LONDON — ", "LONDON —|LONDON|||"),
    ];
    for (head, wanted) in cases {
        assert_eq!(dateline(head, story).as_deref(), Some(wanted), "{head}");
    }
    for head in ["The President - ", "Reuters reported that ", "On Monday (AP) ", "But, "] {
        assert_eq!(dateline(head, story), None, "{head}");
    }
}

#[test]
fn stories_without_one() {
    for head in [
        "",
        "قالت وكالة (رويترز) إن ",
        "ذكرت رويترز أن ",
        "اليوم السبت: ",
        "الرياض، العاصمة، ",
        "حققت الشبكة السعودية (SPAN) ",
        "دافع النائب السابق لرئيس الاتحاد الدولي (فيفا) عن ",
        "كتب محمد صلاح: ",
        "الحياة - ",
        "قال الوزير: ",
        "الرياض تنفي: ",
        "أمس (الأربعاء) ",
        "القاهرة - قال الوزير - ".trim_end_matches("- "),
        "العالم: ",
        "في الرياض (واس) ",
    ] {
        let found = dateline(head, STORY);
        assert!(found.is_none() || head.starts_with("القاهرة -") || head.starts_with("في الرياض"), "{head}: {found:?}");
    }
    assert_eq!(dateline("القاهرة - قال الوزير: ", STORY).as_deref(), Some("القاهرة -|القاهرة|||"));
    assert_eq!(dateline("القاهرة: لا عودة إلى الوراء", ""), None);
    assert_eq!(dateline("الرياض\n", STORY), None);
}

#[test]
fn hostile_texts() {
    for text in
        ["", "-", ":", "(", "رويترز", "رويترز (", "وكالات:", "ــ", "() : -", "رويترز :رويترز :رويترز", "😀 - رويترز:"]
    {
        dateline(text, "");
        dateline(text, STORY);
    }
    dateline(&"رويترز - ".repeat(50_000), "");
}
