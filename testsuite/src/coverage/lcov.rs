//! Coverage as a tracefile of lcov, for the tools that read those.
//!
//! A line counts the exchanges of its most frequent outcome. Where several
//! outcomes stand on a line each is a branch of it: the block is what the
//! outcome is about, by its number on the line, and the branch is the outcome.

use super::lines::{Line, by_file};
use super::summary::Summary;
use std::fmt::Write as _;

/// One record for each file; `path` makes the name that tools find it by.
pub fn render(summary: &Summary, path: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for (file, lines) in by_file(summary) {
        let _ = writeln!(text, "TN:\nSF:{}", path(file));
        let branches: Vec<String> = lines.iter().flat_map(|(number, line)| branches(*number, line)).collect();
        let taken = branches.iter().filter(|branch| !branch.ends_with(",-") && !branch.ends_with(",0"));
        let taken = taken.count();
        for branch in &branches {
            text.extend([branch.as_str(), "\n"]);
        }
        let _ = writeln!(text, "BRF:{}\nBRH:{taken}", branches.len());
        for (number, line) in &lines {
            let _ = writeln!(text, "DA:{number},{}", line.times());
        }
        let hit = lines.values().filter(|line| line.times() > 0).count();
        let _ = writeln!(text, "LF:{}\nLH:{hit}\nend_of_record", lines.len());
    }
    text
}

/// The outcomes of a line that has several; where nothing came, none was ever decided.
fn branches(number: u32, line: &Line<'_>) -> Vec<String> {
    if line.units.len() < 2 {
        return Vec::new();
    }
    let is_reached = line.times() > 0;
    let (mut block, mut branch, mut before) = (0_u32, 0_u32, None);
    let mut branches = Vec::with_capacity(line.units.len());
    for one in &line.units {
        let about = (one.column, one.unit.what.as_str());
        match before {
            Some(before) if before == about => branch = branch.saturating_add(1),
            Some(_) => (block, branch) = (block.saturating_add(1), 0),
            None => {}
        }
        before = Some(about);
        let taken = if is_reached { one.times.to_string() } else { "-".to_owned() };
        branches.push(format!("BRDA:{number},{block},{branch},{taken}"));
    }
    branches
}
