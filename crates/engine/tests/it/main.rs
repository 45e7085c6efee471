//! The engine as a process: jobs that it shares with others, runs that survive `kill -9`, and the wire
//! format as the official Python client speaks it. On SQLite always, on PostgreSQL when
//! `TEST_POSTGRES_URL` is set.

mod away;
mod jobs;
mod place;
mod runs;
mod tiny;
mod wire;
