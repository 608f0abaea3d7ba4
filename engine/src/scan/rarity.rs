//! How rare characters are in what people and programs write.
//!
//! A guess is all that is needed: it decides how often a text is looked at in vain, and never what
//! is found.

use super::class::{CLASS_BITS, class, slot};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Characters of other scripts, those of each script with the most common first.
const COMMON_OTHERS: &str = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёіїўα\
    οιετσνηυρπκμλςάίόέγήύδωθχβφξéèàçüöäßñóíáêôâúãõåæøąęłśżčšžřěůýőűğışțăのにはをたがでてとしれさあいうえおかきくけこ\
    るりんスントルクラリアイ的一是不了在人有我他这中大来上个国到们说要以时日年月本用出会言業事行この이다는을를의에가고하지시기사";

/// Signs of prose and code, the most common last.
const SIGNS: &str = "^`~@\\$|%&?!+{}[]<>*;#=():/\"'_-,.";

/// The most common words of prose, of business, and of code.
const WORDS: &str = "the of and to in is you that it he was for on are with as his they at be this have from or one \
    had by word but not what all were we when your can said there use an each which she do how their if will up \
    other about out many then them these so some her would make like him into time has look two more write go see \
    number no way could people my than first water been call who oil its now find long down day did get come made \
    may part over new sound take only little work know place year live me back give most very after thing our just \
    name good sentence man think say great where help through much before line right too mean old any same tell boy \
    follow came want show also around form three small set put end does another well large must big even such \
    because turn here why ask went men read need land different home us move try kind hand picture again change off \
    play spell air away animal house point page letter mother answer found study still learn should world between \
    account customer payment please report order service support email address phone information data system user \
    error file function return value list type string code request response message card question summary summarise \
    model text document project team meeting issue version test result process thread example company market product \
    price cost total count item items index state status update create delete select where insert table class public \
    private static import export const let var self true false null none print input output string object array key \
    token api url http https www com org json html body head div span style script width height color date today \
    tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday january february march april june \
    july august september october november december minute hour week month image network server client database \
    cache memory security policy access permission password login session cookie browser internet mobile application \
    software computer machine learning language training prompt instruction instructions ignore previous reply \
    explain describe translate review draft polite assistant brief sources sure reason main doubles second finished \
    participants months effect significant revenue million quarter difference argument compare recommend";

/// What else people and programs write: numbers, dates, addresses, code.
const LINES: &str = "on 2026-11-28 at 12:30, 10 of 25 (4.5%) paid $1,250.00; see https://www.example.com/a/b?c=1&d=2. \
    \"id\": 1024, \"name\": \"x\", [0, 1] { a: b } <p class=\"c\">d</p> if (a == b) { return c[i] + 1; } // e\n\
    it's 3 x 20 = 60 - i'm, don't: we'll! is it? 'yes', - no / 100 * 2; e-mail, user_id, my_file.txt -> f(x) => #1 | y | z\n";

/// All bits of two and of three classes.
const TWO: u32 = (1 << (2 * CLASS_BITS)) - 1;
const THREE: u32 = (1 << (3 * CLASS_BITS)) - 1;

/// How common four characters in a row are.
pub(super) static RARITY: LazyLock<Rarity> = LazyLock::new(Rarity::new);

/// How common rows of characters are within [`WORDS`] and between them, and in [`LINES`], by
/// their classes.
pub(super) struct Rarity {
    twos: Vec<u64>,
    threes: Vec<u64>,
    fours: BTreeMap<u32, u64>,
}

impl Rarity {
    fn new() -> Self {
        /// How often the first word stands for one of the last: the next half as often, and so on.
        const MOST: u64 = 1_000;
        /// How often each line does.
        const LINE: u64 = 20;
        let mut ones = vec![0; 1 << CLASS_BITS];
        let mut new = Self {
            twos: vec![0; 1 << (2 * CLASS_BITS)],
            threes: vec![0; 1 << (3 * CLASS_BITS)],
            fours: BTreeMap::new(),
        };
        let words = (1..).zip(WORDS.split_ascii_whitespace());
        let words =
            words.map(|(rank, word)| (format!(" {word} "), MOST.checked_div(rank).unwrap_or(0).max(1)));
        for (text, often) in words.chain([(LINES.to_owned(), LINE)]) {
            let classes: Vec<u32> = text.bytes().map(|byte| class(byte).into()).collect();
            for (row, counts) in [&mut ones, &mut new.twos, &mut new.threes].into_iter().enumerate() {
                for place in classes.windows(row.saturating_add(1)).map(slot) {
                    if let Some(count) = counts.get_mut(place as usize) {
                        *count = often.saturating_add(*count);
                    }
                }
            }
            for four in classes.windows(4).map(slot) {
                let count = new.fours.entry(four).or_default();
                *count = often.saturating_add(*count);
            }
        }
        for (three, count) in (0..).zip(&mut new.threes) {
            let (first, rest, between) = parts(three, TWO);
            *count = blend(*count, [at(&new.twos, first), at(&new.twos, rest)], at(&ones, between));
        }
        new
    }

    /// About how common the four characters of a slot are.
    pub(super) fn of(&self, four: u32) -> u64 {
        let (first, rest, between) = parts(four, THREE);
        let counted = self.fours.get(&four).copied().unwrap_or(0);
        blend(counted, [at(&self.threes, first), at(&self.threes, rest)], at(&self.twos, between))
    }
}

/// All of a row but the last, all but the first, and all but both; `first` has the bits of the first of these.
const fn parts(row: u32, first: u32) -> (u32, u32, u32) {
    (row & first, row >> CLASS_BITS, (row & first) >> CLASS_BITS)
}

/// How common a row is: as it was counted, and as follows from how common its parts are.
fn blend(counted: u64, [first, rest]: [u64; 2], between: u64) -> u64 {
    let likely = first.saturating_mul(rest).checked_div(between.max(1)).unwrap_or(0);
    // No row is so rare that it does not matter where else it stands.
    counted.saturating_mul(3).saturating_add(likely).checked_div(4).unwrap_or(0).max(1)
}

fn at(counts: &[u64], row: u32) -> u64 {
    counts.get(row as usize).copied().unwrap_or(0)
}

/// How rare a character of another script is; what is greater is rarer.
pub(super) fn of_other(character: char) -> usize {
    COMMON_OTHERS.chars().position(|common| common == character).unwrap_or(COMMON_OTHERS.len())
}

/// How common a sign is; what is greater is more common.
pub(super) fn of_sign(character: char) -> usize {
    SIGNS.chars().position(|sign| sign == character).unwrap_or(0)
}
