//! Chat templates: a model's own Jinja text that turns a conversation into one string, rendered as
//! `transformers` does (blocks trimmed, Python's string and dictionary methods, `raise_exception`,
//! `strftime_now`, `tojson`). The clock comes in as an argument; a runaway template runs out of fuel.

use domain::prompt::Message;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use serde::Serialize;

/// Steps that one rendering may take; a long conversation takes some thousands.
const FUEL: u64 = 5_000_000;

/// A model's chat template and the special tokens it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatTemplate {
    source: String,
    bos: String,
    eos: String,
}

impl ChatTemplate {
    /// Takes the template after trying its syntax.
    ///
    /// # Errors
    /// What is wrong and in which line.
    pub fn new(
        source: impl Into<String>,
        bos: impl Into<String>,
        eos: impl Into<String>,
    ) -> Result<Self, String> {
        let template = Self {
            source: source.into(),
            bos: bos.into(),
            eos: eos.into(),
        };
        environment(0)
            .template_from_str(&template.plain())
            .map_err(|error| format!("chat template: {error:#}"))?;
        Ok(template)
    }

    /// The template of chat models without one of their own (`ChatML`).
    ///
    /// # Panics
    /// Never: its syntax is right.
    pub fn chat_ml() -> Self {
        let source = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
        Self::new(source, "<|im_start|>", "<|im_end|>").expect("its syntax is right")
    }

    /// The template's text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The conversation as one string. With `answer`, the opening of the assistant's next message is
    /// put behind it. `now` (epoch milliseconds, UTC) is what templates that write a date get.
    ///
    /// # Errors
    /// What the template says against the conversation (an unknown role, a missing user message).
    pub fn render(&self, messages: &[Message], answer: bool, now: i64) -> Result<String, String> {
        let plain = self.plain();
        let environment = environment(now);
        let context = context! {
            messages => messages,
            add_generation_prompt => answer,
            bos_token => self.bos,
            eos_token => self.eos,
        };
        environment
            .render_str(&plain, context)
            .map_err(|error| format!("chat template: {error}"))
    }

    /// Without the marks that tell `transformers` which part the assistant wrote.
    fn plain(&self) -> String {
        let mut source = self.source.clone();
        for word in ["generation", "endgeneration"] {
            for (open, close) in [("{%", "%}"), ("{%-", "%}"), ("{%", "-%}"), ("{%-", "-%}")] {
                let mark = format!("{open} {word} {close}");
                // An empty set block trims white space as the mark would.
                source = source.replace(&mark, &format!("{open} set _ = 0 {close}"));
            }
        }
        source
    }
}

fn environment(now: i64) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_fuel(Some(FUEL));
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function(
        "raise_exception",
        |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        },
    );
    environment.add_function("strftime_now", move |format: String| strftime(&format, now));
    environment.add_filter("tojson", |value: Value| -> Result<Value, Error> {
        let mut out = Vec::new();
        let mut json = serde_json::Serializer::with_formatter(&mut out, PythonJson);
        value
            .serialize(&mut json)
            .map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))?;
        Ok(Value::from_safe_string(
            String::from_utf8_lossy(&out).into_owned(),
        ))
    });
    environment
}

/// JSON with the spaces that Python's `json.dumps` puts.
struct PythonJson;

impl serde_json::ser::Formatter for PythonJson {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }
    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }
    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
    ) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}

/// The date formats that templates use; a code that is not among them stays as it is.
fn strftime(format: &str, now: i64) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = [
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
    ];
    let minute = domain::time::minute(now);
    let (date, clock) = minute.split_once(' ').unwrap_or((&minute, ""));
    let mut parts = date.rsplitn(3, '-');
    let (day, month) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let year = parts.next().unwrap_or("");
    let month_name = month
        .parse()
        .ok()
        .and_then(|m: usize| MONTHS.get(m.wrapping_sub(1)));
    let month_name = month_name.copied().unwrap_or("");
    let weekday = DAYS[usize::try_from(now.div_euclid(86_400_000).rem_euclid(7)).unwrap_or(0)];
    let mut out = String::new();
    let mut rest = format.chars();
    while let Some(letter) = rest.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        match rest.next() {
            Some('Y') => out.push_str(year),
            Some('m') => out.push_str(month),
            Some('d') => out.push_str(day),
            Some('B') => out.push_str(month_name),
            Some('b') => out.push_str(month_name.get(..3).unwrap_or("")),
            Some('A') => out.push_str(weekday),
            Some('a') => out.push_str(&weekday[..3]),
            Some('F') => out.push_str(date),
            Some('H') => out.push_str(clock.get(..2).unwrap_or("")),
            Some('M') => out.push_str(clock.get(3..).unwrap_or("")),
            Some('S') => out.push_str(&format!("{:02}", now.div_euclid(1000).rem_euclid(60))),
            Some('%') | None => out.push('%'),
            Some(other) => out.extend(['%', other]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(source: &str) -> ChatTemplate {
        ChatTemplate::new(source, "<s>", "</s>").unwrap()
    }

    fn talk() -> Vec<Message> {
        let assistant = Message {
            role: "assistant".into(),
            content: "Hello <b>".into(),
        };
        vec![Message::user(" Hi "), assistant]
    }

    #[test]
    fn chat_ml_is_written_as_its_models_expect() {
        let text = ChatTemplate::chat_ml().render(&talk(), true, 0).unwrap();
        assert_eq!(
            text,
            "<|im_start|>user\n Hi <|im_end|>\n<|im_start|>assistant\nHello <b><|im_end|>\n<|im_start|>assistant\n"
        );
    }

    #[test]
    fn python_methods_dates_json_and_generation_marks_work() {
        let source = "{%- if messages[0].content.strip().startswith('H') %}{{ bos_token }}{% endif %}\n\
            {{ strftime_now('%a %d %b %Y') }}|{{ {'a': [1, 2]}|tojson }}|{{ messages[0].get('x', 'none') }}\
            {% generation %}{{ eos_token }}{% endgeneration %}";
        // 2026-11-23 was a Monday.
        let text = template(source)
            .render(&talk(), false, 1_795_392_000_000)
            .unwrap();
        assert_eq!(text, "<s>Mon 23 Nov 2026|{\"a\": [1, 2]}|none</s>");
    }

    #[test]
    fn a_template_may_refuse_and_may_not_run_away() {
        let refusing = template("{{ raise_exception('roles must alternate') }}");
        let error = refusing.render(&talk(), false, 0).unwrap_err();
        assert!(error.contains("roles must alternate"), "{error}");
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a * b }}{% endfor %}{% endfor %}";
        assert!(
            template(endless)
                .render(&talk(), false, 0)
                .unwrap_err()
                .contains("fuel")
        );
        assert!(ChatTemplate::new("{% if %}", "", "").is_err());
    }
}
