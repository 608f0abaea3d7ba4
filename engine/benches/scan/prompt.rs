//! Prompt-like text from a seed: prose with numbers, code, links, other languages.
//!
//! Nearly nothing in it is what a detector looks for; much of it looks a little alike.

use crate::seed::Seed;

/// Sentences and lines; `#` becomes a digit, `~` a letter or digit of an identifier.
pub(crate) const PARTS: [&str; 40] = [
    "The customer asked why the payment of €#,###.## failed on 2026-##-##. ",
    "Please summarise this thread and draft a polite reply for the account team. ",
    "I think we should revisit the assumptions behind the forecast before the meeting on Tuesday. ",
    "Order ####### was shipped from Leeds on 1#/0#/2026 and arrived two days late. ",
    "The main reason is that the cache is invalidated too early, which doubles the load on the database. ",
    "See https://docs.example.com/guide/section-#?page=##&lang=en for the details. ",
    "“It works on my machine,” she said — and it did, until it didn’t. ",
    "Revenue grew #.#% to $##.# million, while costs rose only #.#% over the same quarter. ",
    "Can you explain the difference between a process and a thread, with an example? ",
    "Version #.##.# fixes the regression that was introduced in #.##.# (see issue #####). ",
    "    let total: u64 = items.iter().map(|item| item.price * item.count).sum();\n",
    "    if (response.status !== 200) { throw new Error(`request failed: ${response.status}`); }\n",
    "def normalise(rows: list[dict]) -> list[dict]:\n    return [{k.lower(): v for k, v in row.items()} for row in rows]\n",
    "SELECT id, name, created_at FROM customers WHERE region = 'EU' AND created_at > '2026-0#-0#' LIMIT ###;\n",
    "commit ~~~~~~~ touches ## files, mostly renames of the old module. ",
    "| name | count | share |\n|---|---|---|\n| north | #### | ##.# |\n| south | ### | #.# |\n",
    "Write a short story about a lighthouse keeper who collects lost letters and answers them all. ",
    "The study followed ### participants over ## months and found no significant effect (p = 0.##). ",
    "Bitte fassen Sie das Protokoll der Sitzung zusammen und nennen Sie die offenen Punkte. ",
    "Le rapport doit être prêt avant vendredi, sinon la réunion sera repoussée à la semaine prochaine. ",
    "El equipo revisó la propuesta y decidió ampliar el plazo hasta el ## de noviembre. ",
    "Проверьте, пожалуйста, что отчёт содержит все таблицы за прошлый год. ",
    "この文書を要約して、重要な点を三つ挙げてください。 ",
    "It takes about ## minutes to walk from the station to the museum, so leave at 9:## at the latest. ",
    "{\"id\": ####, \"status\": \"open\", \"tags\": [\"billing\", \"refund\"], \"assignee\": null}\n",
    "- Step #: preheat the oven to ### °F, and line a baking tray with paper.\n",
    "- Add ### g of flour, # eggs and a pinch of salt; stir until smooth.\n",
    "In chapter # the author argues that institutions matter more than geography or culture. ",
    "The function returns early when the list is empty, so the loop below never sees that case. ",
    "Thanks for the quick answer! I will try the second approach first and let you know how it goes. ",
    "You are a helpful assistant. Answer briefly, name your sources, and say when you are not sure. ",
    "What would be a good name for a small bakery that also sells second-hand books? ",
    "The bridge, built in 18##, is ### metres long and carries about ##,### vehicles a day. ",
    "Our policy covers accidental damage but not wear; the excess is £### for each claim. ",
    "error[E0###]: mismatched types: expected `usize`, found `i32` at src/main.rs:###:##\n",
    "2026-1#-2#T1#:##:##Z INFO worker-# finished job ##### in #.### s\n",
    "Compare three ways to store time series, and recommend one for a small team. ",
    "Her argument rests on two premises; the first is plausible, but the second needs evidence. ",
    "<div class=\"card\"><h2>Summary</h2><p>All systems normal &amp; stable.</p></div>\n",
    "The train leaves at 1#:## from platform #, and the journey takes just over # hours.\n\n",
];

/// Documents of about `bytes` each, `total` bytes together.
pub(crate) fn documents(bytes: usize, total: usize) -> Vec<String> {
    documents_of(&PARTS, bytes, total)
}

/// The same of some sentences and lines.
pub(crate) fn documents_of(parts: &[&str], bytes: usize, total: usize) -> Vec<String> {
    let mut seed = Seed(0x2026_1120);
    (0..total.div_ceil(bytes)).map(|_| document(&mut seed, parts, bytes)).collect()
}

fn document(seed: &mut Seed, parts: &[&str], bytes: usize) -> String {
    const LETTERS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes + 128);
    while text.len() < bytes {
        for character in parts.get(seed.draw(parts.len())).unwrap_or(&"").chars() {
            text.push(match character {
                '#' => char::from(b'0' + u8::try_from(seed.draw(10)).unwrap_or(0)),
                '~' => LETTERS.get(seed.draw(16)).map_or('0', |letter| char::from(*letter)),
                other => other,
            });
        }
    }
    text.truncate(text.floor_char_boundary(bytes));
    text
}
