// From nothing to a better model, through the web pages alone: an owner's account, a project, prompts from a file, two responses
// of SmolLM2 to each, simulated annotators, a reward model, DPO. Prints what the runs' pages say and how many minutes each part took.
// Started by scripts/prove-smollm.sh, which names the server, the engine's folder and the sizes in the environment.
import { chromium } from "@playwright/test";
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { prompts } from "./prompts.mjs";

const env = (name, otherwise) => process.env[name] || otherwise;
const COUNT = Number(env("PROVE_PROMPTS", "300"));
const TOKENS = env("PROVE_TOKENS", "64");
const MINUTES = Number(env("PROVE_MINUTES", "40"));
const RULE = env("PROVE_RULE", "shorter");
const WORDS = env("PROVE_WORDS", "you, your");
const NOISE = env("PROVE_NOISE", "0");
/** `name=value` for the two runs' forms, beside their defaults. */
const settings = (name, usual) => env(name, usual).split(/\s+/).filter(Boolean).map((it) => it.split("="));
const REWARD = settings("PROVE_REWARD", "batch_size=8 epochs=3 evaluate_every=40");
const DPO = settings("PROVE_DPO", "batch_size=8 learning_rate=0.0003 epochs=3 evaluate_every=40");
const folder = process.env.PROVE_FOLDER;

const begun = Date.now();
const minutes = (from = begun) => ((Date.now() - from) / 60_000).toFixed(1);
const say = (words) => console.log(`${minutes().padStart(5)} min  ${words}`);

const server = spawn(process.env.TOUCHSTONE, ["serve"], {
  cwd: process.env.ROOT,
  env: { ...process.env, DATABASE_URL: `sqlite://${join(folder, "touchstone.db")}`, DATA_DIR: folder },
  stdio: ["ignore", "pipe", "pipe"],
});
mkdirSync(join(folder, "pages"), { recursive: true });
const log = join(folder, "server.log");
let browser;
const stop = async (status) => {
  await browser?.close().catch(() => {});
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20_000))]);
  server.kill("SIGKILL");
  process.exit(status);
};
process.on("SIGINT", () => stop(130));
process.on("SIGTERM", () => stop(143));

const url = await new Promise((resolve, reject) => {
  const listen = (chunk) => {
    appendFileSync(log, chunk);
    const found = /http:\/\/[\d.]+:\d+/.exec(chunk.toString());
    if (found) resolve(found[0]);
  };
  server.stdout.on("data", listen);
  server.stderr.on("data", listen);
  server.once("exit", (code) => reject(new Error(`the server ended (${code}), see ${log}`)));
  setTimeout(() => reject(new Error(`the server did not start, see ${log}`)), 60_000);
}).catch(async (problem) => {
  console.error(problem.message);
  await stop(1);
});

/** Fills a form's fields by their names: text, a choice, a box to tick (`on`, or nothing). */
async function fill(page, fields) {
  for (const [name, value] of fields) {
    const field = page.locator(`form [name="${name}"]`).first();
    const kind = await field.evaluate((it) => `${it.tagName} ${it.type}`);
    // settings for those who know stand in a closed `details`
    await field.evaluate((it) => it.closest("details")?.setAttribute("open", ""));
    if (kind.startsWith("SELECT")) await field.selectOption(value);
    else if (kind === "INPUT checkbox") await field.setChecked(value === "on");
    else if (kind === "INPUT radio") await page.locator(`form [name="${name}"][value="${value}"]`).check();
    else await field.fill(value);
  }
}

/** Loads an address again and again until `done` says so of its page; what went wrong is the end. */
async function until(page, address, done, told) {
  let last = "";
  let missed = 0;
  for (;;) {
    let words, finished, bad;
    try {
      await page.goto(address);
      words = await told(page);
      finished = await done(page);
      bad = await page.locator(".notice.bad").allInnerTexts();
      missed = 0;
    } catch (problem) {
      // a page that loads itself anew may do so while it is read: look again
      missed += 1;
      if (missed > 10) throw problem;
      await page.waitForTimeout(1000);
      continue;
    }
    if (words !== last) say(`      ${words}`);
    last = words;
    if (finished) return;
    if (bad.length) throw new Error(bad.join(" "));
    if (Number(minutes()) > 3 * MINUTES) throw new Error("this takes far too long");
    await page.waitForTimeout(5000);
  }
}

const state = (page) => page.locator(".state").first().innerText().then((it) => it.replace(/\s+/g, " ").trim());
const over = async (page) => /^(done|failed|cancelled)/.test(await state(page));

async function run(page, project, method, fields) {
  const from = Date.now();
  await page.goto(`${project}/runs/new?method=${method}&provenance=simulated`);
  const base = page.locator('form [name="base"]');
  await base.selectOption({ label: "SmolLM2-135M-Instruct" });
  await fill(page, fields);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.waitForURL(/runs\/(?!new)/);
  const address = page.url();
  await until(page, address, over, state);
  if (!/^done/.test(await state(page))) throw new Error(`the run ${method} did not finish: ${await state(page)}`);
  await page.screenshot({ path: join(folder, "pages", `${method}.png`), fullPage: true });
  say(`${method}: ${minutes(from)} minutes`);
  const figures = [];
  for (const figure of await page.locator(".outcome .figure").all()) {
    const line = (await figure.innerText()).replace(/\s+/g, " ").trim();
    const [low, high] = (/interval ([\d.]+) % to ([\d.]+) %/.exec(line) ?? []).slice(1).map(Number);
    figures.push({ line, low, high });
    console.log(`           ${line}`);
  }
  for (const row of await page.locator(".outcome .baselines tr").all()) {
    console.log(`             beside it: ${(await row.innerText()).replace(/\s+/g, " ").trim()}`);
  }
  for (const remark of await page.locator(".outcome > p.notice").allInnerTexts()) console.log(`           ${remark}`);
  return figures;
}

/** Whether an interval lies above one half. */
const above = (figures, name) => figures.some((it) => it.line.startsWith(name) && it.low > 50);

try {
  const executablePath = process.env.CHROMIUM || undefined;
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
  const page = await browser.newPage({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(60_000);

  await page.goto(url);
  await fill(page, [["name", "Ada Owner"], ["email", "ada@example.org"], ["password", "a long sentence of Ada Owner"]]);
  await page.getByRole("button", { name: "Create the owner" }).click();
  await page.goto(`${url}/projects/new`);
  await page.getByLabel("Name").fill("Proof on SmolLM2");
  await page.getByLabel("Compare two answers").check();
  await page.getByRole("button", { name: "Create project" }).click();
  await page.waitForURL(/settings/);
  const project = page.url().replace(/\/settings.*/, "");
  say("an owner and a project");

  const file = prompts(COUNT).map((prompt) => JSON.stringify({ prompt })).join("\n");
  await page.goto(`${project}/data/import`);
  await page.locator("input[type=file]").setInputFiles({ name: "prompts.jsonl", mimeType: "application/x-ndjson", buffer: Buffer.from(file) });
  await page.getByRole("button", { name: "Continue to the preview" }).click();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("heading", { name: "Imported" }).waitFor();
  say(`${COUNT} prompts imported`);

  const ready = (it) => it.locator(".model", { hasText: "SmolLM2-135M-Instruct" }).filter({ hasNotText: "on its way in" }).count();
  await until(page, `${project}/models`, ready, async () => "waiting for the engine and its model");

  let from = Date.now();
  await page.goto(`${project}/generate`);
  await page.getByRole("checkbox", { name: "SmolLM2-135M-Instruct" }).check();
  await fill(page, [["prompts", String(COUNT)], ["samples", "2"], ["temperature", "1"], ["top_p", "1"], ["max_tokens", TOKENS], ["tasks", "on"]]);
  await page.locator("main").getByRole("button", { name: "Generate" }).click();
  await page.waitForURL(/generate\/./);
  await until(page, page.url(), over, state);
  if (!/^done/.test(await state(page))) throw new Error(`the responses are not there: ${await state(page)}`);
  say(`two responses to each prompt: ${minutes(from)} minutes`);

  await page.goto(`${project}/simulate`);
  const three = String(Math.ceil(COUNT / 3));
  await fill(page, [["rule", RULE], ["words", WORDS], ["noise", NOISE], ["annotators", "3"], ["items", three], ["confirm", "on"]]);
  await page.getByRole("button", { name: "Let them answer" }).click();
  const answered = async (it) => {
    const done = await it.locator("tbody td.number:nth-of-type(3)").allInnerTexts();
    return done.reduce((sum, one) => sum + Number(one.replace(/\D/g, "")), 0);
  };
  // all of them, or so many that nothing was added for half a minute
  let before = 0;
  let same = 0;
  const still = async (it) => {
    const now = await answered(it);
    same = now === before ? same + 1 : 0;
    before = now;
    return now >= COUNT || (now > 0 && same >= 6);
  };
  await until(page, `${project}/simulate`, still, async (it) => `${await answered(it)} comparisons answered`);
  say(`${before} simulated preferences`);

  const reward = await run(page, project, "reward-model", [["name", "Reward model"], ...REWARD]);
  const policy = await run(page, project, "dpo", [["name", "Policy"], ...DPO]);

  const held = [
    ["the reward model's held-out accuracy is above one half, interval and all", above(reward, "Accuracy on pairs")],
    ["the policy's win rate is above one half, interval and all", above(policy, "Win rate")],
    [`all of it took at most ${MINUTES} minutes`, (Date.now() - begun) / 60_000 <= MINUTES],
  ];
  for (const [what, kept] of held) console.log(`${kept ? "kept  " : "MISSED"}  ${what}`);
  say("in all");
  await stop(held.every(([, kept]) => kept) ? 0 : 1);
} catch (problem) {
  console.error(problem);
  console.error(`the server's log: ${log}`);
  await stop(1);
}
