//! Words about API tokens, and what `/v1/…` answers when it refuses.

pub const TOKENS: &str = "API tokens";
pub const LEAD: &str = "With a token a program calls this project’s models in the OpenAI format, in your name and with your role.";
pub const NEW: &str = "A new token";
pub const NAME: &str = "Name";
pub const NAME_HINT: &str = "What it is for, so that you know which one to take back.";
pub const CREATE: &str = "Create";
pub const THE_TOKEN: &str = "The token";
pub const ONCE: &str = "It is shown this once: copy it now. The server keeps only its hash.";
pub const YOURS: &str = "Your tokens";
pub const NONE: &str = "You have no tokens here.";
pub const MADE: &str = "Made";
pub const USED: &str = "Last used";
pub const NEVER: &str = "never";
pub const REVOKE: &str = "Take back";
pub const HOW: &str = "How to call";
pub const HOW_WORDS: &str =
    "Any client for the OpenAI format works, e.g. the openai package of Python:";
pub fn example(base: &str) -> String {
    format!(
        "from openai import OpenAI\n\nclient = OpenAI(base_url=\"{base}\", api_key=\"ts_…\")\nprint([model.id for model in client.models.list()])\nanswer = client.chat.completions.create(\n    model=\"…\",\n    messages=[{{\"role\": \"user\", \"content\": \"Hello\"}}],\n)\nprint(answer.choices[0].message.content)"
    )
}

pub const UNKNOWN_TOKEN: &str = "The token is missing, unknown, or was taken back.";
pub const NO_RIGHT: &str = "The token’s owner is no researcher of this project any more.";
pub fn too_many(seconds: i64) -> String {
    format!("Too many requests with this token. Try again in {seconds} seconds.")
}
pub const NOT_JSON: &str = "The body is no JSON object.";
pub const TOO_LARGE: &str = "The request is too large.";
pub fn no_model(name: &str) -> String {
    format!(
        "There is no model “{name}” in this project that can be used. GET /v1/models lists them."
    )
}
