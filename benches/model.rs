//! What the model costs: `cargo bench --locked --profile release --bench model`.
//!
//! A table of figures comes first, of a shop that is made here: building, memory,
//! and the time of single calls for ten books, one after the other: some alone, and as
//! many as there is time for while another thread builds a model. Memory is Linux's, and of the whole process.
//!
//! - `GOODBOOKS=FOLDER`, a folder with `books.csv`, `goodbooks_categories.csv` and
//!   `to_read_subset.csv` of goodbooks-10k, takes that shop in place of
//!   the made one.
//! - `RECOMMENDATIONS_BENCH_SCALE=PART` takes, in place of the usual sizes, a shop
//!   of one million books, ten million readers and 200 million interactions
//!   divided by that number: 100, 10 or 1. The whole one takes some 10 GiB and many
//!   minutes.

#[path = "model/data.rs"]
mod data;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use std::{env, fs, thread};

use divan::{Bencher, black_box};
use recommendations::catalog::Catalog;
use recommendations::category::Category;
use recommendations::history::Histories;
use recommendations::model::Model;
use recommendations::query::{Query, ResultLimit};
use recommendations::reader::ReaderId;

use self::data::{Chance, Data, Size};

const USUAL: Size = Size {
    books: 10_000,
    readers: 47_000,
    interactions: 638_000,
};
const CALLS: usize = 100_000;

fn main() {
    println!(
        "shop                          build s   lists MiB  bytes/book  \
         histories MiB  bytes/interaction  peak MiB"
    );
    if let Ok(part) = env::var("RECOMMENDATIONS_BENCH_SCALE") {
        let part: i32 = part.parse().expect("the size is divided by a whole number");
        made(Size {
            books: 1_000_000 / part,
            readers: 10_000_000 / part,
            interactions: 200_000_000 / part.unsigned_abs(),
        });
        return;
    }
    if let Some(folder) = env::var_os("GOODBOOKS") {
        let folder = Path::new(&folder);
        let marks = data::goodbooks_marks(folder);
        let histories = || data::histories(&marks);
        figures("goodbooks-10k", data::goodbooks_catalog(folder), histories);
        return;
    }
    made(USUAL);
    divan::main();
}

fn made(size: Size) {
    let name = format!("{}/{}", size.books, size.readers);
    figures(&name, data::made_catalog(size), || {
        data::made_histories(size)
    });
}

fn figures(name: &str, catalog: Catalog, histories: impl FnOnce() -> Histories) {
    let before = mebibytes("VmRSS:");
    let histories = histories();
    let data = Data { catalog, histories };
    let histories_mib = mebibytes("VmRSS:") - before;

    let began = Instant::now();
    let model = Model::build(&data.catalog, &data.histories);
    let built = began.elapsed();
    let [books, interactions] = [model.books(), model.interactions()].map(|count| count as f64);
    let bytes = model.bytes() as f64;
    println!(
        "{name:<28}  {:7.2}  {:10.1}  {:10.0}  {histories_mib:13.0}  {:17.1}  {:8.0}",
        built.as_secs_f64(),
        bytes / MEBIBYTE,
        bytes / books,
        histories_mib * MEBIBYTE / interactions,
        mebibytes("VmHWM:"),
    );

    let readers = readers(&data.histories);
    let mut left = CALLS;
    let alone = calls(&data, &model, &readers, || {
        left -= 1;
        left > 0
    });
    println!(
        "  {interactions:.0} interactions; a list alone:      {}",
        percentiles(alone)
    );
    let is_built = AtomicBool::new(false);
    let busy = thread::scope(|scope| {
        scope.spawn(|| {
            black_box(Model::build(&data.catalog, &data.histories));
            is_built.store(true, Ordering::Relaxed);
        });
        calls(&data, &model, &readers, || {
            !is_built.load(Ordering::Relaxed)
        })
    });
    println!("  a list during a rebuild: {}", percentiles(busy));
}

fn readers(histories: &Histories) -> Vec<ReaderId> {
    let mut readers = Vec::new();
    histories.for_each(|reader, _| readers.push(reader));
    readers.sort_unstable();
    readers
}

/// How many nanoseconds single calls take, the history's look-up included, as long as
/// they go on; sorted.
fn calls(
    data: &Data,
    model: &Model,
    readers: &[ReaderId],
    mut goes_on: impl FnMut() -> bool,
) -> Vec<u32> {
    let mut chance = Chance(2);
    let mut times = Vec::new();
    while goes_on() {
        let query = query(readers, &mut chance);
        let began = Instant::now();
        let history = data.histories.of(query.reader);
        black_box(model.recommend(&data.catalog, &history, &query));
        times.push(u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX));
    }
    times.sort_unstable();
    times
}

fn query(readers: &[ReaderId], chance: &mut Chance) -> Query {
    let reader = chance.below(i32::try_from(readers.len()).unwrap());
    let category = chance.below(3);
    Query {
        reader: readers[usize::try_from(reader).unwrap()],
        category: Category::ALL[usize::try_from(category).unwrap()],
        limit: ResultLimit::new(10).unwrap(),
    }
}

fn percentiles(sorted: Vec<u32>) -> String {
    let micros = |per_mille: usize| f64::from(sorted[sorted.len() * per_mille / 1000]) / 1e3;
    format!(
        "p50 {:.1} µs, p99 {:.1} µs, p99.9 {:.1} µs",
        micros(500),
        micros(990),
        micros(999)
    )
}

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// A figure of this process, 0 where the system does not tell.
fn mebibytes(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn build(bencher: Bencher<'_, '_>) {
    let data = data::made(USUAL);
    bencher.bench_local(|| Model::build(&data.catalog, &data.histories));
}

#[divan::bench]
fn list_of_10(bencher: Bencher<'_, '_>) {
    let data = data::made(USUAL);
    let model = Model::build(&data.catalog, &data.histories);
    let readers = readers(&data.histories);
    let mut chance = Chance(3);
    bencher
        .with_inputs(|| {
            let query = query(&readers, &mut chance);
            (data.histories.of(query.reader), query)
        })
        .bench_local_values(|(history, query)| model.recommend(&data.catalog, &history, &query));
}
