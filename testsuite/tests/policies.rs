//! The packages under `policies/`: their suites read without a fault.

use std::error::Error;
use std::path::{Path, PathBuf};
use testsuite::suite::Suite;

#[test]
fn every_suite_reads() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    assert!(files.len() >= 7, "{files:?}");
    for file in files {
        let suite = Suite::read(&file.display().to_string(), &std::fs::read_to_string(&file)?);
        let broken = suite.entries.iter().filter_map(|entry| entry.case.as_ref().err());
        let faults: Vec<String> = suite
            .faults
            .iter()
            .chain(broken)
            .map(|fault| format!("{}:{}: {fault}", suite.file, fault.place.line))
            .collect();
        assert_eq!(faults, [""; 0]);
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.to_str().is_some_and(|name| name.ends_with(".test.yaml")) {
            files.push(path);
        }
    }
    Ok(())
}
