//! The server around the pages: settings, the listener, commands. A library too, so that tests can
//! drive the router without a socket.

pub mod data;
pub mod logs;
pub mod models;
mod observe;
pub mod serve;
pub mod simulate;
pub mod supervise;
pub mod user;
