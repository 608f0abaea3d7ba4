//! Diagnostics as text for people; the JSON form belongs to the `policy` command.
