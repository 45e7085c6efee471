//! The engine: claims jobs from the database, trains, generates and scores, on the CPU or a GPU.

pub mod reproduce;
