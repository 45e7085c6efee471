//! Words about outside endpoints.

pub const ENDPOINTS: &str = "Endpoints";
pub const LEAD: &str = "Outside servers that speak the OpenAI format, such as vLLM, llama.cpp or a hosted service. Their models answer in the playground and for this project’s prompts.";
pub const NONE: &str = "No endpoint yet.";
pub const NEW: &str = "Add an endpoint";
pub const NAME: &str = "Name";
pub const NAME_HINT: &str = "What this project calls it.";
pub const BASE_URL: &str = "Address";
pub const BASE_URL_HINT: &str = "Up to and with /v1, e.g. https://api.example.org/v1";
pub const NO_ADDRESS: &str =
    "must begin with http:// or https:// and hold no name, password or question mark";
pub const KEY: &str = "Key";
pub const KEY_HINT: &str = "If it asks for one. It can be written here, and is not shown again.";
pub const NO_KEY: &str = "may hold no spaces";
pub const MODELS: &str = "Models";
pub const MODELS_HINT: &str =
    "The names you want to use, one a line. Testing the endpoint lists those it offers.";
pub const LEAVES: &str = "Prompts that you send to an endpoint leave this server.";
pub const CREATE: &str = "Add";
pub const HAS_KEY: &str = "set";
pub const HAS_NO_KEY: &str = "none";
pub const NO_MODELS: &str = "none named yet";
pub const TEST: &str = "Test";
pub const REMOVE: &str = "Remove";
pub fn works(models: usize) -> String {
    match models {
        1 => "It answers, and offers 1 model:".into(),
        n => format!("It answers, and offers {n} models:"),
    }
}
