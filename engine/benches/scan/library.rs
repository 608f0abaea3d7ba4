//! The model that has all of the library's detectors.

use lang::model::Model;
use lang::{Day, NoLoader, PackageFiles, compile};
use std::error::Error;

/// A package that reaches them.
const PACKAGE: &str = "
policy library { language 1 }
use std.{pii, secrets, attacks}
redaction all { pii.* flag; secrets.* flag; attacks.* flag; on input }
";

/// Compiles it.
pub(crate) fn model() -> Result<Model, Box<dyn Error>> {
    let files = vec![("policy.ascp".into(), PACKAGE.as_bytes().to_vec())];
    let compiled = compile(PackageFiles { path: "library".into(), files }, &NoLoader, Day::Unchecked);
    compiled.model.ok_or_else(|| format!("{:?}", compiled.diagnostics).into())
}
