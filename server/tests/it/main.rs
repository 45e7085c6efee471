//! The server through its router, as a browser with scripts off would use it: plain requests, plain
//! form posts, cookies. On SQLite always, on PostgreSQL when `TEST_POSTGRES_URL` is set.

mod account;
mod alpaca;
mod browser;
mod command;
mod dashboards;
mod derived;
mod fixture;
mod judging;
mod learning;
mod live;
mod outside;
mod pages;
mod projects;
mod proposing;
mod queue;
mod review;
mod sign_in;
mod simulate;
mod taxonomy;
mod test_app;
mod waiting;
mod walk;
