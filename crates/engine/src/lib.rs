//! The engine: claims jobs from the database, trains, generates and scores, on the CPU or a GPU. See
//! [`worker`] for what it does with a job, [`http`] for what it answers on request, [`reproduce`] for how
//! the methods are checked.

pub mod add_model;
mod advice;
pub mod artifacts;
pub mod command;
pub mod device;
pub mod examples;
pub mod files;
pub mod generate;
pub mod held;
pub mod http;
pub mod hub;
pub mod loaded;
pub mod memory;
pub mod people;
pub mod precision;
pub mod reproduce;
pub mod sampled;
pub mod samples;
pub mod train;
pub mod turns;
pub mod versus;
pub mod words;
pub mod worker;
mod writer;
