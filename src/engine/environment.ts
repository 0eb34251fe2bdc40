// The environment of a child runtime: what the call says, whatever the last function made of it. Knows no calls.
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";

type Environment = Readonly<Record<string, string>>;

/** Sets the environment of this process to `env`; undefined: to what it was set to last. */
export type SetEnvironment = (env: Environment | undefined) => void;

/** Where writes can be watched, an environment that nobody wrote to is left alone: to compare it takes longer than a call. */
export function openEnvironment(watchable: boolean): SetEnvironment {
  let wanted: Environment = {};
  let touched = true;
  const real = process.env;
  if (watchable) Object.defineProperty(process, "env", { value: watched(real, () => (touched = true)), enumerable: true, configurable: true, writable: true });
  // `import { env } from "node:process"` has to see the same object.
  if (watchable) syncBuiltinESMExports();
  const ours = process.env;
  return (env = wanted) => {
    // A function may have put another object there.
    if (process.env !== ours) process.env = ours;
    if (env === wanted && watchable && !touched) return;
    for (const name of Object.keys(real)) if (!Object.hasOwn(env, name)) delete real[name];
    for (const name of Object.keys(env)) if (real[name] !== env[name]) real[name] = env[name];
    wanted = env;
    touched = false;
  };
}

function watched(env: NodeJS.ProcessEnv, touch: () => void): NodeJS.ProcessEnv {
  return new Proxy(env, {
    set: (target, name, value) => {
      touch();
      return Reflect.set(target, name, value);
    },
    deleteProperty: (target, name) => {
      touch();
      return Reflect.deleteProperty(target, name);
    },
    defineProperty: (target, name, attributes) => {
      touch();
      return Reflect.defineProperty(target, name, attributes);
    },
  });
}
