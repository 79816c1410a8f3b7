//! The words around a casualty figure: what happened, to whom, and what is counted instead. Match keys only, no logic of the text.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Serialize;

/// What happened to the people counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Dead, by whatever cause the text names.
    Killed,
    /// Wounded or hurt.
    Wounded,
    /// Killed and wounded, counted together.
    Casualties,
    /// Missing.
    Missing,
    /// Arrested, detained or taken prisoner.
    Detained,
    /// Driven from home.
    Displaced,
}

/// What a word tells about the number near it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Says before the number what happened: `مقتل`, `أصيب`, `killed`.
    Event(Kind),
    /// Says it behind the number: `قتلوا`, `مصرعهم`.
    Fate(Kind),
    /// Is counted and says it itself: `قتيل`, `جرحى`.
    Victim(Kind, Grammar),
    /// All of them, counted once: `عدد القتلى`.
    Total(Kind),
    /// People: `شخصا`, `جنود`.
    Person(Grammar),
    /// Not people: `ساعة`, `سيارات`.
    Thing,
    /// May stand between event and number without meaning anything for it.
    Filler,
    /// What follows is a part of the number before: `بينهم`.
    Including,
    /// A new clause begins: what happened before it says nothing about what comes behind.
    Clause,
}

/// How many a noun stands for by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// `طفل`
    One,
    /// `طفلان`
    Two,
    /// A plural, or the singular behind a number.
    Any,
}

const EVENTS: &[(Kind, &[&str])] = &[
    (
        Kind::Killed,
        &[
            "قتل",
            "قتلت",
            "قتلوا",
            "يقتل",
            "تقتل",
            "مقتل",
            "مصرع",
            "استشهد",
            "استشهدت",
            "استشهاد",
            "وفاه",
            "توفي",
            "توفيت",
            "موت",
            "مات",
            "بحياه",
            "ارواح",
            "اعدام",
            "اعدم",
            "اعدمت",
            "اغتيال",
            "ذبح",
            "ضحيته",
            "ضحيتها",
            "ضحيتهما",
            "ازهاق",
            "killed",
            "killing",
            "kill",
            "kills",
            "executed",
        ],
    ),
    (
        Kind::Wounded,
        &[
            "اصابه",
            "اصيب",
            "اصيبت",
            "جرح",
            "جرحت",
            "اصابات",
            "wounded",
            "wounding",
            "injured",
            "injuring",
            "injures",
            "hurt",
            "hurting",
        ],
    ),
    (Kind::Missing, &["فقدان", "فقد", "اختفاء"]),
    (
        Kind::Detained,
        &[
            "اعتقال",
            "اعتقل",
            "اعتقلت",
            "يعتقل",
            "تعتقل",
            "توقيف",
            "اوقف",
            "اوقفت",
            "احتجاز",
            "احتجز",
            "احتجزت",
            "القبض",
            "ضبط",
            "ضبطت",
            "اسر",
            "arrested",
            "arresting",
            "arrest",
            "detained",
            "detaining",
            "captured",
        ],
    ),
    (
        Kind::Displaced,
        &["نزوح", "نزح", "نزحت", "تشريد", "شرد", "شردت", "تهجير", "هجر", "هجرت", "displaced", "displacing"],
    ),
];

const FATES: &[(Kind, &[&str])] = &[
    (
        Kind::Killed,
        &[
            "قتلوا",
            "قتلن",
            "مصرعهم",
            "حتفهم",
            "مصرعهن",
            "مصرعهما",
            "حتفهما",
            "استشهدوا",
            "توفوا",
            "ماتوا",
            "قضوا",
            "اعدموا",
            "نحبهم",
            "dead",
            "died",
            "killed",
        ],
    ),
    (Kind::Wounded, &["اصيبوا", "جرحوا", "اصبن", "wounded", "injured", "hurt"]),
    (Kind::Missing, &["missing"]),
    (Kind::Detained, &["اعتقلوا", "اوقفوا", "احتجزوا", "اسروا", "arrested", "detained"]),
    (Kind::Displaced, &["نزحوا", "شردوا", "هجروا", "displaced"]),
];

/// Singular, dual in -an, dual in -ayn where it is not also a plural, plurals.
type Noun = (&'static str, &'static [&'static str]);

const VICTIMS: &[(Kind, &[Noun])] = &[
    (
        Kind::Killed,
        &[("قتيل", &["قتلي", "قتيلين"]), ("قتيله", &["قتيلات"]), ("شهيد", &["شهداء", "شهيدين"]), ("وفاه", &["وفيات"])],
    ),
    (Kind::Wounded, &[("جريح", &["جرحي", "جريحين"]), ("مصاب", &["مصابين", "مصابون"]), ("جريحه", &["جريحات"])]),
    (Kind::Casualties, &[("ضحيه", &["ضحايا"])]),
    (Kind::Missing, &[("مفقود", &["مفقودين", "مفقودون"])]),
    (
        Kind::Detained,
        &[("معتقل", &["معتقلين", "معتقلون"]), ("موقوف", &["موقوفين", "موقوفون"]), ("محتجز", &["محتجزين", "محتجزون"])],
    ),
    (
        Kind::Displaced,
        &[("نازح", &["نازحين", "نازحون"]), ("مشرد", &["مشردين", "مشردون"]), ("مهجر", &["مهجرين", "مهجرون"])],
    ),
];

const TOTALS: &[(Kind, &[&str])] = &[
    (Kind::Killed, &["القتلي", "قتلي", "الشهداء", "شهداء", "الوفيات", "وفيات", "deaths"]),
    (Kind::Wounded, &["الجرحي", "جرحي", "المصابين", "الاصابات"]),
    (Kind::Casualties, &["الضحايا", "ضحايا"]),
    (Kind::Missing, &["المفقودين"]),
    (Kind::Detained, &["المعتقلين", "الموقوفين", "المحتجزين"]),
    (Kind::Displaced, &["النازحين", "المشردين", "المهجرين"]),
];

/// People by what they are; the plurals in -in and -un of regular nouns, and adjectives of nations, are known by their ending.
const PEOPLE: &[Noun] = &[
    ("شخص", &["اشخاص", "شخصين"]),
    ("فرد", &["افراد"]),
    ("انسان", &[]),
    ("مدني", &["مدنيين", "مدنيون"]),
    ("عنصر", &["عناصر", "عنصرين"]),
    ("جندي", &["جنود", "جنديين"]),
    ("عسكري", &["عسكريين"]),
    ("مسلح", &["مسلحين", "مسلحون"]),
    ("مقاتل", &["مقاتلين", "مقاتلون"]),
    ("ارهابي", &["ارهابيين"]),
    ("متطرف", &["متطرفين"]),
    ("متشدد", &["متشددين"]),
    ("متمرد", &["متمردين"]),
    ("انتحاري", &["انتحاريين"]),
    ("طفل", &["اطفال", "طفلين"]),
    ("طفله", &["طفلات", "طفلتين", "طفلتان"]),
    ("امراه", &["نساء", "امراتين", "امراتان"]),
    ("سيده", &["سيدات", "سيدتين", "سيدتان"]),
    ("رجل", &["رجال", "رجلين"]),
    ("شاب", &["شبان", "شباب", "شابين"]),
    ("فتي", &["فتيه", "فتيان"]),
    ("فتاه", &["فتيات", "فتاتين", "فتاتان"]),
    ("رضيع", &["رضع"]),
    ("مسن", &["مسنين"]),
    ("شرطي", &["شرطه"]),
    ("ضابط", &["ضباط", "ضابطين"]),
    ("عامل", &["عمال", "عاملين"]),
    ("موظف", &["موظفين"]),
    ("صحفي", &["صحفيين"]),
    ("صحافي", &["صحافيين"]),
    ("طالب", &["طلاب", "طلبه", "طالبين"]),
    ("طالبه", &["طالبات", "طالبتين", "طالبتان"]),
    ("تلميذ", &["تلاميذ", "تلميذين"]),
    ("راكب", &["ركاب", "راكبين"]),
    ("مسافر", &["مسافرين"]),
    ("سايق", &["سايقين"]),
    ("مواطن", &["مواطنين", "مواطنون"]),
    ("مهاجر", &["مهاجرين"]),
    ("لاجي", &["لاجيين"]),
    ("حاج", &["حجاج"]),
    ("معتمر", &["معتمرين"]),
    ("مصل", &["مصلين"]),
    ("متظاهر", &["متظاهرين"]),
    ("محتج", &["محتجين"]),
    ("قيادي", &["قياديين"]),
    ("قايد", &["قاده"]),
    ("مسوول", &["مسوولين"]),
    ("سايح", &["سياح", "سايحين"]),
    ("زاير", &["زوار"]),
    ("شقيق", &["اشقاء", "شقيقين"]),
    ("بحار", &["بحاره"]),
    ("صياد", &["صيادين"]),
    ("طبيب", &["اطباء", "طبيبين"]),
    ("مسعف", &["مسعفين"]),
    ("معلم", &["معلمين"]),
    ("معلمه", &["معلمات"]),
    ("مدرس", &["مدرسين"]),
    ("مشجع", &["مشجعين"]),
    ("لاعب", &["لاعبين"]),
    ("رهينه", &["رهاين"]),
    ("اسير", &["اسري"]),
    ("حارس", &["حراس", "حارسين"]),
    ("مطلوب", &["مطلوبين"]),
    ("متهم", &["متهمين"]),
    ("مشتبه", &[]),
    ("مهرب", &["مهربين"]),
    ("سجين", &["سجناء", "سجينين"]),
    ("نزيل", &["نزلاء"]),
    ("مخالف", &["مخالفين"]),
    ("متسلل", &["متسللين"]),
    ("وافد", &["وافدين"]),
    ("ناشط", &["ناشطين", "نشطاء"]),
    ("نايب", &["نواب"]),
    ("قاض", &["قضاه"]),
    ("طيار", &["طيارين"]),
    ("متطوع", &["متطوعين"]),
    ("مستوطن", &["مستوطنين"]),
    ("حوثي", &["حوثيين"]),
    ("مرتزق", &["مرتزقه"]),
    ("اخر", &["اخرين", "اخرون", "اخريات", "اخران"]),
    ("مارق", &[]),
    ("عايله", &["عايلات"]),
    ("اسره", &["اسر"]),
    (
        "people",
        &["person", "civilians", "soldiers", "troops", "children", "women", "men", "fighters", "militants", "rebels"],
    ),
    (
        "others",
        &["police", "policemen", "officers", "workers", "passengers", "students", "suspects", "protesters", "migrants"],
    ),
    (
        "gunmen",
        &["victims", "members", "palestinians", "syrians", "iraqis", "israelis", "americans", "refugees", "villagers"],
    ),
];

const THINGS: &[&str] = &[
    "يوم",
    "يوما",
    "ايام",
    "يومين",
    "ساعه",
    "ساعات",
    "ساعتين",
    "دقيقه",
    "دقايق",
    "ثانيه",
    "ثوان",
    "شهر",
    "شهرا",
    "اشهر",
    "شهور",
    "شهرين",
    "سنه",
    "سنوات",
    "سنتين",
    "عام",
    "عاما",
    "اعوام",
    "عامين",
    "اسبوع",
    "اسابيع",
    "اسبوعا",
    "اسبوعين",
    "مره",
    "مرات",
    "مرتين",
    "ريال",
    "ريالا",
    "دولار",
    "دولارا",
    "جنيه",
    "جنيها",
    "دينار",
    "درهم",
    "يورو",
    "ليره",
    "كيلومتر",
    "كيلومترا",
    "كيلومترات",
    "كيلو",
    "كيلوغرام",
    "كيلوجرام",
    "كم",
    "كلم",
    "متر",
    "مترا",
    "امتار",
    "ميل",
    "ميلا",
    "طن",
    "طنا",
    "اطنان",
    "لتر",
    "برميل",
    "سياره",
    "سيارات",
    "مركبه",
    "مركبات",
    "حافله",
    "شاحنه",
    "طايره",
    "طايرات",
    "صاروخ",
    "صواريخ",
    "قذيفه",
    "قذايف",
    "دبابه",
    "دبابات",
    "اليات",
    "منزل",
    "منازل",
    "منزلا",
    "مبني",
    "مباني",
    "مدرسه",
    "مدارس",
    "بلده",
    "بلدات",
    "مدينه",
    "مدن",
    "قريه",
    "قري",
    "دوله",
    "دول",
    "موقع",
    "مواقع",
    "هدف",
    "اهداف",
    "هدفا",
    "نقطه",
    "نقاط",
    "حادث",
    "حوادث",
    "حادثا",
    "غاره",
    "غارات",
    "هجوم",
    "هجمات",
    "عمليه",
    "عمليات",
    "قطعه",
    "قطع",
    "حبه",
    "سلاح",
    "اسلحه",
    "مسدس",
    "جلسه",
    "مباراه",
    "مباريات",
    "دقيقتين",
    "موسم",
    "مواسم",
    "راس",
    "راسا",
    "كلب",
    "كلاب",
    "days",
    "hours",
    "minutes",
    "years",
    "months",
    "weeks",
    "percent",
    "miles",
    "kilometers",
    "km",
    "dollars",
    "houses",
    "homes",
    "buildings",
    "vehicles",
    "cars",
    "times",
];

const FILLERS: &[&str] = &[
    "علي",
    "الاقل",
    "اكثر",
    "من",
    "ما",
    "لا",
    "يقل",
    "عن",
    "نحو",
    "حوالي",
    "قرابه",
    "زهاء",
    "يقارب",
    "يزيد",
    "حتي",
    "الان",
    "اليوم",
    "امس",
    "جديد",
    "at",
    "least",
    "more",
    "than",
    "over",
    "some",
    "about",
    "around",
    "nearly",
    "up",
    "to",
    "as",
    "many",
    "the",
    "another",
    "of",
];

const INCLUDING: &[&str] =
    &["بينهم", "بينهن", "بينها", "منهم", "منهن", "منها", "ضمنهم", "بينهما", "including", "among", "them"];

const CLAUSES: &[&str] = &[
    "انه",
    "انها",
    "الذي",
    "التي",
    "الذين",
    "بعدما",
    "فيما",
    "بينما",
    "كما",
    "حين",
    "عندما",
    "مقابل",
    "لكن",
    "حيث",
    "قال",
    "قالت",
    "اعلن",
    "اعلنت",
    "اكد",
    "اكدت",
    "اضاف",
    "منذ",
    "عمره",
    "عمرها",
    "البالغ",
    "رقم",
    "الماده",
    "who",
    "which",
    "when",
    "while",
    "but",
    "said",
    "after",
    "before",
    "aged",
];

static ROLES: LazyLock<HashMap<String, Vec<Role>>> = LazyLock::new(|| {
    let mut roles: HashMap<String, Vec<Role>> = HashMap::new();
    let mut add = |key: String, role: Role| {
        let known = roles.entry(key).or_default();
        if !known.contains(&role) {
            known.push(role);
        }
    };
    let kinds: [(&[(Kind, &[&str])], fn(Kind) -> Role); 3] =
        [(EVENTS, Role::Event), (FATES, Role::Fate), (TOTALS, Role::Total)];
    for (lists, role) in kinds {
        for (kind, words) in lists {
            words.iter().for_each(|word| add((*word).to_owned(), role(*kind)));
        }
    }
    for (kind, nouns) in VICTIMS {
        for_each_form(nouns, |form, grammar| add(form, Role::Victim(*kind, grammar)));
    }
    for_each_form(PEOPLE, |form, grammar| add(form, Role::Person(grammar)));
    let plain = [(THINGS, Role::Thing), (FILLERS, Role::Filler), (INCLUDING, Role::Including), (CLAUSES, Role::Clause)];
    for (words, role) in plain {
        words.iter().for_each(|word| add((*word).to_owned(), role));
    }
    roles
});

/// Every form of every noun. A dual in -ayn is listed with the plurals only where the plural is another word.
fn for_each_form(nouns: &[Noun], mut each: impl FnMut(String, Grammar)) {
    for (singular, others) in nouns {
        each((*singular).to_owned(), Grammar::One);
        if !singular.is_ascii() && !singular.ends_with('ه') {
            each(format!("{singular}ا"), Grammar::Any);
            each(format!("{singular}ان"), Grammar::Two);
        }
        for other in *others {
            // A dual is the singular (its feminine ending opened) with an ending of two letters.
            let stem = singular.strip_suffix('ه').unwrap_or(singular);
            let ending = other.strip_prefix(stem).unwrap_or("");
            let feminine = singular.ends_with('ه') && matches!(ending, "تين" | "تان");
            let broken =
                others.len() > 1 && ending == "ين" && !others.iter().any(|form| *form == format!("{singular}ون"));
            each((*other).to_owned(), if feminine || broken { Grammar::Two } else { Grammar::Any });
        }
    }
}

/// What this match key can tell; nothing for most words.
pub(super) fn roles(key: &str) -> &'static [Role] {
    ROLES.get(key).map_or(&[], Vec::as_slice)
}

/// [`roles`], also with a proclitic (`وإصابة`, `بمقتل`, `لـ25`) taken off.
pub(super) fn roles_with_proclitic(key: &str) -> &'static [Role] {
    let known = roles(key);
    if !known.is_empty() {
        return known;
    }
    match key.chars().next() {
        Some(first @ ('و' | 'ف' | 'ب' | 'ل')) => {
            let rest = &key[first.len_utf8()..];
            let known = roles(rest);
            if known.is_empty() && first == 'و' {
                // `وبإصابة`
                return rest.strip_prefix(['ب', 'ل']).map_or(&[], roles);
            }
            known
        }
        _ => &[],
    }
}

/// People by the ending of the word alone: `فلسطينيين`, `أفغانيا`, `تونسيون`.
pub(super) fn looks_like_people(key: &str) -> bool {
    let long = key.chars().count() >= 5;
    long && !key.starts_with("ال") && (key.ends_with("يين") || key.ends_with("يون") || key.ends_with("يا"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_match_keys() {
        for key in ROLES.keys() {
            assert_eq!(&warraq_text::fold_key(key), key);
        }
    }

    #[test]
    fn duals_that_are_no_plurals() {
        let two = |key: &str| {
            roles(key).iter().any(|role| matches!(role, Role::Person(Grammar::Two) | Role::Victim(_, Grammar::Two)))
        };
        for dual in ["طفلان", "طفلين", "شخصين", "جنديين", "قتيلان", "قتيلين", "امراتين", "مدنيان"]
        {
            assert!(two(dual), "{dual}");
        }
        for plural in ["مدنيين", "مسلحين", "مصابين", "اطفال", "جنود"] {
            assert!(!two(plural) && !roles(plural).is_empty(), "{plural}");
        }
    }

    #[test]
    fn proclitics_and_endings() {
        assert_eq!(roles_with_proclitic("واصابه"), roles("اصابه"));
        assert_eq!(roles_with_proclitic("بمقتل"), [Role::Event(Kind::Killed)]);
        assert!(looks_like_people("فلسطينيين") && !looks_like_people("كيلومترا"));
    }
}
