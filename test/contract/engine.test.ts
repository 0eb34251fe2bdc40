// The engines of this machine against the contract.
import { join } from "node:path";
import process from "node:process";
import { openLocalEngine } from "../../src/engine/local.ts";
import { openEngine } from "../../src/engine/open.ts";
import { engineContract } from "./engine.ts";
import { functionContract } from "./functions.ts";

const graceMs = 1000;
const childModule = join(process.env["TG_REPO"] ?? process.cwd(), "dist/child.mjs");

engineContract("local engine, each by spawn", () => openLocalEngine({ graceMs, launchers: "never" }));
engineContract("local engine, all by launchers", () => openLocalEngine({ graceMs, launchers: "always" }));
engineContract("local engine", () => openLocalEngine({ graceMs }));
functionContract("engine of this machine", () => openEngine({ childModule, graceMs }));
