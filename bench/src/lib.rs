//! What measurements and the durability test share: a server as a process of its own, a large project,
//! and annotators that talk to the server as a browser would, over connections of their own.
//!
//! Nothing in here looks into the server: what it says over HTTP and what lies in its database file is all
//! there is to go by.

pub mod annotator;
pub mod figures;
pub mod http;
pub mod load;
pub mod page;
pub mod process;
pub mod seed;
pub mod words;
