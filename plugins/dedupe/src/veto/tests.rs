use super::*;

const ADDED_WORDS_MAX: usize = 40;

fn veto_of(new: &str, old: &str) -> Option<Veto> {
    let (new, old) = (Reading::of(new).unwrap(), Reading::of(old).unwrap());
    veto(&Vocabulary::new(), &new, &ShingleTable::new(&new.sketch.codes), &old.sketch.codes, ADDED_WORDS_MAX)
}

/// Both ways round, since either article may come first.
fn check(old: &str, edits: &[(&str, &str)], expected: Option<Veto>) {
    let new = edits.iter().fold(old.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    assert_eq!(veto_of(&new, old), expected, "{edits:?}");
    assert_eq!(veto_of(old, &new), expected, "{edits:?} back");
}

const CABLE: &str = "بعث رئيس الجمهورية برقية تهنئة إلى الرئيس النمساوي بمناسبة ذكرى العيد الوطني لبلاده، أعرب فيها باسمه \
    وباسم الحكومة والشعب عن أصدق التهاني وأطيب التمنيات له بموفور الصحة والسعادة ولشعب النمسا الصديق بمزيد من التقدم والازدهار، \
    منوها بعمق العلاقات التي تجمع البلدين والشعبين وبالحرص المشترك على تعزيزها في كل المجالات";

const WIRE: &str = "أعلنت هيئة الطيران اليوم الثلاثاء أن 18 طائرة ستنضم إلى الأسطول قبل نهاية العام، وقال المتحدث باسم الهيئة الدكتور \
    سامي الخطيب إن العقد الذي وقعه الوزير في جدة يشمل تدريب الطيارين والفنيين لمدة ثلاث سنوات، مشيرا إلى أن أول دفعة تصل في شهر \
    يوليو على متن سفينة شحن، وأضاف أن المصنع الأميركي سيقيم مركز صيانة في المطار الجديد يخدم شركات المنطقة كلها";

#[test]
fn the_same_cable_to_another_country_is_another_event() {
    check(CABLE, &[("النمساوي", "البرتغالي"), ("النمسا", "البرتغال")], Some(Veto::Words));
    check(CABLE, &[("النمساوي", "البرتغالي")], Some(Veto::Words));
}

#[test]
fn other_numbers_and_days_are_another_event() {
    check(WIRE, &[("18", "23")], Some(Veto::Values));
    check(WIRE, &[("اليوم الثلاثاء", "اليوم الخميس")], Some(Veto::Values));
    check(WIRE, &[("ثلاث سنوات", "خمس سنوات")], Some(Veto::Values));
    check(WIRE, &[("يوليو", "سبتمبر")], Some(Veto::Values));
}

#[test]
fn another_name_is_another_event() {
    check(WIRE, &[("سامي الخطيب", "فهد العمري")], Some(Veto::Words));
    check(WIRE, &[("جدة", "الدمام")], Some(Veto::Words));
}

#[test]
fn what_editors_change_is_the_same_event() {
    for edits in [
        &[("اليوم الثلاثاء", "أمس الثلاثاء")][..],
        &[("اليوم الثلاثاء", "أمس")],
        &[("الدكتور سامي", "سامي")],
        &[("الدكتور سامي", "معالي الدكتور سامي")],
        &[("مشيرا إلى", "لافتا إلى"), ("وأضاف", "وأوضح")],
        &[("ثلاث سنوات", "3 سنوات")],
        &[("يوليو", "تموز")],
        &[("يوليو", "يوليو (تموز)")],
        &[("الأميركي", "الأمريكي")],
        &[("في المطار", "بالمطار")],
        &[("في جدة", "فيجدة")],
        &[("أعلنت هيئة", "واس جدة أعلنت هيئة")],
        &[("المنطقة كلها", "المنطقة كلها. رابط الخبر بصحيفة المساء: هيئة الطيران تتسلم طائرات جديدة")],
    ] {
        check(WIRE, edits, None);
    }
}

#[test]
fn a_copy_that_adds_a_paragraph_is_an_update() {
    let paragraph = (0..60).map(|number| format!("ك{}", "ب".repeat(number % 20 + 1))).collect::<Vec<_>>().join(" ");
    let update = format!("{WIRE}. {paragraph}");
    assert_eq!(veto_of(&update, WIRE), Some(Veto::Added));
    assert_eq!(veto_of(WIRE, &update), None, "and the shorter one says nothing new");
}

#[test]
fn articles_in_other_scripts_are_judged_by_numbers_and_words() {
    let old = "The ministry said on Tuesday that 18 new aircraft will join the fleet before the end of the year under a contract \
        signed in the capital by the two companies after long talks";
    check(old, &[("18", "19")], Some(Veto::Values));
    check(old, &[("contract", "contracts")], None);
    check(old, &[("capital", "harbour")], Some(Veto::Words));
}

#[test]
fn long_articles_may_have_a_synonym_and_other_edges() {
    let mut random = crate::random::Random::new(31);
    let words = random.words(320, 100_000);
    let text = words.join(" ");
    let with = |place: usize, word: &str| {
        let mut words = words.clone();
        words[place] = word.to_owned();
        words.join(" ")
    };
    assert_eq!(veto_of(&with(100, "مرادف"), &text), None);
    let headline = format!("عنوان أول للخبر كما نشر {text}");
    assert_eq!(veto_of(&headline, &format!("غير ذلك تماما {text}")), None);
}
