//! Words whose change says little, and words that stand for a number or a day. Known by their codes, since of an earlier
//! article only codes are kept. Arabic news usage; words of other languages mean nothing here.

use std::collections::HashMap;

use warraq_text::fold_key;

use crate::sketch::{self, DIGITS};

/// What a word is to the question whether two articles tell of the same event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// An editor changes it freely: particles, verbs of saying, «today» for «yesterday», titles of courtesy, agency names.
    Light,
    /// A number, a month or a day of the week: another one is another event.
    Value(Value),
    /// Anything else.
    Plain,
}

/// What a number, month or weekday word stands for, so that «ثلاثة» and 3, يوليو and تموز are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Number(u32),
    /// Written in digits, larger than those known by value; the code says which.
    Digits(u32),
    Month(u32),
    Weekday(u32),
}

/// Particles, pronouns, auxiliaries, connectives.
const PARTICLES: &str = "من الى إلى على عن في مع عند لدى بين بعد قبل حتى منذ خلال عبر ضد نحو حول حيال إزاء تجاه لأجل \
    أن إن أنه إنه أنها إنها أنهم إنهم بأن بأنه بأنها لأن لأنه لأنها كأن لكن لكنه لكنها ولكن \
    ما لا لم لن ليس ليست قد لقد سوف هل إذا إذ إذن لو لولا كي لكي حين حينما عندما بينما فيما مما عما كما كلما حيث بحيث كذلك أيضا \
    هذا هذه هذان هاتان هؤلاء ذلك تلك أولئك هنا هناك هنالك الذي التي الذين اللذين اللذان اللتين اللتان اللاتي اللواتي \
    هو هي هم هن هما أنا نحن أنت أنتم له لها لهم لنا لي به بها بهم بنا فيه فيها فيهم منه منها منهم عنه عنها عنهم \
    عليه عليها عليهم إليه إليها إليهم معه معها معهم لديه لديها لديهم بينهم بينها \
    كان كانت كانوا يكون تكون كون وأن بات باتت أصبح أصبحت صار صارت ظل ظلت مازال زال يزال لازال تزال زالت \
    كل جميع كافة بعض غير سوى عدة أي أية نفس ذات ذاته ذاتها نفسه نفسها مثل حوالي نحو قرابة زهاء أكثر أقل فقط جدا \
    أو ثم بل أم أما إما إلا لدى دون بدون وفق وفقا حسب بحسب طبقا بناء نظرا بسبب نتيجة ضمن سواء مهما حيثما \
    يتم تم تمت وذلك وهو وهي ال و ف ب ل ك م د ا";

/// Verbs and nouns of saying, and what introduces a report.
const SAYING: &str = "قال قالت قالوا يقول تقول قائلا قائلة أضاف أضافت يضيف مضيفا مضيفة أكد أكدت يؤكد تؤكد مؤكدا مؤكدة \
    أوضح أوضحت يوضح موضحا موضحة ذكر ذكرت يذكر أشار أشارت يشير تشير مشيرا مشيرة لفت لفتت يلفت لافتا لافتة بين بينت مبينا مبينة \
    أعلن أعلنت يعلن معلنا معلنة أفاد أفادت يفيد مفيدا صرح صرحت تصريح تصريحات نوه نوهت منوها منوهة شدد شددت يشدد مشددا مشددة \
    كشف كشفت يكشف كاشفا تابع تابعت متابعا استطرد مستطردا واصل مواصلا أردف مردفا اعتبر اعتبرت معتبرا رأى رأت يرى ترى \
    أبان أبانت حذر محذرا نقل نقلت نقلا وفق بيان البيان جاء جاءت وجاء ورد إن";

/// Days and hours told from the day of writing.
const RELATIVE: &str = "اليوم أمس الأمس غدا الغد غد البارحة الليلة الآن حاليا مساء صباح صباحا ظهر ظهرا عصر فجر ليل مساءا \
    المساء الصباح الظهر الفجر الجاري الحالي الحالية الجارية المقبل المقبلة القادم القادمة الماضي الماضية الفائت الفائتة المنصرم \
    المنصرمة الأخير الأخيرة يوم يومي ليلة أول الأول منتصف توقيت بتوقيت";

/// Titles of courtesy and the formulas after names; not offices, whose holders differ.
const COURTESY: &str = "السيد السيدة سيد الأستاذ أستاذ الأستاذة الدكتور دكتور الدكتورة المهندس مهندس المهندسة الشيخ الحاج الأخ \
    صاحب صاحبة السمو سمو سموه الملكي الملكية جلالة الجلالة جلالته فخامة الفخامة فخامته معالي معاليه المعالي سعادة سعادته \
    دولة دولته سماحة سماحته فضيلة فضيلته قداسة نيافة غبطة سيادة سيادته حضرة خادم الحرمين الشريفين المفدى \
    حفظه حفظها حفظهم الله يحفظه رعاه أيده بن ابن بنت نصره رحمه تعالى سبحانه وتعالى بإذن بمشيئة بتوفيق وفقه \
    اللواء العميد العقيد المقدم الرائد النقيب الفريق الركن";

/// Agencies and the phrases that credit them.
const CREDIT: &str = "وكالة وكالات الوكالة وكالتي أنباء الأنباء للأنباء واس رويترز الفرنسية فرانس برس أسوشيتد أسوشييتد برس \
    أف ب أ ش س د الأناضول سانا وام كونا بترا قنا سبأ وفا شينخوا نوفوستي تاس سبوتنيك إنترفاكس مراسل مراسلنا متابعات نسخة";

const NUMBERS: [(&str, u32); 30] = [
    ("صفر", 0),
    ("واحد واحدة", 1),
    ("اثنان اثنين اثنتان اثنتين", 2),
    ("ثلاثة ثلاث الثالث الثالثة", 3),
    ("أربعة أربع الرابع الرابعة", 4),
    ("خمسة خمس الخامس الخامسة", 5),
    ("ستة ست السادس السادسة", 6),
    ("سبعة سبع السابع السابعة", 7),
    ("ثمانية ثماني ثمان الثامن الثامنة", 8),
    ("تسعة تسع التاسع التاسعة", 9),
    ("عشرة عشر العاشر العاشرة", 10),
    ("عشرون عشرين", 20),
    ("ثلاثون ثلاثين", 30),
    ("أربعون أربعين", 40),
    ("خمسون خمسين", 50),
    ("ستون ستين", 60),
    ("سبعون سبعين", 70),
    ("ثمانون ثمانين", 80),
    ("تسعون تسعين", 90),
    ("مائة مئة", 100),
    ("مائتان مائتين مئتان مئتين", 200),
    ("ثلاثمائة ثلاثمئة", 300),
    ("أربعمائة أربعمئة", 400),
    ("خمسمائة خمسمئة", 500),
    ("ستمائة ستمئة", 600),
    ("سبعمائة سبعمئة", 700),
    ("ثمانمائة ثمانمئة", 800),
    ("تسعمائة تسعمئة", 900),
    ("ألف", 1000),
    ("ألفان ألفين", 2000),
];

/// January to December: Egypt and the Gulf, the Levant and Iraq where one word, the Maghreb.
const MONTHS: [&str; 12] = [
    "يناير جانفي",
    "فبراير شباط فيفري",
    "مارس آذار",
    "أبريل إبريل نيسان أفريل",
    "مايو أيار ماي",
    "يونيو حزيران جوان يونيه",
    "يوليو تموز جويلية يوليوز يوليه",
    "أغسطس آب أوت غشت",
    "سبتمبر أيلول شتنبر",
    "أكتوبر",
    "نوفمبر نونبر",
    "ديسمبر دجنبر",
];

const WEEKDAYS: [&str; 7] = ["السبت", "الأحد", "الاثنين الإثنين", "الثلاثاء الثلثاء", "الأربعاء الاربعا", "الخميس", "الجمعة"];

/// Largest number known by value when written in digits.
const DIGITS_KNOWN_MAX: u32 = 2_100;

/// Letters that may be written in front of a listed word.
const PREFIXES: [&str; 8] = ["", "و", "ف", "ب", "ل", "ك", "وب", "ول"];

/// Meanings by word code.
#[derive(Debug)]
pub(crate) struct Vocabulary(HashMap<u32, Meaning>);

impl Vocabulary {
    pub(crate) fn new() -> Self {
        let mut vocabulary = Vocabulary(HashMap::new());
        // Listed later, kept earlier: «ست» is a number although «ال» with it would not be, «أول» is light.
        for (list, number) in NUMBERS {
            vocabulary.add(list, Meaning::Value(Value::Number(number)));
        }
        for (list, number) in MONTHS.iter().zip(1..) {
            vocabulary.add(list, Meaning::Value(Value::Month(number)));
        }
        for (list, number) in WEEKDAYS.iter().zip(1..) {
            vocabulary.add(list, Meaning::Value(Value::Weekday(number)));
        }
        for list in [PARTICLES, SAYING, RELATIVE, COURTESY, CREDIT] {
            vocabulary.add(list, Meaning::Light);
        }
        for number in 0..=DIGITS_KNOWN_MAX {
            let code = sketch::code(&number.to_string());
            vocabulary.0.insert(code, Meaning::Value(Value::Number(number)));
        }
        vocabulary
    }

    pub(crate) fn meaning(&self, code: u32) -> Meaning {
        match self.0.get(&code) {
            Some(&meaning) => meaning,
            None if code & DIGITS != 0 => Meaning::Value(Value::Digits(code)),
            None => Meaning::Plain,
        }
    }

    fn add(&mut self, list: &str, meaning: Meaning) {
        for word in fold_key(list).split_whitespace() {
            for prefix in PREFIXES {
                self.0.entry(sketch::code(&format!("{prefix}{word}"))).or_insert(meaning);
            }
            // «ل» swallows the alef of the article: الرياض, للرياض.
            if let Some(rest) = word.strip_prefix("ال") {
                self.0.entry(sketch::code(&format!("لل{rest}"))).or_insert(meaning);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(word: &str) -> Meaning {
        Vocabulary::new().meaning(sketch::code(&fold_key(word)))
    }

    #[test]
    fn days_and_numbers_have_one_value_in_every_spelling() {
        assert_eq!(meaning("ثلاثة"), meaning("٣"));
        assert_eq!(meaning("مئة"), meaning("100"));
        assert_eq!(meaning("يوليو"), meaning("تموز"));
        assert_ne!(meaning("الأربعاء"), meaning("الخميس"));
        assert_ne!(meaning("354863"), meaning("354864"));
        assert!(matches!(meaning("354863"), Meaning::Value(Value::Digits(_))));
    }

    #[test]
    fn light_words_are_light_with_their_proclitics() {
        for word in ["وأضاف", "اليوم", "أمس", "بأن", "سموه", "معاليه", "والدكتور", "للأنباء"]
        {
            assert_eq!(meaning(word), Meaning::Light, "{word}");
        }
        for word in ["الكويت", "السفير", "قتيلا", "رئيس", "London"] {
            assert_eq!(meaning(word), Meaning::Plain, "{word}");
        }
    }
}
