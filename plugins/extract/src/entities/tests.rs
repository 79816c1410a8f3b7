use super::*;

fn names(body: &str) -> Vec<(Kind, String, usize)> {
    let document = Document::new(body);
    find(&document, &tokens::tokens(&document))
        .into_iter()
        .map(|entity| (entity.kind, entity.name, entity.mentions.len()))
        .collect()
}

#[track_caller]
fn check(body: &str, expected: &[(Kind, &str, usize)]) {
    let found = names(body);
    let found: Vec<(Kind, &str, usize)> =
        found.iter().map(|(kind, name, count)| (*kind, name.as_str(), *count)).collect();
    assert_eq!(found, expected, "{body}");
}

use Kind::{Organisation, Person, Place};

#[test]
fn proclitics_stay_outside() {
    let body = "سافر من روما وباريس إلى لندن، ثم عاد للعراق.";
    let document = Document::new(body);
    let texts: Vec<String> = find(&document, &tokens::tokens(&document))
        .iter()
        .flat_map(|entity| entity.mentions.iter())
        .map(|[start, end]| body.chars().skip(*start).take(end - start).collect())
        .collect();
    assert_eq!(texts, ["روما", "باريس", "لندن", "لعراق"]);
    check("عاد للعراق", &[(Place, "العراق", 1)]);
}

#[test]
fn titles_and_given_names_introduce_people() {
    check("التقى وزير الدفاع الإيطالي غويدو كروزيتو نظيره", &[(Person, "غويدو كروزيتو", 1)]);
    check("قال الشيخ عبد الرحمن بن ناصر العجلان إن", &[(Person, "عبد الرحمن بن ناصر العجلان", 1)]);
    check("وأكد المتحدث باسم الشرطة سالم الزعابي ذلك", &[(Person, "سالم الزعابي", 1)]);
    check("كان يوما سعيدا في بيت جميل قرب النهر", &[]);
}

#[test]
fn a_full_name_carries_over() {
    check(
        "وصل المبعوث مارك فيتزباتريك أمس. وقال فيتزباتريك إن العمل مستمر، ولفيتزباتريك خبرة.",
        &[(Person, "مارك فيتزباتريك", 3)],
    );
    check(
        "أعلن المرصد المغربي لحقوق المستهلك ذلك. وأضاف المرصد أن الأسعار ترتفع.",
        &[(Organisation, "المرصد المغربي لحقوق المستهلك", 2)],
    );
}

#[test]
fn names_one_letter_apart_stay_apart() {
    let found = names("التقى جون هاملتن زميله جون هاملتس في المقر. وقال هاملتن إن هاملتس وافق.");
    assert_eq!(found, [(Person, "جون هاملتن".to_owned(), 2), (Person, "جون هاملتس".to_owned(), 2)]);
}

#[test]
fn towns_are_no_people_and_people_no_towns() {
    check("سيطرت القوات على بلدة أبو الرمان شرق البلاد", &[(Place, "أبو الرمان", 1)]);
    check("وقتل أبو الرمان في الهجوم", &[(Person, "أبو الرمان", 1)]);
    check(
        "زار بلدات المزرعة والصنوبر وتل الزيتون",
        &[(Place, "المزرعة", 1), (Place, "الصنوبر", 1), (Place, "تل الزيتون", 1)],
    );
}

#[test]
fn longest_name_wins() {
    check("ذكرت صحيفة واشنطن بوست ذلك في واشنطن", &[(Organisation, "صحيفة واشنطن بوست", 1), (Place, "واشنطن", 1)]);
    check("جامعة الملك سعود", &[(Organisation, "جامعة الملك سعود", 1)]);
    check("مطار الملك خالد الدولي", &[(Place, "مطار الملك خالد الدولي", 1)]);
}

#[test]
fn adjectives_and_common_nouns_are_no_names() {
    check("قال مصدر عسكري روسي إن القوات السورية تقدمت", &[]);
    check("انتقد وزير الخارجية التركي القرار", &[]);
    check("على القاعدة العسكرية أن تغلق", &[]);
    check("قتل قيادي في تنظيم القاعدة", &[(Organisation, "تنظيم القاعدة", 1)]);
}

#[test]
fn organisations_by_their_head() {
    check("أعلنت وزارة التربية والتعليم الكويتية", &[(Organisation, "وزارة التربية والتعليم الكويتية", 1)]);
    check("في بيان للخارجية الصينية", &[(Organisation, "الخارجية الصينية", 1)]);
    check("زعيم حزب الكرامة", &[(Organisation, "حزب الكرامة", 1)]);
}

#[test]
fn repeated_names_are_surer() {
    let document = Document::new("زار باريس، ثم عاد إلى باريس.");
    let found = find(&document, &tokens::tokens(&document));
    assert_eq!((found[0].mentions.len(), found[0].confidence), (2, 0.92));
}

#[test]
fn any_text_passes() {
    for body in [
        "",
        " ",
        "\n\n",
        "ًٌٍَُِّْ",
        "ــــ",
        "«»“”\"'",
        "و",
        "ال",
        "لل",
        "وال بال",
        "The president of France met Mr. Smith in Paris.",
        "رئیس جمهور ایران گفت که تهران آماده است",
        "😀 باريس 😀😀 «😀»",
        "عبد",
        "أبو",
        "محمد بن",
        "عبد الله بن",
        "قال",
        "مدينة",
        "وزارة",
        "ﻻ ﷲ ﷺ",
    ] {
        names(body);
    }
}

#[test]
fn a_long_line_takes_time_in_proportion() {
    let units = ["قال محمد بن ", "وزير ", "ال", "الخارجية ", "مدن حلب وحمص و", "أبو ", "x", "المجلس الوطني "];
    for unit in units {
        names(&unit.repeat(500_000 / unit.len()));
    }
}
