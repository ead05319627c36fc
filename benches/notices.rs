//! How long the search for notices takes in an article of 4 KB, on one core.
//!
//! The time is that of one article without a notice: folded, scanned for needles, and matched where one
//! stands. `english` has the most common words of English, from which most needles begin, among invented
//! ones; the other scripts have invented words alone.

mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use support::{TitleAndBody, articles, orthographies};
use wirecopy::notices::NoticeTable;

const BYTES: usize = 4096;
/// Every other word of the English text is one of these.
const COMMON: &str = "the of to and in a that for on with was said from by it as he at is be first has were \
    story have this after who their not an been they will about more when had but his are report which \
    one source news photo told published there original post read court";

fn english((title, body): TitleAndBody) -> TitleAndBody {
    let common = COMMON.split_whitespace().cycle();
    let words = body.split(' ').zip(common);
    let body = words.flat_map(|(invented, common)| [invented, " ", common, " "]);
    (title, body.collect())
}

fn search(criterion: &mut Criterion) {
    let table = NoticeTable::builtin();
    for script in orthographies() {
        let invented = articles(&script);
        let (name, articles) = match script.name {
            "latin" => ("english", invented.into_iter().map(english).collect()),
            name => (name, invented),
        };
        // An article in Han script has half as many bytes.
        let joined = articles.chunks(3).map(|three| {
            let bodies = three.iter().map(|(_, body)| body.as_str());
            (three[0].0.clone(), bodies.collect::<String>())
        });
        let mut articles: Vec<TitleAndBody> = joined.collect();
        for (_, body) in &mut articles {
            while body.len() > BYTES {
                body.pop();
            }
        }
        articles.retain(|(_, body)| body.len() > BYTES - 4);
        let mut next = articles.iter().cycle();
        criterion.bench_function(&format!("notices/{name}"), |bench| {
            bench.iter(|| {
                let (title, body) = next.next().expect("there are articles");
                black_box(table.search(title, black_box(body), &[]))
            });
        });
    }
}

criterion_group!(benches, search);
criterion_main!(benches);
