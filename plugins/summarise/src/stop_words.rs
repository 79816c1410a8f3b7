//! Words that say nothing of what a text is about, as match keys. Every other word counts.

use std::sync::LazyLock;

use crate::word_set::WordSet;

/// One set serves texts that mix languages.
pub(crate) static STOP_WORDS: LazyLock<WordSet> = LazyLock::new(|| WordSet::of(&[ARABIC_AND_PERSIAN, ENGLISH]));

const ARABIC_AND_PERSIAN: &str = "\
     اثر اثناء احد احدي اخر اخري اذ اذا از ازاء است اصبح اصبحت اضاف اقل اكثر اكد الا الاخر الاخري الان \
     التي الذي الذين اللاتي اللتان اللذان اللذين اللواتي الي اليه اليها اليهم اليوم ام اما امام امس ان \
     انا انت انتم انه انها انهم او اوليك اي ايشان ايضا اين ايه اگر با بات باشد بان بايد بحسب بر براي برغم \
     بسبب بشان بعد بعض بل بما به بها بهم بود بوده بي بين بينما بينه بينها بينهم بينهما تا تجاه تحت تر \
     ترين تزال تكون تلك تم ثم ثمه جدا جراء جميع حتي حسب حول حيال حيث حين خلال خلف خواهد خواهند خود داد \
     داراي دارد دارند داشت در دو دون ديگر ذات ذلك ذو ذي را ربما رغم روي زال زير سنه سواء سوف سوي سيكون شد \
     شده شود شوند صار ضد ضمن طوال طيله ظل عام عبر عدد عده علي عليه عليها عليهم عما عن عند عندما عنه عنها \
     عنهم غدا غير فان فقد فقط فهو فهي فوق في فيما فيه فيها فيهم قال قالت قبل قد كان كانت كانوا كجا كذلك \
     كرد كرده كل كلا كلها كلهم كما كند كنند كه كون كونه كي كيف لا لازال لان لانه لانها لدي لعل لقد لكن \
     لكنه لكنها لكي لم لما لماذا لن لنا له لها لهم لو لولا لي ليت ليس ليست ما ماذا مازال متي مثل مع معه \
     معها معهم مما من منذ منه منها منهم مي نحن نحو نعم نفس نفسه نفسها نمي نيز ها هاي هذا هذه هر هست هستند \
     هل هم هما همان همه همين هن هنا هناك هو هولاء هي و واحد واضاف واكد والي وان وانه وانها وذلك وراء وعلي \
     وعن وفق وفقا وفي وقال وقالت وقد وكان وكانت وكما ولا ولكن ولم ولن ولي وما ومع ومن وهذا وهذه وهم وهو \
     وهي وي يا يتم يزال يك يكون يوم پس پيش پيشين چرا چنين چه چون گفت";

const ENGLISH: &str = "\
     a about after again against all also am an and any are as at be because been before being between \
     both but by can could did do does doing down during each few for from further had has have having he \
     her here hers him his how i if in into is it its just me more most my no nor not now of off on once \
     only or other our out over own said same says she should so some such than that the their them then \
     there these they this those through to too under until up very was we were what when where which \
     while who whom why will with would you your";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_match_keys() {
        for list in [ARABIC_AND_PERSIAN, ENGLISH] {
            assert_eq!(warraq_text::fold_key(list), list);
        }
    }

    #[test]
    fn both_lists_are_in() {
        assert!(["في", "است", "the"].iter().all(|word| STOP_WORDS.contains(word)));
        assert!(!STOP_WORDS.contains("بنك"));
    }
}
