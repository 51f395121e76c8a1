//! What the store costs: `cargo bench --locked --profile release --bench store`.
//!
//! The data is made here: 638,000 interactions of 47,000 readers with 10,000
//! books. With `GOODBOOKS=FOLDER`, a folder with `books.csv`,
//! `goodbooks_categories.csv` and `to_read_subset.csv` of goodbooks-10k, a table
//! of figures on that data is printed too.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use futures::executor::block_on;
use recommendations::book::{Book, BookId};
use recommendations::catalog::Catalog;
use recommendations::category::{Categories, Category};
use recommendations::history::History;
use recommendations::interaction::{Interaction, Kind, Time};
use recommendations::reader::ReaderId;
use recommendations::shop::{Deadline, NewInteraction, Settings, Shop};
use recommendations::store::{Database, Location, StoreError};
use tempfile::TempDir;

const BOOKS: i32 = 10_000;
const READERS: i32 = 47_000;
const INTERACTIONS: usize = 638_000;

/// Names the file that a process of its own measures, one whose memory nothing
/// else was in.
const MEASURED: &str = "MEASURED_FILE";

fn main() {
    if let Some(file) = env::var_os(MEASURED) {
        measure(Location::from(file));
    } else if let Some(folder) = env::var_os("GOODBOOKS") {
        goodbooks(&PathBuf::from(folder));
    } else {
        divan::main();
    }
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn import_into_a_new_file(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(INTERACTIONS))
        .with_inputs(|| (Place::new(), books(), interactions()))
        .bench_values(|(place, books, interactions)| {
            import(&place, books, interactions);
            place
        });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn import_into_a_full_file(bencher: Bencher<'_, '_>) {
    let place = full_place();
    bencher
        .counter(ItemsCount::new(INTERACTIONS))
        .with_inputs(|| (books(), interactions()))
        .bench_values(|(books, interactions)| import(&place, books, interactions));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn open_and_check(bencher: Bencher<'_, '_>) {
    let place = full_place();
    bencher.bench_local(|| place.open());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn read_everything(bencher: Bencher<'_, '_>) {
    let place = full_place();
    let database = place.open();
    bencher
        .counter(ItemsCount::new(INTERACTIONS))
        .bench_local(|| read(&database));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn write_anew(bencher: Bencher<'_, '_>) {
    let place = full_place();
    let mut database = place.open();
    bencher.bench_local(|| assert!(database.rewrite().unwrap()));
}

#[divan::bench(sample_count = 3, sample_size = 1, args = [1, 50])]
fn commits(bencher: Bencher<'_, '_>, writers: usize) {
    let place = Place::new();
    let shop = Shop::open(place.open(), Settings::default()).unwrap();
    bencher
        .counter(ItemsCount::new(writers * 20))
        .bench(|| write(&shop, writers, 20));
}

/// A file in a folder that goes with it.
struct Place {
    _folder: TempDir,
    location: Location,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::File(folder.path().join("shop.db"));
        Place {
            _folder: folder,
            location,
        }
    }

    fn open(&self) -> Database {
        Database::open(&self.location, &[]).unwrap()
    }
}

fn full_place() -> Place {
    let place = Place::new();
    import(&place, books(), interactions());
    place
}

fn import(place: &Place, books: Vec<Book>, interactions: Vec<(ReaderId, Interaction)>) {
    let mut database = place.open();
    database
        .import(books, interactions, false, &mut |_| ())
        .unwrap();
    database.close().unwrap();
}

fn read(database: &Database) {
    let look = |book| {
        black_box::<Book>(book);
        Ok::<(), StoreError>(())
    };
    database.each_book(look).unwrap();
    let look = |_, history| {
        black_box::<History>(history);
        Ok::<(), StoreError>(())
    };
    database.each_history(look).unwrap();
}

/// Has so many writers record so many interactions each, and gives the time that
/// each took to be answered.
fn write(shop: &Shop, writers: usize, each: usize) -> Vec<Duration> {
    static NEXT: AtomicI32 = AtomicI32::new(1);
    let record = || {
        let mut times = Vec::with_capacity(each);
        for _ in 0..each {
            let new = NewInteraction {
                reader: ReaderId::new(NEXT.fetch_add(1, Ordering::Relaxed) % READERS).unwrap(),
                book: BookId::new(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap(),
                kind: Kind::Read,
                time: None,
            };
            let begun = Instant::now();
            block_on(shop.record(vec![new], Deadline::none())).unwrap();
            times.push(begun.elapsed());
        }
        times
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..writers).map(|_| scope.spawn(record)).collect();
        let times = threads.into_iter().map(|thread| thread.join().unwrap());
        times.flatten().collect()
    })
}

fn books() -> Vec<Book> {
    let book = |id| Book {
        id: BookId::new(id).unwrap(),
        title: format!("A book that has the number {id}"),
        author: "Somebody Who Writes".to_owned(),
        year: Some(1984),
        categories: Categories::from_iter([Category::Mystery]),
    };
    (1..=BOOKS).map(book).collect()
}

/// Interactions in no order. Some books are in far more histories than others.
fn interactions() -> Vec<(ReaderId, Interaction)> {
    let mut state: u64 = 42;
    let mut random = |below: i32| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let below = u64::try_from(below).unwrap();
        i32::try_from((state >> 33) % below).unwrap()
    };
    let mut interaction = |_| {
        let reader = ReaderId::new(random(READERS)).unwrap();
        let most = random(BOOKS) + 1;
        let interaction = Interaction {
            book: BookId::new(random(most) + 1).unwrap(),
            kind: Kind::Wanted,
            time: Time::UNKNOWN,
        };
        (reader, interaction)
    };
    (0..INTERACTIONS).map(&mut interaction).collect()
}

fn goodbooks(folder: &Path) {
    let rows = |name: &str| -> Vec<csv::StringRecord> {
        let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
        reader.records().map(Result::unwrap).collect()
    };
    let mut categories = HashMap::new();
    for row in rows("goodbooks_categories.csv") {
        let names = row[5]
            .split('|')
            .map(|name| name.parse::<Category>().unwrap());
        categories.insert(row[0].to_owned(), names.collect::<Categories>());
    }
    let books: Vec<Book> = rows("books.csv")
        .iter()
        .map(|row| Book {
            id: BookId::new(row[0].parse().unwrap()).unwrap(),
            title: row[1].to_owned(),
            author: row[2].to_owned(),
            year: row[3].trim_end_matches(".0").parse().ok(),
            categories: categories.get(&row[0]).copied().unwrap_or_default(),
        })
        .collect();
    let marks: Vec<(ReaderId, Interaction)> = rows("to_read_subset.csv")
        .iter()
        .map(|row| {
            let interaction = Interaction {
                book: BookId::new(row[1].parse().unwrap()).unwrap(),
                kind: Kind::Wanted,
                time: Time::UNKNOWN,
            };
            (ReaderId::new(row[0].parse().unwrap()).unwrap(), interaction)
        })
        .collect();

    let place = Place::new();
    let count = marks.len();
    for what in ["import, new file", "import, full file"] {
        let (books, marks) = (books.clone(), marks.clone());
        let spent = timed(what, || import(&place, books, marks));
        println!(
            "    {:.0} rows/s of CPU time",
            count as f64 / spent.as_secs_f64()
        );
    }
    let status = Command::new(env::current_exe().unwrap())
        .env(MEASURED, place.location.to_string())
        .status();
    assert!(status.unwrap().success());
}

/// Prints what a server's start and its writes take.
fn measure(location: Location) {
    let mut database = None;
    timed("open and check", || {
        database = Some(Database::open(&location, &[]).unwrap());
    });
    let database = database.unwrap();
    let mut books = Vec::new();
    let look = |book| {
        books.push(book);
        Ok::<(), StoreError>(())
    };
    database.each_book(look).unwrap();
    let before = resident_bytes();
    let catalog = Catalog::new(books.clone());
    let bytes = (resident_bytes() - before) / catalog.len();
    println!("{bytes} bytes a book, the texts twice");
    drop((books, catalog));

    let before = resident_bytes();
    let mut shop = None;
    timed("load", || {
        shop = Some(Shop::open(database, Settings::default()).unwrap());
    });
    let shop = shop.unwrap();
    let bytes = resident_bytes() - before;
    println!(
        "    with a build of {:?}; {bytes} bytes more",
        shop.model_figures().build_time
    );
    for writers in [1, 50] {
        let mut times = write(&shop, writers, 2000 / writers);
        times.sort_unstable();
        let at = |part: usize| times[times.len() * part / 100];
        println!("{writers} writers: p50 {:?}, p99 {:?}", at(50), at(99));
    }
    println!("{:?}", shop.write_figures());
}

/// Prints how long it took on the clock and on the processor; gives the latter.
fn timed(what: &str, work: impl FnOnce()) -> Duration {
    let (begun, spent) = (Instant::now(), processor_time());
    work();
    let spent = processor_time() - spent;
    println!("{what}: {:?}, CPU {spent:?}", begun.elapsed());
    spent
}

/// The processor time that this thread has had.
fn processor_time() -> Duration {
    let times = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(times.split(' ').next().unwrap().parse().unwrap())
}

/// The memory that the process has, in bytes.
fn resident_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    let kibibytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes * 1024
}
