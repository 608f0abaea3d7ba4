//! What declarations of every kind begin with, and what any of them may say.

use super::reader::Reader;
use super::tree::Statement;
use crate::ast::{Header, Name};

/// `KIND name "title"`, and that a block follows or not.
pub(super) fn header(
    r: &mut Reader<'_>,
    statement: &Statement,
    form: &'static str,
    block: bool,
) -> Option<Header> {
    let mut cursor = r.cursor(statement, form);
    let name = cursor.need_name("a name")?;
    let title = cursor.string();
    cursor.end_of_line()?;
    if block && statement.block.is_none() {
        return cursor.fail("a block `{ … }`");
    }
    if !block {
        cursor.finish()?;
    }
    Some(Header { name, title, span: statement.span })
}

/// `satisfies soc2.cc6_7, …`, in any declaration.
pub(super) fn satisfies(r: &mut Reader<'_>, statement: &Statement, into: &mut Vec<Name>) {
    let mut cursor = r.cursor(statement, "satisfies soc2.cc6_7, pci_dss.r3_3_1");
    let names = cursor.need_paths("controls");
    if cursor.finish().is_some() {
        into.extend(names.unwrap_or_default());
    }
}
