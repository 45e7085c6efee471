//! Turns the compiled browser half and the style sheets into the folder that the server serves.
//!
//! `<site>/pkg/` gets one script, one wasm module and one style sheet, each named by its content
//! (so that a browser may keep it for ever) and with `.br` and `.gz` beside it; `<site>/assets.json`
//! names them. wasm-bindgen is the library, pinned to the version the browser half is built with,
//! so the two cannot disagree and nothing needs `cargo install`.

mod site;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use clap::Parser;
use site::{Kind, Site};

#[derive(Parser)]
struct Args {
    /// The compiled cdylib. Without it only the style sheet is written: the pages work with scripts off.
    #[arg(long)]
    wasm: Option<PathBuf>,
    /// Folder of style sheets: `tokens.css` first, then the others by name.
    #[arg(long)]
    style: PathBuf,
    /// Where the site goes.
    #[arg(long)]
    site: PathBuf,
    /// Most that script and wasm together may weigh, brotli-compressed, in kB (1000 bytes).
    #[arg(long, default_value_t = 250)]
    limit: u64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let begun = Instant::now();
    let wasm = match &args.wasm {
        Some(path) => {
            Some(fs::read(path).with_context(|| format!("cannot read {}", path.display()))?)
        }
        None => None,
    };
    let css = stylesheet(&args.style)?;
    let optimizer = wasm_opt_version();
    let inputs = site::digest(&[
        &fs::read(std::env::current_exe()?)?,
        wasm.as_deref().unwrap_or_default(),
        css.as_bytes(),
        optimizer.as_deref().unwrap_or_default().as_bytes(),
    ]);

    let mut site = Site::open(&args.site)?;
    if site.is_made_from(&inputs) {
        println!(
            "  the bundle is up to date ({} kB)",
            site.weight()?.div_ceil(1000)
        );
        return within(site.weight()?, args.limit);
    }
    site.add(Kind::Css, css.as_bytes())?;
    if let Some(wasm) = &wasm {
        let (script, module) = bind(wasm)?;
        let module = match &optimizer {
            Some(version) => optimize(module, version, &args.site)?,
            None => module,
        };
        site.add(Kind::Js, script.as_bytes())?;
        site.add(Kind::Wasm, &module)?;
    }
    site.finish(&inputs)?;
    println!("  bundled in {:.1} s", begun.elapsed().as_secs_f64());
    within(site.weight()?, args.limit)
}

/// All style sheets as one: `tokens.css` first, because the others use what it declares.
fn stylesheet(folder: &Path) -> Result<String> {
    let mut files: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|e| e.map(|e| e.path()))
            .collect::<Result<_, _>>()?,
        Err(_) => Vec::new(),
    };
    files.retain(|f| f.extension().is_some_and(|e| e == "css"));
    files.sort_by_key(|f| (f.file_name() != Some("tokens.css".as_ref()), f.clone()));
    let mut sheet = String::new();
    for file in files {
        sheet += &fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        sheet.push('\n');
    }
    Ok(sheet)
}

/// The script that loads the module, and the module made ready for it.
fn bind(wasm: &[u8]) -> Result<(String, Vec<u8>)> {
    let mut output = wasm_bindgen_cli_support::Bindgen::new()
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .input_bytes("touchstone", wasm.to_vec())
        .generate_output()
        .context("wasm-bindgen refused the module")?;
    if !output.snippets().values().all(Vec::is_empty) || !output.local_modules().is_empty() {
        bail!("a dependency brings script files of its own; the bundle is one script only");
    }
    Ok((output.js().to_owned(), output.wasm_mut().emit_wasm()))
}

/// The optimiser, when there is one that can be trusted: older ones (Debian 12 has 108) mix up the
/// module's tables, and the module then fails in the browser.
fn wasm_opt_version() -> Option<String> {
    const OLDEST: u32 = 116;
    let output = Command::new("wasm-opt").arg("--version").output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let number = |word: &str| word.parse::<u32>().ok();
    let version = said.split_whitespace().find_map(number)?;
    (output.status.success() && version >= OLDEST).then_some(said)
}

/// The module through `wasm-opt -Oz`; unchanged when that binaryen is too old for it.
fn optimize(module: Vec<u8>, version: &str, site: &Path) -> Result<Vec<u8>> {
    let (before, after) = (site.join("before.wasm"), site.join("after.wasm"));
    fs::write(&before, &module)?;
    let features = [
        "--enable-bulk-memory",
        "--enable-nontrapping-float-to-int",
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-reference-types",
        "--enable-multivalue",
    ];
    let run = Command::new("wasm-opt")
        .arg("-Oz")
        .args(features)
        .arg(&before)
        .arg("-o")
        .arg(&after)
        .output()?;
    let optimized = if run.status.success() {
        let smaller = fs::read(&after)?;
        println!(
            "  {version}: {} kB -> {} kB",
            module.len() / 1000,
            smaller.len() / 1000
        );
        smaller
    } else {
        let why = String::from_utf8_lossy(&run.stderr);
        let why = why
            .lines()
            .find(|l| !l.trim().is_empty())
            .unwrap_or("no reason given");
        println!("  {version} cannot read the module ({why}); it stays as the compiler made it");
        module
    };
    for scratch in [before, after] {
        // A refused module leaves no output file, and a left-over scratch file does no harm.
        let _ = fs::remove_file(scratch);
    }
    Ok(optimized)
}

fn within(bytes: u64, limit: u64) -> Result<()> {
    if bytes > limit * 1000 {
        bail!(
            "script and wasm weigh {} kB compressed, over the limit of {limit} kB",
            bytes.div_ceil(1000)
        );
    }
    Ok(())
}
