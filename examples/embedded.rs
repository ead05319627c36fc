//! Opens an engine over an embedded store in a temporary directory, and clusters three texts: a
//! story, a paper that carries it with a paragraph of its own, and another story.
//!
//! ```text
//! cargo run --example embedded
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use std::error::Error;
use std::sync::Arc;

use wirecopy::engine::{Article, Body, Engine, Params};
use wirecopy::store::{Embedded, EmbeddedParams};

const STORY: &str = "The ferry Marlin ran aground off Halm shortly after four in the morning, with \
    forty passengers and a cargo of timber aboard. The harbour master said that the ship had missed \
    the channel in fog. All passengers walked ashore at low tide, carrying their shoes. The company \
    promised to pay for breakfast, and for the shoes.";

const ADDED: &str = "Readers in Arden may remember the autumn of 1998, when the same sandbank held the \
    mail boat for three days.";

const OTHER: &str = "Growers in the northern valley expect the smallest apple harvest since records \
    began, after frost in May was followed by hail in July. Half of the trees bear no fruit at all.";

fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let params = Params::default();
    // The store replays its journal through `derive`, and refuses to open with another `shape` than
    // it was made with.
    let store = Embedded::open(
        directory.path(),
        &EmbeddedParams::default(),
        &params.shape(),
        &params.derive(),
    )?
    .store;
    let engine = Engine::open(Arc::new(store), params)?;

    let reprint = format!("{STORY}\n\n{ADDED}\n\nSource: Halm Herald");
    for (url, publisher, published, text) in [
        (
            "https://ardencourier.example/ferry",
            "Arden Courier",
            "2024-03-05T09:00:00Z",
            &*reprint,
        ),
        (
            "https://halmherald.example/ferry",
            "Halm Herald",
            "2024-03-04T07:00:00Z",
            STORY,
        ),
        (
            "https://halmherald.example/apples",
            "Halm Herald",
            "2024-03-04T08:00:00Z",
            OTHER,
        ),
    ] {
        // The verdict arrives when the article is on disk.
        engine.ingest(Article {
            url: url.to_owned(),
            publisher: publisher.to_owned(),
            published_ms: Some(published.parse::<jiff::Timestamp>()?.as_millisecond()),
            body: Body::Text(text.to_owned()),
            ..Article::default()
        })?;
    }

    // The paper was ingested first, but the Herald published first and leads.
    for id in [
        "https://halmherald.example/ferry",
        "https://ardencourier.example/ferry",
        "https://halmherald.example/apples",
    ] {
        let stored = engine.get(&Default::default(), id, false, false)?;
        let (placement, judgement) = (stored.placement, stored.judgement);
        println!("{id}");
        println!(
            "  led by   {} ({} in the cluster)",
            placement.cluster, placement.size
        );
        println!("  relation {}", placement.relation.as_str());
        println!(
            "  shares   {:.0} % of it is in the lead, {:.0} % of the lead is in it",
            100.0 * placement.overlap.containment(),
            100.0 * placement.overlap.containment_of_other(),
        );
        println!(
            "  role     {} ({:.2})",
            judgement.role.as_str(),
            judgement.confidence
        );
    }
    engine.close()?;
    Ok(())
}
