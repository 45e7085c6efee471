//! Words around charts.

pub const NOTHING_YET: &str = "Nothing measured yet.";
pub const NUMBERS: &str = "Numbers";
pub fn left_out(rows: usize) -> String {
    format!("{rows} rows between these are left out here; the file of the run’s numbers has all.")
}
pub fn course(name: &str, first: &str, last: &str, x: &str, at: &str) -> String {
    format!("{name}: from {first} to {last} at {x} {at}.")
}
