//! Scores and win rates over time.

pub const TITLE: &str = "Over time";
pub const LEAD: &str = "How chosen models stood, period by period: their share of the points in each, and their score from everything up to its end.";
pub const BY: &str = "By";
pub const WEEK: &str = "week";
pub const DAY: &str = "day";
pub const BLOCK: &str = "equal number of comparisons";
pub const MEASURE: &str = "Shown";
pub const RATE: &str = "share of the points";
pub const SCORE: &str = "score";
pub const PERIOD: &str = "Period";
pub const COMPARISONS: &str = "Comparisons";
pub const WEEKS_AGO: &str = "weeks ago";
pub const DAYS_AGO: &str = "days ago";
pub const SO_FAR: &str = "comparisons so far";
pub const ONE_PERIOD: &str = "Everything was said in one period: there is no course yet. By equal numbers of comparisons there may be.";
pub const TO_BLOCKS: &str = "Show by number of comparisons";
pub const NOTE: &str = "Shares of points with Wilson’s intervals; opponents and prompts change from period to period, so a change is a reason to look, not a proof. Scores are Bradley-Terry’s, from everything up to the period’s end; 1000 is the mean of the models that were there by then, so that all scores move when one joins. Weeks begin on Thursday, days at midnight UTC.";
pub const FEW: &str = "fewer than 30 comparisons";

/// A period's name.
pub fn period(begins: &str, ends: &str) -> String {
    if begins == ends {
        begins.to_owned()
    } else {
        format!("{begins} to {ends}")
    }
}
