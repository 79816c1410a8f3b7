//! The words of page furniture, in ordinary spelling; folded once at first use. General usage of news sites, no site's own lines.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use warraq_text::{fold_key, words};

/// How far from the edges of a text an entry is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Near head or tail.
    Edges,
    /// In the middle too: nothing else looks like it.
    Anywhere,
}

/// The beginning of a line.
pub(crate) struct Prefix {
    pub(crate) words: Vec<String>,
    pub(crate) kind: &'static str,
    pub(crate) reach: Reach,
    /// Must a colon, bar, dash or quotation mark follow, since the words could also begin a sentence?
    pub(crate) wants_separator: bool,
}

/// All lists, folded.
pub(crate) struct Lexicon {
    /// Whole lines, words joined by one space, without numbers.
    pub(crate) lines: HashMap<String, (&'static str, Reach)>,
    /// By their first word.
    pub(crate) prefixes: HashMap<String, Vec<Prefix>>,
    /// Names of networks and ways to send a link.
    pub(crate) networks: HashSet<String>,
    /// `networks` and the words between them.
    pub(crate) share_words: HashSet<String>,
}

pub(crate) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lines = HashMap::new();
    for &(kind, reach, list) in LINES {
        for line in list.split('|') {
            lines.insert(folded_words(line).join(" "), (kind, reach));
        }
    }
    let mut prefixes: HashMap<String, Vec<Prefix>> = HashMap::new();
    for &(kind, reach, wants_separator, list) in PREFIXES {
        for start in list.split('|') {
            let words = folded_words(start);
            if let Some(first) = words.first().cloned() {
                prefixes.entry(first).or_default().push(Prefix { words, kind, reach, wants_separator });
            }
        }
    }
    let networks: HashSet<String> = folded_words(NETWORKS).into_iter().collect();
    let share_words = networks.iter().cloned().chain(folded_words(SHARE_WORDS)).collect();
    Lexicon { lines, prefixes, networks, share_words }
});

fn folded_words(text: &str) -> Vec<String> {
    words(&fold_key(text)).map(|word| word.text.to_owned()).collect()
}

/// Kind, reach, and lines divided by bars.
const LINES: &[(&str, Reach, &str)] = &[
    (
        "share-label",
        Reach::Edges,
        "مشاركة|المشاركة|مشاركات|شارك|شاركها|شاركه|شارك الخبر|شارك المقال|شارك المقالة|شارك الموضوع|شارك القصة|شارك التقرير\
         |شارك هذا الخبر|شارك هذا المقال|شارك هذا الموضوع|شارك عبر|شارك على|شارك مع أصدقائك|شارك هذه الصفحة|شارك الصفحة\
         |شارك هذه المقالة|مشاركة الخبر|مشاركة المقال|مشاركة المقالة|مشاركة الموضوع|مشاركة الصفحة|مشاركة عبر|مشاركة على\
         |مشاركة عبر البريد|شاركها على|انشر|انشر الخبر|انشر الموضوع|أرسل إلى صديق|أرسل لصديق|ارسل الخبر|ارسل المقال\
         |إرسال إلى صديق|إرسال لصديق|إرسال عبر البريد|انسخ الرابط|نسخ الرابط|تم نسخ الرابط|رابط مختصر|الرابط المختصر|رابط الخبر\
         |رابط المقال|رابط الموضوع|share|share this|share this article|share this story|share this post|share this page|share on\
         |share via|share article|share link|shares|tweet|tweet this|email this|email this article|send to a friend|copy link\
         |link copied|copy url|short link|اشتراک گذاری|به اشتراک بگذارید|کپی لینک|لینک کوتاه|شیئر کریں|partager",
    ),
    (
        "comments-label",
        Reach::Edges,
        "التعليقات|تعليقات|تعليق|أضف تعليق|أضف تعليقا|أضف تعليقك|إضافة تعليق|إضافة تعليق جديد|اكتب تعليق|اكتب تعليقا|اكتب تعليقك\
         |كتابة تعليق|اترك تعليق|اترك تعليقا|اترك تعليقك|اترك ردا|اترك رد|ترك تعليق|إرسال تعليق|أرسل تعليقك|علق على الخبر\
         |تعليقات القراء|تعليقات الزوار|آراء القراء|شاهد التعليقات|عرض التعليقات|إظهار التعليقات|لا تعليقات|لا توجد تعليقات\
         |لا يوجد تعليقات|لا توجد تعليقات بعد|لا يوجد تعليقات حتى الآن|التعليقات مغلقة|التعليقات مغلقة على هذا الخبر\
         |كن أول من يعلق|شاركنا برأيك|شاركنا رأيك|شارك برأيك|إلغاء الرد|إلغاء التعليق|الحقول الإلزامية مشار إليها بـ\
         |لن يتم نشر عنوان بريدك الإلكتروني|comment|comments|no comments|no comments yet|leave a comment|leave a reply\
         |post a comment|post comment|add a comment|add comment|write a comment|view comments|show comments|comments are closed\
         |join the conversation|join the discussion|be the first to comment|cancel reply|reply|نظرات|نظر شما|ارسال نظر|دیدگاه ها\
         |تبصرے|commentaires|laisser un commentaire",
    ),
    (
        "back-to-top",
        Reach::Edges,
        "إلى الأعلى|للأعلى|أعلى|إلى أعلى|الذهاب إلى الأعلى|الذهاب للأعلى|العودة إلى الأعلى|العودة للأعلى|عودة إلى الأعلى\
         |عودة للأعلى|الرجوع إلى الأعلى|ارجع إلى الأعلى|اذهب إلى الأعلى|الانتقال إلى الأعلى|أعلى الصفحة|إلى أعلى الصفحة\
         |العودة إلى أعلى الصفحة|الرجوع إلى أعلى الصفحة|back to top|go to top|scroll to top|return to top|to top|top of page\
         |بازگشت به بالا|haut de page|retour en haut",
    ),
    ("back-to-top", Reach::Anywhere, "زر الذهاب إلى الأعلى|زر العودة إلى الأعلى|زر الرجوع إلى الأعلى|back to top button"),
    (
        "read-also",
        Reach::Edges,
        "مواضيع ذات صلة|موضوعات ذات صلة|أخبار ذات صلة|مقالات ذات صلة|مواد ذات صلة|تقارير ذات صلة|ذات صلة|ذو صلة|محتوى ذو صلة\
         |مواضيع متعلقة|موضوعات متعلقة|أخبار متعلقة|مقالات متعلقة|أخبار مرتبطة|مواضيع مرتبطة|مقالات مشابهة|مواضيع مشابهة\
         |أخبار مشابهة|قد يعجبك أيضا|قد يعجبك|ربما يعجبك أيضا|قد يهمك|قد يهمك أيضا|ربما يهمك|مواضيع قد تهمك|أخبار قد تهمك\
         |اخترنا لك|اخترنا لكم|الأكثر قراءة|الأكثر مشاهدة|الأكثر تعليقا|الأكثر تداولا|آخر الأخبار|أحدث الأخبار|أهم الأخبار\
         |المزيد|للمزيد|المزيد من الأخبار|المزيد من المقالات|مزيد من الأخبار|تابع القراءة|أكمل القراءة|متابعة القراءة\
         |التفاصيل|related|related articles|related stories|related news|related topics|related posts|related content|more stories\
         |more news|you may also like|you might also like|recommended|recommended for you|most read|most popular|trending\
         |latest news|up next|more on this story|more from|continue reading|مطالب مرتبط|اخبار مرتبط|پربازدیدترین|مزید خبریں\
         |à lire aussi|lire aussi",
    ),
    (
        "read-also",
        Reach::Anywhere,
        "اقرأ أيضا|اقرأ أيضا في|اقرأ كذلك|اقرأ المزيد|اقرأ المزيد حول|اقرئي أيضا|اقرأ/ي أيضا|اقرؤوا أيضا|اقرأوا أيضا|طالع أيضا\
         |شاهد أيضا|شاهد المزيد|انظر أيضا|read also|also read|read more|see also|بیشتر بخوانید|مزید پڑھیں|یہ بھی پڑھیں",
    ),
    (
        "print-label",
        Reach::Edges,
        "طباعة|اطبع|طباعة الخبر|طباعة المقال|طباعة الموضوع|طباعة الصفحة|نسخة للطباعة|نسخة الطباعة|حفظ|حفظ المقال|إرسال|حجم الخط\
         |تكبير الخط|تصغير الخط|تكبير|تصغير|استمع|استمع للمقال|استمع إلى المقال|print|print this|print this article|print page\
         |printer friendly|printer friendly version|save|save article|bookmark|email|text size|font size|listen\
         |listen to this article|چاپ|نسخه چاپی|imprimer",
    ),
    (
        "tags-label",
        Reach::Edges,
        "الوسوم|وسوم|الأوسمة|العلامات|الكلمات الدلالية|كلمات دلالية|الكلمات المفتاحية|كلمات مفتاحية|تاجات|تاغات|الهاشتاغ\
         |tags|tag|tagged|keywords|filed under|topics|برچسب ها|کلیدواژه ها",
    ),
    (
        "newsletter-label",
        Reach::Edges,
        "اشترك|اشترك الآن|اشتراك|النشرة البريدية|النشرة الإخبارية|القائمة البريدية|نشرتنا البريدية|بريدك الإلكتروني\
         |عنوان بريدك الإلكتروني|أدخل بريدك الإلكتروني|سجل الآن|تسجيل الدخول|تسجيل دخول|إنشاء حساب|subscribe|subscribe now\
         |sign up|sign up now|newsletter|newsletters|our newsletter|email address|your email|log in|login|sign in|register",
    ),
    (
        "follow-label",
        Reach::Edges,
        "تابعنا|تابعونا|تابعنا على|تابعونا على|تابعنا عبر|تواصل معنا|اتصل بنا|follow|follow us|follow us on|contact us|contact",
    ),
    (
        "advertisement",
        Reach::Anywhere,
        "إعلان|إعلانات|مساحة إعلانية|مادة إعلانية|محتوى إعلاني|محتوى مدفوع|advertisement|advertisements|advertising\
         |sponsored content|story continues below advertisement|article continues below advertisement",
    ),
    (
        "navigation",
        Reach::Edges,
        "الرئيسية|الصفحة الرئيسية|القائمة الرئيسية|التالي|السابق|السابق التالي|التالي السابق|الخبر التالي|الخبر السابق\
         |المقال التالي|المقال السابق|الموضوع التالي|الموضوع السابق|بحث|بحث عن|ابحث|رجوع|عودة|إغلاق|تحميل المزيد|عرض المزيد|عرض الكل\
         |إظهار المزيد|تخطي إلى المحتوى|التخطي إلى المحتوى|انتقل إلى المحتوى|الانتقال إلى المحتوى|تجاوز إلى المحتوى\
         |home|homepage|menu|main menu|next|previous|prev|next previous|previous next|next article|previous article|next post\
         |previous post|search|close|load more|show more|view all|see all|skip to content|skip to main content",
    ),
    (
        "counter",
        Reach::Edges,
        "مشاهدة|مشاهدات|المشاهدات|عدد المشاهدات|قراءات|عدد القراءات|عدد القراء|عدد الزيارات|زيارة|مرات القراءة|عدد التعليقات\
         |دقيقة واحدة|أقل من دقيقة|دقيقة قراءة|دقائق قراءة|دقيقة للقراءة|دقائق للقراءة|وقت القراءة|مدة القراءة|وقت القراءة دقيقة\
         |وقت القراءة دقائق|مدة القراءة دقيقة|مدة القراءة دقائق|views|reads|likes|min read|minute read|minutes read|reading time",
    ),
    ("end-mark", Reach::Edges, "انتهى|النهاية|ends|end"),
];

/// Kind, reach, whether a separator must follow, and beginnings divided by bars. Longer ones first where one begins another.
const PREFIXES: &[(&str, Reach, bool, &str)] = &[
    (
        "read-also",
        Reach::Anywhere,
        false,
        "اقرأ أيضا|اقرأ كذلك|اقرأ/ي أيضا|اقرئي أيضا|اقرؤوا أيضا|اقرأوا أيضا|للمزيد اقرأ|لقراءة المزيد|بیشتر بخوانید|یہ بھی پڑھیں",
    ),
    (
        "read-also",
        Reach::Anywhere,
        true,
        "اقرأ المزيد|اقرأ المزيد حول|اقرأ|شاهد أيضا|طالع أيضا|انظر أيضا|قد يهمك أيضا|قد يهمك|قد يعجبك أيضا|ذات صلة|خبر ذو صلة\
         |موضوع ذو صلة|أخبار ذات صلة|مواضيع ذات صلة|موضوعات ذات صلة|read also|also read|read more|see also|related|related story\
         |related article|more on this|you may also like|lire aussi|à lire aussi|مزید پڑھیں",
    ),
    (
        "tags-label",
        Reach::Edges,
        true,
        "الوسوم|وسوم|الكلمات الدلالية|كلمات دلالية|الكلمات المفتاحية|كلمات مفتاحية|العلامات|tags|tagged|keywords|filed under|topics\
         |برچسب ها",
    ),
    (
        "newsletter-label",
        Reach::Edges,
        false,
        "اشترك في النشرة|اشترك في نشرتنا|اشترك في القائمة البريدية|اشترك في قائمتنا البريدية|اشترك في خدمة|اشترك في قناتنا\
         |الاشتراك في النشرة|الاشتراك في القائمة البريدية|للاشتراك في النشرة|للاشتراك في خدمة|للاشتراك في القائمة البريدية\
         |سجل في النشرة|subscribe to our|sign up for our|sign up to our|get our newsletter",
    ),
    (
        "follow-label",
        Reach::Edges,
        false,
        "تابعنا على|تابعونا على|تابعنا عبر|تابعونا عبر|تابعوا صفحتنا|تابعوا قناتنا|تابع صفحتنا|تابع قناتنا|انضم إلى قناتنا\
         |انضموا إلى قناتنا|انضم إلينا على|حمل تطبيق|حمل تطبيقنا|follow us on|join us on|join our channel|download our app",
    ),
    (
        "comments-label",
        Reach::Edges,
        false,
        "لن يتم نشر عنوان بريدك الإلكتروني|your email address will not be published|required fields are marked\
         |إن التعليقات المنشورة|التعليقات المنشورة لا تعبر",
    ),
    (
        "copyright",
        Reach::Edges,
        false,
        "جميع الحقوق محفوظة|كافة الحقوق محفوظة|حقوق النشر محفوظة|حقوق الطبع محفوظة|جميع حقوق النشر محفوظة|all rights reserved\
         |copyright ©|copyright by",
    ),
    (
        "contact-line",
        Reach::Edges,
        false,
        "لمراسلة الكاتب|للتواصل مع الكاتب|للتواصل مع كاتب|للتواصل مع المحرر|للتواصل أرسل رسالة|للتواصل عبر البريد",
    ),
    (
        "counter",
        Reach::Edges,
        true,
        "عدد المشاهدات|المشاهدات|عدد القراءات|عدد الزيارات|وقت القراءة|مدة القراءة|عدد التعليقات|reading time|views",
    ),
    ("share-label", Reach::Edges, true, "رابط مختصر|الرابط المختصر|رابط الخبر|رابط المقال|short link|share this"),
];

const NETWORKS: &str = "فيسبوك فيس بوك الفيسبوك تويتر إكس واتساب واتس آب الواتساب تيليجرام تلغرام تليجرام تيليغرام تلجرام \
     لينكدإن لينكدن لينكد إن انستغرام انستقرام انستجرام إنستغرام يوتيوب سناب شات سنابشات ماسنجر مسنجر بنترست بينتيريست تمبلر \
     ريديت فايبر البريد الإلكتروني facebook twitter whatsapp telegram linkedin instagram youtube snapchat messenger pinterest \
     tumblr reddit viber google digg stumbleupon email";

const SHARE_WORDS: &str = "مشاركة شارك شاركها شاركه شارك الخبر المقال على عبر في و او طباعة طباعه نسخ الرابط رابط بريد إرسال \
     أرسل نشر انشر غرد تغريدة إعجاب أعجبني إلى صديق share on via to and or tweet like print copy link pin it this x send mail \
     plus 1";
