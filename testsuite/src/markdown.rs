//! Markdown pages as cases: headings, prose between them, and fenced blocks.
//!
//! Only what cases need is understood: `#` headings and fences of three or more
//! backticks. The first word after a fence is the block's kind; the words after
//! it are flags (`bare`) and attributes (`file=words.txt`).

use std::fmt::Write as _;

/// A page, its sections in order.
#[derive(Clone, Debug)]
pub struct Page {
    text: String,
    /// What stands under each heading; text before the first belongs to none.
    pub sections: Vec<Section>,
}

/// A heading and the blocks under it.
#[derive(Clone, Debug)]
pub struct Section {
    /// The text of the heading.
    pub title: String,
    /// Its level, from 1.
    pub level: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Whether there is any text besides blocks.
    pub has_prose: bool,
    /// The fenced blocks under it, in order.
    pub blocks: Vec<Block>,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The first word after the fence, such as `policy`.
    pub kind: String,
    /// The other words.
    pub words: Vec<String>,
    /// The line of its fence, from 1.
    pub line: usize,
    /// What stands between the fences.
    pub text: String,
    /// Where that is in the page.
    body: std::ops::Range<usize>,
    /// Where the closing fence ends.
    end: usize,
}

impl Block {
    /// Whether `word` stands after the kind.
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    /// The value of `name=value`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

impl Section {
    /// The blocks of one kind.
    pub fn of_kind<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

impl Page {
    /// Reads a page; an unclosed block ends with it.
    pub fn read(text: &str) -> Self {
        let mut sections: Vec<Section> = Vec::new();
        let mut open: Option<(usize, Block)> = None;
        let mut offset = 0;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let start = offset;
            offset += line.len();
            let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
            match open.take() {
                Some((fence, mut block)) if ticks >= fence && line.trim_end().len() == ticks => {
                    block.body.end = start;
                    block.end = offset;
                    close(text, block, &mut sections);
                }
                Some(block) => open = Some(block),
                None if ticks >= 3 => open = Some((ticks, begin(line, at + 1, offset))),
                None => plain(line, at + 1, &mut sections),
            }
        }
        if let Some((_, mut block)) = open {
            block.body.end = offset;
            block.end = offset;
            close(text, block, &mut sections);
        }
        Self { text: text.to_owned(), sections }
    }

    /// The page with other texts in its blocks.
    ///
    /// Each edit names a section by its place, the kind of the block, and its
    /// new text; a block that is not there yet is added after the last one.
    pub fn with_blocks(&self, edits: &[(usize, &str, String)]) -> String {
        let mut splices: Vec<(std::ops::Range<usize>, String)> = Vec::new();
        for (section, kind, new) in edits {
            let Some(section) = self.sections.get(*section) else { continue };
            match (section.of_kind(kind).next(), section.blocks.last()) {
                (Some(block), _) => splices.push((block.body.clone(), new.clone())),
                (None, Some(last)) => {
                    let mut added = String::new();
                    // Writing to a string cannot fail.
                    let _ = write!(added, "\n```{kind}\n{new}```\n");
                    splices.push((last.end..last.end, added));
                }
                (None, None) => {}
            }
        }
        splices.sort_by_key(|(range, _)| range.start);
        let mut text = self.text.clone();
        for (range, new) in splices.into_iter().rev() {
            text.replace_range(range, &new);
        }
        text
    }
}

/// A block whose fence is `line`; its body begins at `start`.
fn begin(line: &str, number: usize, start: usize) -> Block {
    let mut words = line.trim_matches(|c: char| c == '`' || c.is_whitespace()).split_whitespace();
    Block {
        kind: words.next().unwrap_or_default().to_owned(),
        words: words.map(str::to_owned).collect(),
        line: number,
        text: String::new(),
        body: start..start,
        end: start,
    }
}

fn close(page: &str, mut block: Block, sections: &mut [Section]) {
    page.get(block.body.clone()).unwrap_or_default().clone_into(&mut block.text);
    if let Some(section) = sections.last_mut() {
        section.blocks.push(block);
    }
}

fn plain(line: &str, number: usize, sections: &mut Vec<Section>) {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    if level > 0
        && let Some(title) = line.get(level..).and_then(|rest| rest.strip_prefix(' '))
    {
        let title = title.trim().to_owned();
        sections.push(Section { title, level, line: number, has_prose: false, blocks: Vec::new() });
    } else if let Some(section) = sections.last_mut() {
        section.has_prose |= !line.trim().is_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Topic\n\n## One\n\nProse.\n\n```policy file=a.ascp bare\nrule x { }\n```\n\n## Two\n\n````text\n```\n# no heading\n````\n";

    #[test]
    fn headings_and_blocks() {
        let page = Page::read(PAGE);
        let titles: Vec<(&str, usize, usize)> =
            page.sections.iter().map(|it| (&*it.title, it.level, it.line)).collect();
        assert_eq!(titles, [("Topic", 1, 1), ("One", 2, 3), ("Two", 2, 11)]);
        let block = &page.sections[1].blocks[0];
        assert_eq!((&*block.kind, &*block.text, block.line), ("policy", "rule x { }\n", 7));
        assert_eq!(block.attribute("file"), Some("a.ascp"));
        assert!(block.has("bare") && page.sections[1].has_prose && !page.sections[2].has_prose);
        assert_eq!(page.sections[2].blocks[0].text, "```\n# no heading\n");
    }

    #[test]
    fn blocks_are_replaced_and_added() {
        let page = Page::read(PAGE);
        let edits = [
            (1, "policy", "new\n".to_owned()),
            (1, "diagnostics", "said\n".to_owned()),
            (2, "text", String::new()),
        ];
        let edited = Page::read(&page.with_blocks(&edits));
        let texts: Vec<(&str, &str)> = edited
            .sections
            .iter()
            .flat_map(|section| &section.blocks)
            .map(|block| (&*block.kind, &*block.text))
            .collect();
        assert_eq!(texts, [("policy", "new\n"), ("diagnostics", "said\n"), ("text", "")]);
    }
}
