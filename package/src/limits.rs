//! Ceilings on what is read from disk, each with its reason; those on files and bytes are the compiler's.

/// Deepest directory inside a package.
///
/// Organisations nest divisions and teams, four or five deep; a tree that is deeper is a wrong path.
pub const PACKAGE_DEPTH_MAX: usize = 32;

/// Most directory entries that a package's directory may hold, of any kind.
///
/// Above the limit on files, since tests and docs lie beside them; a wrong path is found early.
pub const PACKAGE_ENTRIES_MAX: usize = 65_536;
