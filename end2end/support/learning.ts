// What stands in for an engine and for an outside server, where only pages are tested. Nothing is trained.
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import type { Server } from "./server.ts";

/** Makes an outside server known to a project. */
export async function addEndpoint(page: Page, project: string, name: string, url: string, models: string) {
  await page.goto(`${project}/endpoints`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Address").fill(url);
  await page.getByLabel("Models").fill(models);
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

function standIn(server: Server, ...command: string[]) {
  const program = process.env.STAND_IN;
  if (!program) throw new Error("STAND_IN names no program: run scripts/e2e.sh");
  execFileSync(program, [server.database, ...command], { stdio: "pipe" });
}

/** Some runs and models in the project called so. */
export const fill = (server: Server, project: string) => standIn(server, "fill", project);

/** Takes up every job that waits. */
export const work = (server: Server) => standIn(server, "work");

/** What is between two tags of a text. */
export const inside = (text: string, tag: string) => text.split(`<${tag}>`)[1]?.split(`</${tag}>`)[0] ?? "";

const parrot = (model: string, asked: string) => `${model} heard: ${asked}`;

/** A server in the OpenAI format: its models say what they were asked, or whatever `say` makes of it, a word at a time; its
 * vectors say which of some words a text has. */
export async function upstream(say: (model: string, asked: string) => string = parrot, known: string[] = []) {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      if (request.url === "/v1/models") {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ data: [{ id: "parrot" }, { id: "echo" }] }));
        return;
      }
      if (request.url === "/v1/embeddings") {
        const { input } = JSON.parse(body) as { input: string[] };
        const vector = (text: string) => [...known.map((word) => (text.includes(word) ? 1 : 0)), 0.1];
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ data: input.map((text, index) => ({ index, embedding: vector(text) })) }));
        return;
      }
      const asked = JSON.parse(body) as { model: string; stream: boolean; messages: { content: string }[] };
      const words = say(asked.model, asked.messages.at(-1)?.content ?? "");
      if (!asked.stream) {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content: words }, finish_reason: "stop" }] }));
        return;
      }
      response.setHeader("content-type", "text/event-stream");
      const pieces = words.split(/(?<= )/);
      const speak = () => {
        const piece = pieces.shift();
        const delta = piece === undefined ? {} : { content: piece };
        const choice = { delta, finish_reason: piece === undefined ? "stop" : null };
        response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
        if (piece === undefined) response.end("data: [DONE]\n\n");
        else setTimeout(speak, 20);
      };
      speak();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, stop: () => server.close() };
}
