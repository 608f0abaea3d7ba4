//! A picture as text for Mermaid and for Graphviz.

use super::build::{Graph, Node, NodeKind};
use std::fmt::Write as _;

/// As a Mermaid flowchart.
pub(super) fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for Node { id, kind, label, .. } in &graph.nodes {
        let (open, close) = match kind {
            NodeKind::Phase => ("([", "])"),
            NodeKind::Rule => ("{{", "}}"),
            NodeKind::Effect | NodeKind::Model | NodeKind::Candidate | NodeKind::Dropped => ("[", "]"),
            NodeKind::Tenant => ("[[", "]]"),
        };
        writeln!(text, "  n{id}{open}\"{}\"{close}", escaped(label)).ok();
    }
    for edge in &graph.edges {
        let label =
            if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(&edge.label)) };
        writeln!(text, "  n{} {}{label} n{}", edge.from, arrow(graph, edge.to), edge.to).ok();
    }
    text
}

/// What falls out hangs on a dotted line.
fn arrow(graph: &Graph, to: usize) -> &'static str {
    let is_dropped = graph.nodes.get(to).is_some_and(|node| node.kind == NodeKind::Dropped);
    if is_dropped { "-.->" } else { "-->" }
}

/// Text that Mermaid takes for nothing else: its own entities for what it would read.
fn escaped(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    for character in label.chars() {
        match character {
            '\n' => text.push_str("<br/>"),
            '"' => text.push_str("#quot;"),
            '<' => text.push_str("#lt;"),
            '>' => text.push_str("#gt;"),
            '#' => text.push_str("#35;"),
            '&' => text.push_str("#amp;"),
            other => text.push(other),
        }
    }
    text
}

/// As a Graphviz digraph.
pub(super) fn dot(graph: &Graph) -> String {
    let mut text = "digraph policy {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for Node { id, kind, label, .. } in &graph.nodes {
        let shape = match kind {
            NodeKind::Phase => ", shape=oval",
            NodeKind::Rule => ", shape=hexagon",
            NodeKind::Tenant => ", shape=house",
            NodeKind::Effect | NodeKind::Model | NodeKind::Candidate => "",
            NodeKind::Dropped => ", style=dashed",
        };
        writeln!(text, "  n{id} [label={}{shape}];", quoted(label)).ok();
    }
    for edge in &graph.edges {
        let label =
            if edge.label.is_empty() { String::new() } else { format!(" [label={}]", quoted(&edge.label)) };
        writeln!(text, "  n{} -> n{}{label};", edge.from, edge.to).ok();
    }
    text.push_str("}\n");
    text
}

fn quoted(label: &str) -> String {
    format!("\"{}\"", label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stay_labels() {
        assert_eq!(escaped("a < \"b\" && #c\nd"), "a #lt; #quot;b#quot; #amp;#amp; #35;c<br/>d");
        assert_eq!(quoted("a \\ \"b\"\nc"), "\"a \\\\ \\\"b\\\"\\nc\"");
    }
}
