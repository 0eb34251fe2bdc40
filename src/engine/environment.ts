// Sets the environment of a child runtime to what the call says, whatever the last function changed. Knows no calls.
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";

type Environment = Readonly<Record<string, string>>;

/** Sets the environment of this process to `env`; undefined: to what it was last set to. */
export type SetEnvironment = (env: Environment | undefined) => void;

/** If writes can be observed, an environment nobody wrote to is left alone: comparing it takes longer than a call. */
export function openEnvironment(watchable: boolean): SetEnvironment {
  let wanted: Environment = {};
  let touched = true;
  const real = process.env;
  if (watchable) Object.defineProperty(process, "env", { value: watched(real, () => (touched = true)), enumerable: true, configurable: true, writable: true });
  // `import { env } from "node:process"` must see the same object.
  if (watchable) syncBuiltinESMExports();
  const ours = process.env;
  return (env = wanted) => {
    // A function may have assigned another object.
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
