// Whether a service is ready. One question at a time: does a port of this machine accept connections, does an address
// answer. Knows no service and does not retry.
import { get as getPlain } from "node:http";
import { connect } from "node:net";
import type { Ready } from "../model/service.ts";

/** A slower answer counts as none; the next attempt may get one. */
const ANSWER_MS = 5_000;

/** "": ready; else what prevents it. */
export function probe(ready: Extract<Ready, { readonly kind: "port" | "url" }>): Promise<string> {
  return ready.kind === "port" ? probePort(ready.port) : probeUrl(ready.url);
}

/** Some servers listen on one address family only. */
async function probePort(port: number): Promise<string> {
  const answers = await Promise.all(["127.0.0.1", "::1"].map((host) => taken(host, port)));
  return answers.includes(true) ? "" : "no answer";
}

function taken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(ANSWER_MS, () => end(false));
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}

async function probeUrl(url: string): Promise<string> {
  // A self-signed certificate of a local server is no reason to keep waiting.
  const get = url.startsWith("https:") ? (await import("node:https")).get : getPlain;
  return new Promise((resolve) => {
    const request = get(url, { timeout: ANSWER_MS, agent: false, headers: { connection: "close" }, ...(url.startsWith("https:") ? { rejectUnauthorized: false } : {}) }, (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      resolve(status > 0 && status < 400 ? "" : `it answers ${status}`);
    });
    request.on("timeout", () => request.destroy()).on("error", () => resolve("no answer"));
  });
}
