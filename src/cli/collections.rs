//! `wirecopy collections`: lists the collections of a server, sets what they keep, and drops them.

use std::io::Write;

use anyhow::Result;
use clap::{ArgGroup, Args, Subcommand};
use indicatif::BinaryBytes;
use prost_types::Timestamp;
use wirecopy::id::Collection;
use wirecopy::server::client::Target;
use wirecopy::server::proto::{
    CollectionInfo, DropCollectionRequest, ListCollectionsRequest, SetRetentionRequest,
    StatsRequest,
};
use wirecopy::server::time::{duration, milliseconds};

use super::output::{self, count, counted};
use super::remote::{self, ServerArgs};
use super::show;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// List the collections of a server, set how long they keep articles, or drop one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy collections list
  wirecopy collections retain news --days 90
  wirecopy collections drop trial")]
pub struct CollectionsArgs {
    #[command(subcommand)]
    action: CollectionsAction,
}

#[derive(Debug, Subcommand)]
enum CollectionsAction {
    /// List the collections: articles, clusters, bytes of text, oldest and newest, retention
    List {
        #[command(flatten)]
        remote: ServerArgs,
    },
    /// Set how long a collection keeps articles after they were first seen
    ///
    /// Older articles are removed, now and whenever others reach that age. Their space is given back in
    /// the background.
    #[command(group(ArgGroup::new("kept").required(true)))]
    Retain {
        /// The collection.
        #[arg(value_name = "NAME", value_parser = Collection::parse)]
        collection: Collection,
        /// The number of days.
        #[arg(long, value_name = "N", group = "kept",
            value_parser = clap::value_parser!(u32).range(1..))]
        days: Option<u32>,
        /// Keep articles for good.
        #[arg(long, group = "kept")]
        forever: bool,
        #[command(flatten)]
        remote: ServerArgs,
    },
    /// Drop a collection: all its articles, what was learned of its hosts, and its retention
    ///
    /// This cannot be undone. The name can be used again at once.
    Drop {
        /// The collection.
        #[arg(value_name = "NAME", value_parser = Collection::parse)]
        collection: Collection,
        #[command(flatten)]
        remote: ServerArgs,
    },
}

impl CollectionsArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        match self.action {
            CollectionsAction::List { remote } => list(&remote.target()?),
            CollectionsAction::Retain {
                collection,
                days,
                remote,
                ..
            } => retain(&remote.target()?, &collection, days),
            CollectionsAction::Drop { collection, remote } => {
                drop_collection(&remote.target()?, &collection)
            }
        }
    }
}

fn list(server: &Target) -> Result<()> {
    let mut out = output::stdout();
    let mut page_token = String::new();
    let mut is_first = true;
    loop {
        let request = ListCollectionsRequest {
            page_size: 1000,
            page_token,
        };
        let failed = "failed to list the collections";
        let page = remote::call_admin(server, failed, async |mut client| {
            client.list_collections(request).await
        })?;
        if std::mem::take(&mut is_first) {
            writeln!(
                out,
                "{:<24} {:>12} {:>12} {:>12}  {:<20} {:<20} retention",
                "collection", "articles", "clusters", "text", "oldest", "newest"
            )?;
        }
        for one in &page.collections {
            write_collection(&mut out, one)?;
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(out.flush()?);
        }
    }
}

fn write_collection(out: &mut impl Write, one: &CollectionInfo) -> Result<()> {
    let time = |time: &Option<Timestamp>| match time.as_ref().map(milliseconds) {
        Some(Ok(ms)) => show::moment(ms),
        _ => "-".to_owned(),
    };
    let retention = match &one.retention {
        Some(kept) => days(kept.seconds.unsigned_abs() * 1000),
        None => "forever".to_owned(),
    };
    writeln!(
        out,
        "{:<24} {:>12} {:>12} {:>12}  {:<20} {:<20} {retention}",
        show::printable(&one.name),
        count(one.articles),
        count(one.clusters),
        BinaryBytes(one.text_bytes).to_string(),
        time(&one.oldest),
        time(&one.newest),
    )?;
    Ok(())
}

/// Returns a retention in days, to a tenth.
fn days(ms: u64) -> String {
    let tenths = ms * 10 / DAY_MS;
    match tenths % 10 {
        0 => counted(tenths / 10, "day"),
        tenth => format!("{}.{tenth} days", tenths / 10),
    }
}

fn retain(server: &Target, collection: &Collection, days: Option<u32>) -> Result<()> {
    let request = SetRetentionRequest {
        collection: collection.to_string(),
        retention: days.map(|days| duration(u64::from(days) * DAY_MS)),
    };
    let failed = "failed to set the retention";
    remote::call_admin(server, failed, async |mut client| {
        client.set_retention(request).await
    })?;
    let kept = match days {
        Some(days) => format!("for {}", counted(days.into(), "day")),
        None => "for good".to_owned(),
    };
    eprintln!("wirecopy: collection `{collection}` keeps articles {kept}");
    let request = StatsRequest {
        collection: collection.to_string(),
    };
    let failed = "failed to look into the collection";
    let stats = remote::call(server, failed, async |mut client| {
        client.stats(request).await
    })?;
    if stats.articles == 0 {
        output::report(format_args!(
            "collection `{collection}` has no articles yet"
        ));
    }
    Ok(())
}

fn drop_collection(server: &Target, collection: &Collection) -> Result<()> {
    let request = DropCollectionRequest {
        collection: collection.to_string(),
    };
    let failed = "failed to drop the collection";
    let dropped = remote::call_admin(server, failed, async |mut client| {
        client.drop_collection(request).await
    })?;
    match dropped.articles {
        0 => output::report(format_args!(
            "collection `{collection}` has no articles; `wirecopy collections list` shows those there are"
        )),
        articles => output::report(format_args!(
            "dropped collection `{collection}` with {}",
            counted(articles, "article")
        )),
    }
    Ok(())
}
