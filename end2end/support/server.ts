// One real server with a database and a data folder of its own, both gone when it stops.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Server {
  url: string;
  /** Its database, for programs that write to it as an engine would. */
  database: string;
  /** What the server wrote, for a failing test's message. */
  log: () => string;
  stop: () => Promise<void>;
}

export async function startServer(options: { demo: boolean }): Promise<Server> {
  const binary = process.env.TOUCHSTONE;
  if (!binary) throw new Error("TOUCHSTONE names no server: run scripts/e2e.sh");
  const folder = mkdtempSync(join(tmpdir(), "touchstone e2e "));
  const env = {
    ...process.env,
    DATABASE_URL: `sqlite://${join(folder, "touchstone.db")}`,
    DATA_DIR: folder,
    LISTEN: "127.0.0.1:0",
    // pages are tested here; what an engine leaves behind is written by a stand-in
    TOUCHSTONE_ENGINE: "off",
  };
  // From the checkout, because the demo project is read from there.
  const cwd = process.env.ROOT;
  const run = (command: string) => execFileSync(binary, [command], { env, cwd, stdio: "pipe" });
  run("migrate");
  if (options.demo) run("demo");

  const child = spawn(binary, ["serve"], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the server did not start:\n${output}`)), 30_000);
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (found) {
        clearTimeout(late);
        resolve(found[0]);
      }
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("exit", (code) => reject(new Error(`the server ended (${code}):\n${output}`)));
  });
  return {
    url,
    database: env.DATABASE_URL,
    log: () => output,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))]);
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
