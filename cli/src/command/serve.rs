//! `policy serve`: the sidecar.

use super::Outcome;
use crate::args::Serve;
use crate::exit::{Exit, Failure, said};
use crate::output::Output;
use crate::package;
use server::config::ConfigError;
use server::{Config, DirectoryLoader, ServeError, Server};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Serves until the process is told to stop.
pub(super) fn run(args: &Serve, output: &mut Output) -> Outcome {
    let config = config(args)?;
    let root = root(args, &config)?;
    let key = config.read_token_key().map_err(Failure::machine)?;
    let loader = DirectoryLoader::new(&root, key);
    let _log = server::telemetry::install(output.is_verbose());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::machine(format!("no threads to serve with: {error}")))?;
    runtime.block_on(async {
        let server =
            Server::bind(&config, Arc::new(loader)).await.map_err(|error| not_bound(&config, &error))?;
        if !output.is_quiet() {
            output.result(&greeting(&server, &root, config.simulate)?);
        }
        server.run(stopped()).await;
        Ok(Exit::Well)
    })
}

/// Waits for the signal to stop. Where signals cannot be heard, they end the process as they do by default.
async fn stopped() {
    if server::signalled().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The settings, with what the command line says in their place.
fn config(args: &Serve) -> Result<Config, Failure> {
    let mut config = match &args.config {
        None => Config::default(),
        Some(path) => Config::read(path).map_err(|error| not_read(path, &error))?,
    };
    config.simulate |= args.simulate;
    config.listen = args.listen.unwrap_or(config.listen);
    config.admin_listen = args.admin_listen.unwrap_or(config.admin_listen);
    Ok(config)
}

/// The package: as said, as the settings say, or the one around here.
fn root(args: &Serve, config: &Config) -> Result<PathBuf, Failure> {
    let said = args.package.package.as_deref().or(config.package.as_deref());
    package::root(said).map_err(|failure| match said {
        Some(_) => failure,
        None => failure.help("name a package, as in `policy serve policies/fintech --simulate`, or settings with `--config ascp.yaml`"),
    })
}

fn greeting(server: &Server, root: &Path, is_simulated: bool) -> Result<String, Failure> {
    let unknown = |error| Failure::machine(format!("the address cannot be told: {error}"));
    let (address, admin) = (server.address().map_err(unknown)?, server.admin_address().map_err(unknown)?);
    let how = if is_simulated { ", with a stand-in for the providers" } else { "" };
    Ok(format!("serving {} at http://{address}{how}; health at http://{admin}\n", root.display()))
}

fn not_read(path: &Path, error: &ConfigError) -> Failure {
    match error {
        ConfigError::Read { source, .. } => Failure::reading(path, source),
        ConfigError::TooLarge { .. }
        | ConfigError::Invalid(_)
        | ConfigError::NotSupported(_)
        | ConfigError::Value { .. } => Failure::usage(format!("`{}`: {error}", path.display())),
    }
}

fn not_bound(config: &Config, error: &ServeError) -> Failure {
    match error {
        ServeError::Package(diagnostics) => Failure::compile(diagnostics),
        ServeError::Listen { address, source } => {
            let flag = if *address == config.listen { "--listen" } else { "--admin-listen" };
            let other =
                if source.kind() == ErrorKind::AddrInUse { "another process listens there; " } else { "" };
            Failure::machine(format!("{error}: {}", said(source)))
                .help(format!("{other}choose another address with `{flag}`"))
        }
        ServeError::Tls(_) => Failure::machine(error.to_string()),
    }
}
