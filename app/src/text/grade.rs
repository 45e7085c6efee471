//! The gradebook.

pub const TITLE: &str = "Gradebook";
pub const QUESTIONS: &str = "Questions";
pub const QUESTION: &str = "Question";
pub const CLASS: &str = "Class";
pub const NONE: &str = "There is nothing to grade yet";
pub const NONE_WORDS: &str = "Import questions with students’ answers, and choose “grade” among the kinds of feedback in the settings.";
pub const PROGRESS: &str = "Progress";
pub const DISTRIBUTION: &str = "Grades so far";
pub const GRADE_NEXT: &str = "Grade next";
pub const DONE: &str = "all graded";
pub fn progress(graded: usize, all: usize) -> String {
    format!("{graded} of {all} graded")
}
pub const SHOW_NAMES: &str = "Show names";
pub const HIDE_NAMES: &str = "Hide names";
pub fn student(number: usize) -> String {
    format!("Student {number}")
}
pub const BACK: &str = "All questions";
pub const BACK_TO_CLASS: &str = "The class";
pub const BACK_TO_QUESTION: &str = "Back to the question";
pub const REFERENCE: &str = "Reference answer";
pub const ANSWERS: &str = "Answers";
pub const ANSWER: &str = "Answer";
pub const STUDENT: &str = "Student";
pub const GRADE: &str = "Grade";
pub const GRADED: &str = "graded";
pub const OPEN: &str = "not graded";
pub const REVIEW: &str = "Review";
pub const FEEDBACK: &str = "Feedback to the student";
pub fn several(count: usize) -> String {
    format!("({count} people graded it)")
}
pub fn not_counted(label: Option<&str>, by: &str) -> String {
    format!("{}, by {by}: not counted", label.unwrap_or(GRADED))
}

pub const RUBRIC: &str = "Rubric";
pub const RUBRIC_NOTE: &str = "An answer gets the points of the items ticked for it. A change re-scores every graded answer at once.";
pub const ITEM: &str = "Item";
pub const NEW_ITEM: &str = "New item";
pub const POINTS: &str = "Points";
pub const ADD: &str = "Add";
pub const SAVE: &str = "Save";
pub const UP: &str = "Move up";
pub const DOWN: &str = "Move down";
pub const REMOVE: &str = "Remove";
pub fn ticked(count: usize) -> String {
    match count {
        0 => "in no answer".into(),
        1 => "in 1 answer".into(),
        n => format!("in {n} answers"),
    }
}
pub fn changed(count: &str) -> String {
    match count.parse::<usize>() {
        Ok(0) | Err(_) => "Saved. No answer’s points changed.".into(),
        Ok(1) => "Saved. The points of 1 answer changed.".into(),
        Ok(n) => format!("Saved. The points of {n} answers changed."),
    }
}

pub const SAME_ANSWERS: &str = "Answers that say the same";
pub const SAME_ANSWERS_NOTE: &str = "Equal but for capitals, spaces and the punctuation of sentences. One grade can be given to all of them.";
pub fn equal_answers(count: usize) -> String {
    format!("{count} equal answers")
}
pub fn grade_together(count: usize) -> String {
    if count == 1 {
        "Grade the one that is left".into()
    } else {
        format!("Grade {count} together")
    }
}
pub fn given_before(grades: &[String]) -> String {
    format!("Given to some of them already: {}", grades.join("; "))
}
pub const GIVE_ALL: &str = "Give all of them this grade";
pub fn grouped(graded: &str, left: &str) -> String {
    let number = |text: &str| text.parse::<usize>().unwrap_or(0);
    match (number(graded), number(left)) {
        (graded, 0) => format!("{graded} answers graded."),
        (graded, left) => format!(
            "{graded} answers graded. {left} were left as they are: somebody else is grading them, or has."
        ),
    }
}

pub const CLASS_NOTE: &str = "The share is the mean worth of the graded answers.";
pub const GRADED_OF: &str = "Graded";
pub const TOTAL_POINTS: &str = "Points";
pub const SHARE: &str = "Share";
pub const SAVE_CSV: &str = "Save as CSV";
pub const NO_ANSWER: &str = "no answer";
pub fn number(n: usize) -> String {
    format!("Q{n}")
}
pub fn points_bare(points: f64) -> String {
    format!("{}", points + 0.0).replace('-', "−")
}
pub fn points(points: f64) -> String {
    if (points.abs() - 1.0).abs() < f64::EPSILON {
        format!("{} point", points_bare(points))
    } else {
        format!("{} points", points_bare(points))
    }
}
pub fn points_of(most: u32) -> String {
    format!("Points, 0 to {most}")
}
pub fn totals(graded: usize, answered: usize) -> String {
    format!("{graded} of {answered} answers graded")
}
pub const PRINT_NOTE: &str =
    "Print this page to hand it out: buttons and navigation stay off the paper.";
pub const MET: &str = "yes";
pub const NOT_MET: &str = "no";
pub const COUNT_PEOPLE: &str = "Count only grades by people";
pub fn count_others(count: usize, by: &str) -> String {
    match count {
        1 => format!("Count the 1 grade by {by} instead."),
        n => format!("Count the {n} grades by {by} instead."),
    }
}
pub fn counted(provenance_counted: Option<domain::Provenance>) -> String {
    match provenance_counted {
        Some(one) => format!("Only grades by {} count.", super::agreement::provenance(one)),
        None => "Grades by people, machines and simulated annotators count alike, because you asked for it.".into(),
    }
}
