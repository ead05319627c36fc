//! `wirecopy demo`: sends a small newswire through the real server.

use std::collections::HashSet;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use wirecopy::config::{self, Layer, Use};
use wirecopy::files::Articles;
use wirecopy::server::client::AuthorizedChannel;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{
    Article, GetArticleRequest, GetClusterRequest, Judgement, ListClustersRequest, Match,
    Placement, Relation,
};
use wirecopy::server::{self, client};

use super::ingest;
use super::output::{self, counted};
use super::remote;
use super::serve;
use super::settings::{self, SettingsArgs};
use super::show::{self, percent};
use super::signals;

/// Invented articles, written for this demo.
const NEWSWIRE: &str = include_str!("../../demo/newswire.jsonl");

/// Send a small newswire through the real server, and show what it finds
///
/// Starts the server on a store in a temporary directory, sends it an invented newswire over gRPC, and
/// prints the clusters. The newswire has an agency story and the papers that carry it, a scraper's
/// page, a correction, a round-up, stories in Chinese, Arabic and Portuguese with their reprints, and
/// unrelated stories on the same subjects.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Keep the server running until Ctrl-C, to try other commands on it.
    #[arg(long)]
    stay: bool,
    /// The address to listen on with --stay.
    #[arg(long, value_name = "ADDRESS", requires = "stay",
        default_value_t = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), config::PORT))]
    listen: SocketAddr,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl DemoArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut flags = Layer::default();
        // Any free port, so as not to collide with a running server.
        let any_port = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        flags.serve.listen = Some(if self.stay { self.listen } else { any_port });
        flags.serve.insecure = Some(false);
        // Open to this machine only, so that the other commands need no token.
        flags.access.certificate = Some(PathBuf::new());
        flags.access.key = Some(PathBuf::new());
        flags.access.client_ca = Some(PathBuf::new());
        flags.access.tokens = Some(PathBuf::new());
        let mut config = self.settings.config(Use::Job, flags)?;
        let temporary = settings::temporary(&mut config)?;
        if !self.stay {
            signals::remove_when_stopped(temporary.path())?;
        }
        let engine = settings::open(temporary.path(), &config)?;
        remote::block_on(async {
            let listener = serve::bind(config.listen).await?;
            let url = format!("http://{}", listener.local_addr()?);
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let until = async move { drop(stopped.await) };
            let (limits, access) = (config.limits, config.access);
            let serving = server::run(listener, Arc::new(engine), limits, access, until);
            let showing = async {
                // Waited for from now on, so that Ctrl-C removes the store at any time.
                let asked_to_stop = match self.stay {
                    true => Some(signals::stop_signal()?),
                    false => None,
                };
                let shown = show_newswire(&url, self.stay).await;
                if let (Ok(()), Some(asked_to_stop)) = (&shown, asked_to_stop) {
                    asked_to_stop.await;
                }
                drop(stop);
                shown
            };
            let (served, shown) = tokio::join!(serving, showing);
            served?;
            shown
        })
    }
}

async fn show_newswire(url: &str, stay: bool) -> Result<()> {
    let mut client = client::connect(url).await?;
    let newswire = Articles::of_text("newswire.jsonl", NEWSWIRE);
    let counts = ingest::send(client.clone(), "", newswire).await?;
    let mut out = output::stdout();
    let articles = counted(counts.stored(), "article");
    writeln!(
        out,
        "{articles} of an invented newswire, sent over gRPC to a server at {url},"
    )?;
    writeln!(out, "with its store in a temporary directory.\n")?;

    write_clusters(&mut out, &mut client).await?;
    let stored = read_all(&mut client).await?;
    write_roles(&mut out, &stored)?;
    let related = write_relations(&mut out, &stored)?;
    write_unrelated(&mut out, &stored, &related)?;
    write_next(&mut out, url, stay)?;
    Ok(out.flush()?)
}

/// Writes the clusters, largest first.
async fn write_clusters(
    out: &mut impl Write,
    client: &mut WirecopyClient<AuthorizedChannel>,
) -> Result<()> {
    let request = ListClustersRequest {
        page_size: 1000,
        ..Default::default()
    };
    let mut clusters = client.list_clusters(request).await?.into_inner().clusters;
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.size));
    writeln!(
        out,
        "CLUSTERS: the earliest first, then its copies; how much of the first each carries, and"
    )?;
    writeln!(out, "how much of its own it adds\n")?;
    for cluster in clusters {
        let id = cluster.lead.unwrap_or_default().id;
        let request = GetClusterRequest {
            id,
            page_size: 1000,
            ..Default::default()
        };
        let cluster = client.get_cluster(request).await?;
        show::cluster(out, cluster.get_ref())?;
    }
    Ok(())
}

/// An article of the newswire as the server returns it.
struct DemoArticle {
    article: Article,
    placement: Placement,
    judgement: Judgement,
    matches: Vec<Match>,
}

/// Reads every article back, now that all are stored.
async fn read_all(client: &mut WirecopyClient<AuthorizedChannel>) -> Result<Vec<DemoArticle>> {
    let mut stored = Vec::new();
    for read in Articles::of_text("newswire.jsonl", NEWSWIRE) {
        let request = GetArticleRequest {
            id: read?.article.id,
            include_quotations: true,
            ..Default::default()
        };
        let reply = client.get_article(request).await?.into_inner();
        stored.push(DemoArticle {
            article: reply.article.unwrap_or_default(),
            placement: reply.placement.unwrap_or_default(),
            judgement: reply.judgement.unwrap_or_default(),
            matches: reply.matches,
        });
    }
    Ok(stored)
}

/// Writes the roles in the largest cluster, with their reasons.
fn write_roles(out: &mut impl Write, stored: &[DemoArticle]) -> Result<()> {
    let Some(largest) = stored.iter().max_by_key(|one| one.placement.size) else {
        return Ok(());
    };
    writeln!(
        out,
        "ROLES, and the reasons for them: weights are log odds. Those of one question add up: above 0, the text was\n\
         taken from elsewhere (source), is an agency's (agency), or is no article (contents)\n"
    )?;
    let cluster = &largest.placement.cluster;
    for one in stored
        .iter()
        .filter(|one| one.placement.cluster == *cluster)
    {
        writeln!(out, "  {} [{}]", one.article.publisher, one.article.id)?;
        show::judgement(out, &one.judgement)?;
    }
    Ok(writeln!(out)?)
}

/// Writes the relations between articles that are not copies, and returns the ids of these.
fn write_relations(out: &mut impl Write, stored: &[DemoArticle]) -> Result<HashSet<String>> {
    let mut written = HashSet::new();
    writeln!(
        out,
        "SHARED TEXT of articles that are not copies: round-ups, excerpts, quotations\n"
    )?;
    // Every match is known from both sides. An excerpt is better described from its own side than from
    // that of the whole article.
    for relation in [
        Relation::Excerpt,
        Relation::Carries,
        Relation::Embeds,
        Relation::Template,
        Relation::Overlap,
    ] {
        for (article, found) in between_leads(stored) {
            let pair = ((&article.id).min(&found.id), (&article.id).max(&found.id));
            if found.relation() != relation || !written.insert(pair) {
                continue;
            }
            let figures = found.figures.unwrap_or_default();
            let of_other = percent(figures.containment_of_other);
            let what = match relation {
                Relation::Excerpt => format!("is the beginning, {of_other}, of"),
                Relation::Carries | Relation::Embeds => format!("holds {of_other} of"),
                _ => {
                    let of_this = percent(figures.containment);
                    format!("shares passages, {of_this} of itself, with")
                }
            };
            let (title, publisher) = (&article.title, &article.publisher);
            let other = &found.title;
            writeln!(out, "  “{title}” ({publisher})\n    {what} “{other}”")?;
        }
    }
    writeln!(out)?;
    let ids = written
        .into_iter()
        .flat_map(|(a, b)| [a.clone(), b.clone()]);
    Ok(ids.collect())
}

/// Returns the matches between leads; they stand for those between their copies.
fn between_leads(stored: &[DemoArticle]) -> impl Iterator<Item = (&Article, &Match)> {
    let leads = stored
        .iter()
        .filter(|one| one.placement.cluster == one.article.id);
    leads.flat_map(|one| {
        let matches = one.matches.iter().filter(|found| found.cluster == found.id);
        matches.map(move |found| (&one.article, found))
    })
}

fn write_unrelated(
    out: &mut impl Write,
    stored: &[DemoArticle],
    related: &HashSet<String>,
) -> Result<()> {
    let alone = stored.iter().filter(|one| one.placement.size == 1);
    let alone = alone.map(|one| &one.article);
    let alone = alone.filter(|article| !related.contains(&article.id));
    let alone: Vec<_> = alone.collect();
    writeln!(
        out,
        "ON THE SAME SUBJECTS, in other words: {} that stand alone\n",
        counted(alone.len() as u64, "article")
    )?;
    for article in alone {
        writeln!(out, "  “{}” ({})", article.title, article.publisher)?;
    }
    Ok(writeln!(out)?)
}

fn write_next(out: &mut impl Write, url: &str, stay: bool) -> Result<()> {
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "wirecopy".to_owned());
    let lines = if stay {
        format!(
            "  The server and its store stay until Ctrl-C. The page to look at them, in a browser:
  {url}/
  In another terminal:
  {program} stats --server {url}
  {program} check --server {url} page.html"
        )
    } else {
        format!(
            "  {program} demo --stay                    this server, until Ctrl-C
  {program} cluster articles.jsonl.zst     your articles, in one process
  {program} serve --data ./wirecopy-data   a server of your own, and then:
  {program} ingest articles.jsonl
  {program} check page.html"
        )
    };
    writeln!(out, "WHAT NEXT\n\n{lines}\n  {program} --help")?;
    Ok(())
}
