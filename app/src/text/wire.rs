//! Words about servers that answer prompts: our engine and outside endpoints.

pub const ENGINE_AWAY: &str = "The engine on this server does not answer. The models page says how it stands and how to start it.";
pub const AWAY: &str =
    "Nothing answers at this address. Look at the address, and whether that server runs.";
pub const SLOW: &str = "No answer came in time. Ask for fewer tokens, or try again later.";
pub const BROKE_OFF: &str = "The answer broke off. Try again.";
pub const NOT_THE_FORMAT: &str =
    "What came back is not the OpenAI format. The address usually ends in /v1.";
pub fn refused(status: u16, said: &str, own: bool) -> String {
    let said = if said.is_empty() {
        String::new()
    } else {
        format!(" It says: {said}")
    };
    match status {
        401 | 403 => format!("The key was not accepted (status {status}).{said}"),
        404 => format!("The model or the address is unknown there (status 404).{said}"),
        429 => format!("It takes no more requests for now (status 429). Wait a little.{said}"),
        503 if own => format!("The engine cannot answer now.{said}"),
        200 => format!("It stopped in the middle.{said}"),
        _ => format!("It refused the request (status {status}).{said}"),
    }
}
