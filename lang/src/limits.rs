//! Ceilings on what the compiler reads, each with its reason.
//!
//! Policy text is written by people and by generators, and is hostile until
//! it has been checked: every ceiling is tested at its edge.

/// Largest source file, in bytes.
///
/// Ten thousand tenants in one file are about 3 MiB; offsets fit in `u32` with room.
pub const SOURCE_BYTES_MAX: usize = 4 << 20;

/// Largest package, in bytes over all its files.
///
/// Ten times the largest generated package known; bounds the compiler's memory.
pub const PACKAGE_BYTES_MAX: usize = 32 << 20;

/// Most files in a package.
///
/// A directory tree that holds more is a wrong path, such as a home directory.
pub const PACKAGE_FILES_MAX: usize = 4_096;

/// Most packages that one package brings in, directly or through others.
///
/// An organisation has a baseline, and perhaps one a division; reading more is
/// following links that make a new path at every step.
pub const USED_PACKAGES_MAX: usize = 64;

/// Longest way from a package to one that it uses through others.
///
/// Each step is read, and where it is pinned compiled, within the one before.
pub const USE_DEPTH_MAX: usize = 8;

/// Deepest nesting of blocks and brackets, in policy text and in conditions.
///
/// Parser, checker and formatter recurse once per level. Policies written by
/// hand stay under 8; 64 leaves room for generated ones and fits a small stack.
pub const NESTING_DEPTH_MAX: usize = 64;

/// Longest string or regex literal, in bytes.
///
/// Longer lists of words belong in a file (`words from "…"`).
pub const LITERAL_BYTES_MAX: usize = 64 << 10;

/// Longest condition, in bytes.
///
/// Far beyond what a person can review; bounds the work of the CEL parser.
pub const CONDITION_BYTES_MAX: usize = 16 << 10;

/// Longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 128;

/// Most diagnostics that one run reports.
///
/// Past this a file is of another language; the last one says how many are left out.
pub const DIAGNOSTICS_MAX: usize = 500;

/// Largest file that `words from` reads, in bytes.
///
/// A million names of eight letters; the automaton of it stays under 100 MiB.
pub const WORDS_FILE_BYTES_MAX: usize = 8 << 20;

/// Deepest tree of a condition, in operators that stand inside each other.
///
/// `a + b + c` nests without brackets, so brackets alone do not bound it. The
/// checker and the engine recurse once per level; 256 fits a small stack, and
/// no person reads a sum of 256 terms. Chains of `&&` and `||` count once.
pub const CONDITION_DEPTH_MAX: usize = 256;

/// Largest compiled form of the pattern of a `matches`, in bytes.
///
/// Repetition multiplies: `(a{1000}){1000}` is 15 bytes and a million states.
pub const PATTERN_COMPILED_BYTES_MAX: usize = 1 << 20;
