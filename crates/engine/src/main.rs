//! The binary `touchstone-engine`.

fn main() {}
