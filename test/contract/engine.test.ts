// The engines of this machine against the contract.
import { openLocalEngine } from "../../src/engine/local.ts";
import { engineContract } from "./engine.ts";

engineContract("local", () => openLocalEngine({ graceMs: 1000 }));
