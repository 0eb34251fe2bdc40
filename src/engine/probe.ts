// Is a service there? One question at a time: does somebody take connections on a port of this machine, does an address
// answer. Knows no service and asks nothing twice.
import { get as getPlain } from "node:http";
import { connect } from "node:net";
import type { Ready } from "../model/service.ts";

/** An answer that takes longer is none; the next question may get one. */
const ANSWER_MS = 5_000;

/** "": yes; else what stands in the way. */
export function probe(ready: Extract<Ready, { readonly kind: "port" | "url" }>): Promise<string> {
  return ready.kind === "port" ? probePort(ready.port) : probeUrl(ready.url);
}

/** Some servers listen for one family of addresses only. */
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
  // A certificate that a server on the desk made for itself is no reason to wait for another.
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
