//! Mutates real rows of every format and reads them with every format, for a given time:
//! `cargo run -p touchstone-domain --example fuzz_import -- --seconds 600 --seed 1 [FILE…]`.
//! Ends with the number of executions; a finding is printed with its input and fails the run.

use domain::import::{Format, Item, Layout, Plan, Reader};
use std::{
    panic,
    process::ExitCode,
    time::{Duration, Instant},
};

const SEEDS: [&str; 12] = [
    r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":null,"tool_calls":[{"id":1}]}]}"#,
    r#"{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}],"id":"x"}"#,
    r#"{"prompt":"p é","chosen":"c","rejected":"r","score_chosen":1.5}"#,
    r#"{"chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]}"#,
    r#"{"chosen":"\n\nHuman: q\n\nAssistant: a","rejected":"\n\nHuman: q\n\nAssistant: \ud83d\ude00"}"#,
    r#"{"prompt":[{"role":"user","content":"q"}],"completion":[{"role":"assistant","content":"a"}],"label":true}"#,
    "[\n{\"instruction\":\"q\",\"output\":\"a\",\"generator\":\"g\",\"dataset\":\"d\"},\n{\"instruction\":\"q\",\"output\":\"b\",\"generator\":\"h\"}]",
    r#"[{"instruction":"q","output_1":"a","output_2":"b","generator_1":"g","generator_2":"h","annotator":"j","preference":1.25,"raw_completion":{"x":[1]}}]"#,
    "{\"type\":\"prompt\",\"id\":\"p\",\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"criteria\":[{\"id\":\"c\",\"text\":\"t\",\"points\":1}]}\n{\"type\":\"response\",\"id\":\"r\",\"prompt\":\"p\",\"source\":{\"name\":\"s\",\"kind\":\"model\"},\"text\":\"a\"}",
    r#"{"type":"annotation","id":"a","kind":"critique","prompt":"p","responses":["r"],"provenance":"person","payload":{"remarks":[{"response":"r","text":"t","polarity":"problem","quote":{"start":0,"end":1,"text":"a"}}]},"at":1}"#,
    "\u{feff}prompt,response_1,source_1,response_2,winner,critique_2,polarity_2,refinement_1\n\"a \"\"b\"\"\nc\",x,m,y,tie,bad,problem,z\n",
    "question;reference;student;answer;points;label;feedback;max_points\nq;r;s;a;1,5;correct;well;2\n",
];

/// Bytes that mean something to one of the parsers.
const TOKENS: [&[u8]; 26] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b",",
    b":",
    b";",
    b"\t",
    b"\n",
    b"\r\n",
    b"null",
    b"true",
    b"1e999",
    b"-0",
    b"\\ud800",
    b"\\u0000",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\n\nHuman:",
    b"\n\nAssistant:",
    b"\"prompt\":",
    b"#0",
    "é日".as_bytes(),
];

/// xorshift64*: small, seeded, good enough to shuffle bytes.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let word = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(word).unwrap_or(0) % n.max(1)
    }
}

fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(16)).min(bytes.len());
        match random.below(7) {
            0 => drop(bytes.splice(at..at, TOKENS[random.below(TOKENS.len())].iter().copied())),
            1 => drop(bytes.splice(at..end, TOKENS[random.below(TOKENS.len())].iter().copied())),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 => {
                let part = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                bytes.splice(at..end, other[from..].iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    bytes
}

/// Reads the bytes in every way and checks what must hold of each row; the rows that could be read.
fn read(bytes: &[u8]) -> u64 {
    let Ok(guessed) = Plan::guess(bytes, "file") else {
        return 0;
    };
    let mut good = 0;
    for format in Format::ALL {
        for layout in [
            guessed.layout,
            Layout::Lines,
            Layout::Array,
            Layout::Table(b','),
        ] {
            let plan = Plan {
                format,
                layout,
                ..guessed.clone()
            };
            let mut last = 0;
            for (line, row) in Reader::new(bytes, &plan) {
                assert!(line >= last, "lines go backwards");
                last = line;
                match row {
                    Ok(Item::Example(example)) => {
                        assert!(
                            !example.prompt.messages.is_empty(),
                            "a prompt without messages"
                        );
                        let count = example.responses.len();
                        for mut feedback in example.feedback {
                            feedback.payload.visit_ids(
                                &mut |id| {
                                    let place = domain::import::place_of(id);
                                    assert!(place.is_some_and(|n| n < count), "{id} of {count}");
                                },
                                &mut |_| {},
                            );
                        }
                        good += 1;
                    }
                    Ok(Item::Record(_)) => good += 1,
                    Err(wrong) => assert!(!wrong.is_empty(), "refused without a reason"),
                }
            }
        }
    }
    good
}

fn main() -> ExitCode {
    let (mut seconds, mut seed) = (10, 1_u64);
    let mut seeds: Vec<Vec<u8>> = SEEDS.iter().map(|s| s.as_bytes().to_vec()).collect();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|n| n.parse::<u64>().ok());
        match argument.as_str() {
            "--seconds" => seconds = number().unwrap_or(seconds),
            "--seed" => seed = number().unwrap_or(seed),
            file => match std::fs::read(file) {
                Ok(bytes) => seeds.push(bytes[..bytes.len().min(4000)].to_vec()),
                Err(cause) => eprintln!("{file}: {cause}"),
            },
        }
    }
    // a zero state would stay zero
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let start = Instant::now();
    let (mut executions, mut rows, mut findings) = (0_u64, 0, 0);
    while start.elapsed() < Duration::from_secs(seconds) {
        let bytes = mutate(&mut random, &seeds);
        if let Ok(good) = panic::catch_unwind(|| read(&bytes)) {
            rows += good;
        } else {
            findings += 1;
            println!("finding {findings}: {:?}", String::from_utf8_lossy(&bytes));
        }
        executions += 1;
    }
    println!(
        "{executions} inputs, each read in {} ways, {rows} good rows, {findings} findings in {seconds} s (seed {seed})",
        Format::ALL.len() * 4
    );
    if findings == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
