//! The format of suites as the command meets it: includes on disk, tags, skips, the schema.

use crate::support::{Scratch, json, policy};

const PACKAGE: &str = r#"
policy p "P" { language 1; version "1" }
region here { country "DE" }
provider q { speaks openai; endpoint e { url "https://e.example/v1"; region here; key none } }
model m { aka "m"; offered by q as "m-1"; price 0 USD in, 0 USD out per 1M tokens }
tenant t { identify mtls subject "CN=t"; allow models m }
"#;

fn package(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("policy.ascp", PACKAGE);
    scratch.write("fixtures/who.yaml", "defaults: { tenant: t, model: m }\nreplies: { bye: { say: bye } }\n");
    scratch
}

#[test]
fn included_files_stay_in_the_package_and_spare_other_suites() {
    let scratch = package("include");
    let suite = |include: &str| {
        format!(
            "include: {include}\ncases:\n- {{ name: one, reply: bye, expect: {{ client: {{ equals: bye }} }} }}\n"
        )
    };
    scratch.write("tests/good.test.yaml", &suite("../fixtures/who.yaml"));
    let good = policy(scratch.path(), &["test"]);
    assert_eq!((good.code, good.out.as_str()), (0, "1 passed, 0 failed\n"), "{good:?}");
    scratch.write("tests/lost.test.yaml", &suite("../fixtures/whom.yaml"));
    scratch.write("tests/out.test.yaml", &suite("../../who.yaml"));
    scratch.write("fixtures/circle.yaml", "include: ../fixtures/circle.yaml\n");
    scratch.write("tests/circle.test.yaml", &suite("../fixtures/circle.yaml"));
    let bad = policy(scratch.path(), &["test"]);
    assert_eq!(bad.code, 1, "{bad:?}");
    for part in [
        "at tests/lost.test.yaml:1\n  cannot include `../fixtures/whom.yaml`: there is no such file",
        "at tests/out.test.yaml:1\n  cannot include `../../who.yaml`: the path leads out of the package",
        "at tests/circle.test.yaml:1\n  in `fixtures/circle.yaml`, line 1: cannot include",
        "1 passed, 3 failed\n",
    ] {
        assert!(bad.out.contains(part), "{part}\n{}", bad.out);
    }
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_package() {
    let scratch = package("include-link");
    let elsewhere = Scratch::new("include-elsewhere");
    elsewhere.write("secret.yaml", "password: x\n");
    let link = scratch.path().join("fixtures/secret.yaml");
    std::os::unix::fs::symlink(elsewhere.path().join("secret.yaml"), link).expect("a link");
    scratch
        .write("a.test.yaml", "include: fixtures/secret.yaml\ncases:\n- { name: a, expect: { end: cut } }\n");
    let said = policy(scratch.path(), &["test"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("`fixtures/secret.yaml`: the path leads out of the package"), "{said:?}");
    assert!(!said.out.contains("password"), "{said:?}");
}

#[test]
fn tags_choose_and_skips_run_out() {
    let scratch = package("tags");
    scratch.write(
        "a.test.yaml",
        "include: fixtures/who.yaml\ncases:\n\
         - { name: one, tags: [fast], expect: { verdict: allow } }\n\
         - { name: two, tags: slow, skip: { reason: no budget yet, until: 2027-01-31 }, expect: { cost: 0 } }\n",
    );
    let count = |args: &[&str]| {
        let said = policy(scratch.path(), &[&["test", "--format", "json"], args].concat());
        let value = json(&said.out);
        (said.code, ["passed", "failed", "skipped"].map(|key| value[key].as_u64().expect("a count")))
    };
    assert_eq!(count(&["--at", "2027-01-31"]), (0, [1, 0, 1]));
    assert_eq!(count(&["--at", "2027-01-31", "--tag", "fast"]), (0, [1, 0, 0]));
    assert_eq!(count(&["--at", "2027-01-31", "--skip-tag", "slow"]), (0, [1, 0, 0]));
    assert_eq!(count(&["--at", "2027-02-01"]), (1, [1, 1, 0]));
    let late = policy(scratch.path(), &["test", "--at", "2027-02-01"]);
    assert!(late.out.contains("at a.test.yaml:4\n  skip: its skip has run out, on 2027-01-31"), "{late:?}");
    let none = policy(scratch.path(), &["test", "--tag", "nothing"]);
    assert_eq!(none.code, 1, "{none:?}");
    assert!(none.err.contains("the tags leave no case"), "{none:?}");
}

#[test]
fn the_schema_is_printed_alone() {
    let scratch = Scratch::new("schema");
    let said = policy(scratch.path(), &["test", "--schema"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert_eq!(said.out, testsuite::suite::schema::text());
    assert_eq!(policy(scratch.path(), &["test", "--schema", "--update"]).code, 2);
}
