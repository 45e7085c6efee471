//! The methods on a tiny model: they learn what they should, parts of a batch add up, checkpoints bring
//! back the same trajectory to the last bit, and LoRA trains what it says.

#![expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "small numbers, and what is compared is exact"
)]

mod methods;
mod precision;
mod runs;
mod support;
