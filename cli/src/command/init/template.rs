//! What `init` writes, embedded.

use crate::args::Template;
use crate::command::key::FreshKey;
use crate::exit::Failure;

/// One file to write.
#[derive(Debug)]
pub(super) struct File {
    /// Its path below the package's directory.
    pub(super) name: &'static str,
    /// What it says.
    pub(super) text: String,
}

/// Embeds files of one directory by their names.
macro_rules! embedded {
    ($directory:literal: $($name:literal;)*) => {
        &[$(($name, include_str!(concat!($directory, $name))),)*]
    };
}

/// The smallest package that does something.
const MINIMAL: &[(&str, &str)] = embedded! {
    "../../../templates/minimal/":
    "policy.ascp";
    "tests/app.test.yaml";
};

/// The example of a bank. Its README and the tests of its demo keys stay behind: a package that is
/// someone's own has other keys.
const FINTECH: &[(&str, &str)] = embedded! {
    "../../../../policies/fintech/":
    "chains.ascp";
    "detectors.ascp";
    "exceptions.ascp";
    "invariants.ascp";
    "models.ascp";
    "policy.ascp";
    "profiles.ascp";
    "providers.ascp";
    "redactions.ascp";
    "regions.ascp";
    "rules.ascp";
    "tenants/fraud.ascp";
    "tenants/labs.ascp";
    "tenants/payments.ascp";
    "tenants/retail.ascp";
    "tenants/support.ascp";
    "tenants/treasury.ascp";
    "tests/chains.test.yaml";
    "tests/exceptions.test.yaml";
    "tests/limits.test.yaml";
    "tests/reach.test.yaml";
    "tests/redaction.test.yaml";
    "tests/residency.test.yaml";
    "tests/rules.test.yaml";
    "tests/search.test.yaml";
    "tests/workloads.test.yaml";
    "workloads.ascp";
};

/// The example of a hospital group, without the same.
const HEALTHCARE: &[(&str, &str)] = embedded! {
    "../../../../policies/healthcare/":
    "chains.ascp";
    "detectors.ascp";
    "exceptions.ascp";
    "invariants.ascp";
    "models.ascp";
    "policy.ascp";
    "profiles.ascp";
    "providers.ascp";
    "redactions.ascp";
    "regions.ascp";
    "rules.ascp";
    "tenants/bedside.ascp";
    "tenants/behavioral.ascp";
    "tenants/billing.ascp";
    "tenants/emergency.ascp";
    "tenants/portal.ascp";
    "tenants/research.ascp";
    "tests/agreements.test.yaml";
    "tests/deidentification.test.yaml";
    "tests/exceptions.test.yaml";
    "tests/limits.test.yaml";
    "tests/minimum_necessary.test.yaml";
    "tests/rules.test.yaml";
    "tests/workloads.test.yaml";
    "workloads.ascp";
};

/// The example of a European software company, without the same.
const EU_SAAS: &[(&str, &str)] = embedded! {
    "../../../../policies/eu_saas/":
    "chains.ascp";
    "detectors.ascp";
    "exceptions.ascp";
    "invariants.ascp";
    "models.ascp";
    "policy.ascp";
    "profiles.ascp";
    "providers.ascp";
    "redactions.ascp";
    "regions.ascp";
    "rules.ascp";
    "tenants/alpen.ascp";
    "tenants/aurora.ascp";
    "tenants/brightdesk.ascp";
    "tenants/casaverde.ascp";
    "tenants/hobby.ascp";
    "tenants/lindau.ascp";
    "tenants/lumiere.ascp";
    "tenants/polder.ascp";
    "tenants/studio.ascp";
    "tenants/vauban.ascp";
    "tests/exceptions.test.yaml";
    "tests/personal_data.test.yaml";
    "tests/plans.test.yaml";
    "tests/records.test.yaml";
    "tests/rules.test.yaml";
    "tests/sub_processors.test.yaml";
    "workloads.ascp";
};

/// The CI workflow.
const WORKFLOW: (&str, &str) =
    (".github/workflows/policy.yml", include_str!("../../../templates/policy.yml"));

/// The hooks that run before a commit.
const HOOKS: (&str, &str) =
    (".pre-commit-config.yaml", include_str!("../../../templates/pre-commit-config.yaml"));

/// The file of the minimal package that holds its tenant.
const MINIMAL_TENANT: &str = "policy.ascp";

/// The file of the bank whose tenant gets the fresh key.
const FINTECH_TENANT: &str = "tenants/retail.ascp";

/// The file of the hospital group whose tenant gets the fresh key.
const HEALTHCARE_TENANT: &str = "tenants/portal.ascp";

/// The file of the software company whose tenant gets the fresh key.
const EU_SAAS_TENANT: &str = "tenants/brightdesk.ascp";

/// How a digest of a key begins.
const DIGEST_START: &str = "\"sha256:";

/// The files of a template, with this key for its first tenant.
///
/// Keys of other tenants are drawn and thrown away: published ones must not open anything.
///
/// # Errors
///
/// The system has no randomness to give.
pub(super) fn files(template: Template, key: &FreshKey) -> Result<Vec<File>, Failure> {
    let (embedded, own) = match template {
        Template::Minimal => (MINIMAL, MINIMAL_TENANT),
        Template::Fintech => (FINTECH, FINTECH_TENANT),
        Template::Healthcare => (HEALTHCARE, HEALTHCARE_TENANT),
        Template::EuSaas => (EU_SAAS, EU_SAAS_TENANT),
    };
    let mut files = Vec::new();
    for (name, text) in embedded {
        let mut fresh = (*name == own).then(|| key.digest.to_string());
        let text = with_digests(text, || match fresh.take() {
            Some(digest) => Ok(digest),
            None => FreshKey::draw().map(|key| key.digest.to_string()),
        })?;
        files.push(File { name, text });
    }
    files.extend([WORKFLOW, HOOKS].map(|(name, text)| File { name, text: text.to_owned() }));
    Ok(files)
}

/// The text with each quoted digest replaced by the next of `digests`.
fn with_digests(text: &str, mut digests: impl FnMut() -> Result<String, Failure>) -> Result<String, Failure> {
    let mut parts = text.split(DIGEST_START);
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, after) = part.split_once('"').unwrap_or((part, ""));
        done.push('"');
        done.push_str(&digests()?);
        done.push('"');
        done.push_str(after);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn digests_are_replaced_one_by_one() {
        let mut count = 0;
        let text = with_digests("a \"sha256:00\" as \"b\"\nc \"sha256:11\"", || {
            count += 1;
            Ok(format!("sha256:{count}"))
        });
        assert_eq!(text.unwrap(), "a \"sha256:1\" as \"b\"\nc \"sha256:2\"");
    }

    #[test]
    fn the_whole_examples_are_embedded() {
        for (name, files) in [("fintech", FINTECH), ("healthcare", HEALTHCARE), ("eu_saas", EU_SAAS)] {
            let embedded: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
            assert_eq!(embedded, written(name), "{name}");
        }
    }

    /// The files of an example that a template takes.
    fn written(example: &str) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies").join(example);
        let (mut found, mut folders) = (Vec::new(), vec![root.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.retain(|name| {
            name != "README.md" && name != "tests/identities.test.yaml" && !name.contains("/snapshots/")
        });
        found.sort();
        found
    }

    #[test]
    fn no_published_key_is_written() {
        let key = FreshKey::draw().unwrap();
        for (template, published) in [
            (Template::Fintech, "f778ea3f6ee3482746261d78e9956af685b5c6e28d4779311055be8365a11628"),
            (Template::Healthcare, "93eeaf7fa82fa56e8773ac811c599d9ef6ad67e5a0c644d5a4426eea873e0ffa"),
            (Template::EuSaas, "80b35941e85969294854a31fd896232514758c23af815714436afb06774f7862"),
        ] {
            let files = files(template, &key).unwrap();
            assert!(files.iter().all(|file| !file.text.contains(published)), "{template:?}");
            let with_key = files.iter().filter(|file| file.text.contains(&key.digest.to_string())).count();
            assert_eq!(with_key, 1, "{template:?}");
        }
    }
}
