//! How rare characters are in what people and programs write.
//!
//! A guess is all that is needed: it decides how often a text is looked at in vain, and never what
//! is found.

use std::collections::BTreeMap;

/// Characters of prose and code, the most common first; all others are rarer.
const COMMON: &[u8] = b"etaoinsrhldcu\"'.,-:/()=mfpgwybv0123456789";

/// Characters of other scripts, those of each script with the most common first.
const COMMON_OTHERS: &str = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёіїўα\
    οιετσνηυρπκμλςάίόέγήύδωθχβφξéèàçüöäßñóíáêôâúãõåæøąęłśżčšžřěůýőűğışțăのにはをたがでてとしれさあいうえおかきくけこ\
    るりんスントルクラリアイ的一是不了在人有我他这中大来上个国到们说要以时日年月本用出会言業事行この이다는을를의에가고하지시기사";

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

/// How common each three characters are within [`WORDS`].
pub(super) struct Rarity(BTreeMap<[u8; 3], u32>);

impl Rarity {
    pub(super) fn new() -> Self {
        let mut counts = BTreeMap::new();
        for word in WORDS.split_ascii_whitespace() {
            for three in word.as_bytes().windows(3).filter_map(|three| <[u8; 3]>::try_from(three).ok()) {
                let count: &mut u32 = counts.entry(three).or_default();
                *count = count.saturating_add(1);
            }
        }
        Self(counts)
    }

    /// How rare some characters of ASCII are, in lower case; what is greater is rarer.
    pub(super) fn of(&self, characters: &[u8]) -> (u32, usize) {
        let count = <[u8; 3]>::try_from(characters).ok().and_then(|three| self.0.get(&three));
        let rank = |byte: &u8| COMMON.iter().position(|common| common == byte).unwrap_or(COMMON.len());
        (u32::MAX.saturating_sub(count.copied().unwrap_or(0)), characters.iter().map(rank).sum())
    }
}

/// How rare a character of another script is; what is greater is rarer.
pub(super) fn of_other(character: char) -> usize {
    COMMON_OTHERS.chars().position(|common| common == character).unwrap_or(COMMON_OTHERS.len())
}
