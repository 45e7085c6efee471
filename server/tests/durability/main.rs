//! `kill -9` under load, fifty times: **whatever the server said is saved, is there, exactly once.**
//!
//! Eight people save drafts and submit answers over HTTP while the server's process is killed at seeded
//! random moments and started again on the same file. At the end the file must hold every answer and every
//! draft that was acknowledged, as it was sent, and nothing that nobody sent.

mod check;
mod people;

use bench::process::{Server, database_url};
use bench::seed::seed;
use people::{Door, Log, work};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::path::Path;
use std::time::{Duration, Instant};
use store::Store;

const KILLS: u64 = 50;
const PEOPLE: usize = 8;
const OVERLAP: u32 = 2;
/// More than they can answer in the time there is: people pause between two things.
const TASKS: u64 = 1600;
/// The moments of the kills, and what people do, follow from it.
const SEED: u64 = 20_260_201;

#[test]
fn what_was_acknowledged_survives_fifty_kills() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("killed.db");
    let url = database_url(&database);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(async {
        let store = Store::open(&url).await.unwrap();
        let world = seed(&store, folder.path(), TASKS, PEOPLE, OVERLAP)
            .await
            .unwrap();
        store.close().await;
        world
    });

    let begun = Instant::now();
    let door = Door::default();
    let logs: Vec<Log> = std::thread::scope(|scope| {
        let people: Vec<_> = (0..PEOPLE)
            .map(|person| {
                let (door, project) = (&door, &world.project);
                scope.spawn(move || work(person, project, door, SEED))
            })
            .collect();
        let mut random = StdRng::seed_from_u64(SEED);
        for round in 0..=KILLS {
            let mut server = start(&database);
            door.open(server.address);
            // the first round is longer: everybody signs in
            let first = if round == 0 { 1000 } else { 0 };
            std::thread::sleep(Duration::from_millis(first + random.random_range(5..500)));
            if round == KILLS {
                // the last server is not killed before everybody has gone home
                door.close();
                while !people
                    .iter()
                    .all(std::thread::ScopedJoinHandle::is_finished)
                {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
            server.kill().unwrap();
        }
        people
            .into_iter()
            .map(|person| person.join().unwrap())
            .collect()
    });
    let took = begun.elapsed();

    let answers: usize = logs.iter().map(|log| log.answered.len()).sum();
    let drafts: usize = logs.iter().map(|log| log.drafts.len()).sum();
    let unknown: usize = logs.iter().map(|log| log.unknown).sum();
    println!(
        "{KILLS} kills in {:.1} s: {answers} answers and drafts of {drafts} tasks acknowledged, {unknown} requests cut off",
        took.as_secs_f64()
    );
    let refused: Vec<&String> = logs.iter().flat_map(|log| &log.refused).collect();
    assert!(refused.is_empty(), "refused: {refused:#?}");
    // else the kills did not come under load, and the rest proves nothing
    assert!(answers > 300 && drafts > 100 && unknown >= 20);

    runtime.block_on(check::everything(&url, &world, &logs));
}

fn start(database: &Path) -> Server {
    let program = Path::new(env!("CARGO_BIN_EXE_touchstone"));
    let no_site = database.with_file_name("no-site");
    Server::start(program, database, &no_site).unwrap()
}
