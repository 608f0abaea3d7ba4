//! Ceilings on what the sidecar takes in and holds, each with its reason.

use std::time::Duration;

/// Most client connections at once.
///
/// One costs about 20 KiB when idle, so this is 80 MiB; a sidecar serves one host's applications.
pub const CONNECTIONS_MAX: usize = 4_096;

/// Most exchanges at once; past it requests are refused as overloaded.
///
/// Each may hold a body and a connection upstream. Providers admit far fewer per account.
pub const EXCHANGES_MAX: usize = 2_048;

/// Largest request body.
///
/// Providers take 32 MB at most, images included.
pub const BODY_BYTES_MAX: usize = 32 << 20;

/// Most bytes of request bodies held at once, over all exchanges.
///
/// Past it requests are refused as overloaded: memory never runs out instead. A body without a
/// stated length counts as [`BODY_BYTES_MAX`] from the start.
pub const BUFFERED_BYTES_MAX: usize = 256 << 20;

/// Largest head of a request, and what one connection buffers for writing.
///
/// SDKs send heads of 1 to 2 KiB; JWTs in them reach 16. The same bound lets a slow client
/// hold back its upstream after 64 KiB of answer.
pub const CONNECTION_BUFFER_BYTES_MAX: usize = 64 << 10;

/// Most headers in the head of a request.
pub const HEADERS_MAX: usize = 100;

/// Largest head of an answer, and what one upstream connection buffers.
pub const UPSTREAM_BUFFER_BYTES_MAX: usize = 128 << 10;

/// How long a connection may take to send a head; also how long it may be idle between requests.
///
/// Longer than the keep-alive of the usual SDKs' pools, so that they close first.
pub const HEAD_READ_TIME_MAX: Duration = Duration::from_secs(75);

/// How long a client may take to send its whole body.
pub const BODY_READ_TIME_MAX: Duration = Duration::from_mins(1);

/// How long a client may read nothing while there is something for it to read.
pub const CLIENT_STALL_TIME_MAX: Duration = Duration::from_mins(1);

/// How long a connection to an endpoint may take, its name's resolution and TLS included.
///
/// An exchange has deadlines of its own; this bounds what goes on behind one that gave up.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// How long an idle upstream connection is kept.
///
/// Below the 60 s after which common load balancers close theirs.
pub const UPSTREAM_IDLE_TIME_MAX: Duration = Duration::from_secs(50);

/// Most idle upstream connections kept per address.
pub const UPSTREAM_IDLE_MAX: usize = 256;

/// How long running exchanges get to end after a signal to stop.
///
/// Orchestrators kill after 30 s by default.
pub const DRAIN_TIME_MAX: Duration = Duration::from_secs(25);

/// How long a package must be quiet before it is read again.
///
/// Editors and `git checkout` write several files in a burst.
pub const RELOAD_QUIET_TIME: Duration = Duration::from_millis(200);

/// How often a package is looked at even when no change was announced.
///
/// Network and overlay file systems do not announce changes.
pub const RELOAD_POLL_TIME: Duration = Duration::from_secs(5);

/// Most records kept in memory.
pub const RECORDS_KEPT_MAX: usize = 1_024;

/// Largest file that holds a secret.
pub const SECRET_BYTES_MAX: u64 = 16 << 10;

/// Largest `ascp.yaml`.
pub const CONFIG_BYTES_MAX: u64 = 1 << 20;
