use super::*;

fn figures(text: &str) -> Vec<Figure> {
    let found = find(&Document::new(text));
    let characters: Vec<char> = text.chars().collect();
    for figure in &found {
        assert_eq!(characters[figure.start..figure.end].iter().collect::<String>(), figure.text);
    }
    found
}

fn check(cases: &[(&str, &[(u64, Kind)])]) {
    for (text, wanted) in cases {
        let found: Vec<_> = figures(text).iter().map(|figure| (figure.number, figure.kind)).collect();
        assert_eq!(&found, wanted, "{text}");
    }
}

#[test]
fn arabic_forms() {
    use Kind::{Casualties, Detained, Displaced, Killed, Missing, Wounded};
    check(&[
        ("وأكد مقتل 11 مدنيا على الأقل في غارات", &[(11, Killed)]),
        ("وأشار إلى مقتل ستة مدنيين، بينهم طفلان جراء قصف", &[(6, Killed)]),
        ("قتل أكثر من 70 مدنيًا في مجازر", &[(70, Killed)]),
        ("تمكنوا من قتل أكثر من 25 من عناصر «داعش» والاستيلاء", &[(25, Killed)]),
        ("مقتل خمسة أشخاص وإصابة سبعة آخرين.", &[(5, Killed), (7, Wounded)]),
        ("سقط 5 قتلى و10 جرحى في الانفجار", &[(5, Killed), (10, Wounded)]),
        ("أسفر عن 20 قتيلا وعشرات الجرحى", &[(20, Killed)]),
        ("أودى الهجوم بحياة 14 جنديا", &[(14, Killed)]),
        ("إن 14 جنديا أفغانيا قتلوا في حادث", &[(14, Killed)]),
        ("لقي 9 أشخاص مصرعهم غرقا", &[(9, Killed)]),
        ("قتل في الغارة على المدينة 14 جنديا", &[(14, Killed)]),
        ("مقتل طفلين وإصابة امرأتين بجروح", &[(2, Killed), (2, Wounded)]),
        ("قتيلان وثلاثة جرحى في حادث", &[(2, Killed), (3, Wounded)]),
        ("مقتل شخص وإصابة اثنين", &[(1, Killed), (2, Wounded)]),
        ("مقتل 10 مدنيين و5 جنود", &[(10, Killed), (5, Killed)]),
        ("مقتل 10 مدنيين بينهم أربعة أطفال وثلاث نساء وإصابة عشرين", &[(10, Killed), (20, Wounded)]),
        ("ارتفع عدد القتلى إلى 1200 وعدد الجرحى إلى ثلاثة آلاف", &[(1200, Killed), (3000, Wounded)]),
        ("استشهد ثلاثة فلسطينيين واعتقل 12 آخرون", &[(3, Killed), (12, Detained)]),
        ("القبض على 4 أشخاص", &[(4, Detained)]),
        ("فقدان 30 مهاجرا", &[(30, Missing)]),
        ("ونزوح نحو 40 ألف شخص و300 عائلة", &[(40_000, Displaced), (300, Displaced)]),
        ("مقتل وإصابة 40 شخصا", &[(40, Casualties)]),
        ("سقوط 40 شخصا بين قتيل وجريح", &[(40, Casualties)]),
        ("١٨ قتيلاً", &[(18, Killed)]),
        ("فقتلوا اثنين منهم وأصابوا عشرة آخرين بجروح", &[(2, Killed), (10, Wounded)]),
        ("إن 30 شخصا قتلوا وأصيب نحو مائة بجروح", &[(30, Killed), (100, Wounded)]),
        ("«مقتل 10 من الجنود الأفغان وإصابة أربعة»", &[(10, Killed), (4, Wounded)]),
        ("نتج عنها أربع حالات وفاة، و13 إصابة", &[(4, Killed), (13, Wounded)]),
        ("سقوط 10 ضحايا", &[(10, Casualties)]),
        ("مقتل خمسة وعشرين مسلحا", &[(25, Killed)]),
    ]);
}

#[test]
fn english_forms() {
    use Kind::{Detained, Displaced, Killed, Wounded};
    check(&[
        ("The blast killed at least 18 people and wounded 30 others.", &[(18, Killed), (30, Wounded)]),
        ("25 people were killed in the attack.", &[(25, Killed)]),
        ("Police arrested 12 suspects", &[(12, Detained)]),
        ("three soldiers died", &[(3, Killed)]),
        ("Some 3,000 people have been displaced", &[(3000, Displaced)]),
        ("Five soldiers killed ten rebels", &[(10, Killed)]),
        ("He scored 3 goals in 25 minutes", &[]),
    ]);
}

#[test]
fn what_is_no_casualty() {
    check(&[
        ("لما لا يقل عن 200 ألف من المدنيين السوريين المحاصرين في ثلاث مدن", &[]),
        ("أن حوالي 4.5 ألف شخص من مواطني روسيا كان من الممكن أن يعودوا", &[]),
        ("تحرير أكثر من 12 ألف كيلومترا مربعا مع 586 نقطة", &[]),
        ("على أكثر من 70 من أراضي سورية", &[]),
        ("على بعد نحو سبعين كيلومترا شرق تدمر", &[]),
        ("لثلاثة دبلوماسيين سوريين للعودة إلى العمل", &[]),
        ("قتل أحد أمراء تنظيم «داعش»", &[]),
        ("مقتل آلاف المدنيين ومئات الجنود", &[]),
        ("إصابة 10 أشخاص بفيروس كورونا", &[]),
        ("قتل 2015 في", &[]),
        ("إصابة 5 % من السكان", &[]),
        ("القتل قبل 24 ساعة", &[]),
        ("فقد كان أربعون شخصا في الغرفة", &[]),
        ("وقام أكثر من 4 آلاف ضحية برفع دعوى", &[]),
        ("ضبط 20 سيارة و15 مسدسا", &[]),
        ("فاز 3-1 وسجل هدفين في 20 دقيقة", &[]),
        ("مقتل رجل الأعمال", &[]),
        ("المحكمة ترجئ إعدام امرأة مسيحية", &[]),
        ("وفاة الشاب بعد 3 أيام", &[]),
    ]);
}

#[test]
fn who_and_at_least() {
    let one = |text: &str| {
        let found = figures(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        (found[0].text.clone(), found[0].who.clone().unwrap_or_default(), found[0].at_least)
    };
    let wanted = |text: &str, who: &str, at_least| (text.to_owned(), who.to_owned(), at_least);
    assert_eq!(
        one("مقتل 18 عنصراً على الأقل من تنظيم «داعش» خلال"),
        wanted("18 عنصراً على الأقل من تنظيم «داعش»", "عنصراً من تنظيم «داعش»", true)
    );
    assert_eq!(
        one("قتل أكثر من 25 من عناصر «داعش» والاستيلاء"),
        wanted("أكثر من 25 من عناصر «داعش»", "عناصر «داعش»", true)
    );
    assert_eq!(one("مقتل ستة مدنيين، بينهم طفلان جراء"), wanted("ستة مدنيين، بينهم طفلان", "مدنيين", false));
    assert_eq!(
        one("مقتل ما لا يقل عن 7 جنود من قوات النظام في"),
        wanted("ما لا يقل عن 7 جنود من قوات النظام", "جنود من قوات النظام", true)
    );
    assert_eq!(one("مقتل 14 جنديا أفغانيا في"), wanted("14 جنديا أفغانيا", "جنديا أفغانيا", false));
    assert_eq!(one("مقتل طفلين في"), wanted("طفلين", "طفلين", false));
    assert_eq!(one("مقتل اثنين من رجال الأمن في"), wanted("اثنين من رجال الأمن", "رجال الأمن", false));
    assert_eq!(one("قتل خمسة مدنيين «عن طريق الخطأ» في"), wanted("خمسة مدنيين", "مدنيين", false));
    assert_eq!(one("مقتل 27 من تنظيم داعش في"), wanted("27 من تنظيم داعش", "تنظيم داعش", false));
    assert_eq!(one("إصابة 7 فقط في"), wanted("7", "", false));
    assert_eq!(one("مقتل 18 في انفجار"), wanted("18", "", false));
}

#[test]
fn hostile_texts() {
    let unit = "مقتل 3 جنود من «داعش، بينهم طفلان و";
    assert!(!figures(&unit.repeat(5_000)).is_empty());
    figures(&"1 ".repeat(100_000));
    figures(&"قتل ".repeat(100_000));
    for text in [
        "",
        "3",
        "قتل",
        "قتل 3",
        "3 من",
        "من 3 من «",
        "و",
        "وطفلان",
        "وَطفلان",
        "3 على الأقل",
        "بينهم 3",
        "«3»",
        "😀 3 قتلى",
    ] {
        figures(text);
    }
}
