// Bundles the random tester with textual changes to the source, without touching the source: for mutants and for trying
// a repair. A change whose search text is not found exactly once is an error.
import { existsSync, readFileSync } from "node:fs";
import { build } from "esbuild";

/** How often the text of a change is in its file. */
export function countIn(root, { file, search }) {
  return existsSync(`${root}/${file}`) ? readFileSync(`${root}/${file}`, "utf8").split(search).length - 1 : 0;
}

/** Changes: [{ file: "src/…", search, replace }]. Returns the bundle's path. */
export async function bundleWith(root, { changes, entry, outfile }) {
  const byFile = new Map();
  for (const change of changes) byFile.set(`${root}/${change.file}`, [...(byFile.get(`${root}/${change.file}`) ?? []), change]);
  const plugin = {
    name: "patches",
    setup(context) {
      context.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        const wanted = byFile.get(path);
        if (wanted === undefined) return undefined;
        let text = readFileSync(path, "utf8");
        for (const { file, search, replace } of wanted) {
          const found = text.split(search).length - 1;
          if (found !== 1) throw new Error(`${file}: the text is there ${found} times: ${search}`);
          text = text.replace(search, () => replace);
        }
        byFile.set(path, wanted);
        return { contents: text, loader: "ts" };
      });
    },
  };
  for (const path of byFile.keys()) readFileSync(path);
  await build({ absWorkingDir: root, entryPoints: [entry], bundle: true, platform: "node", format: "esm", target: "node20", packages: "external", outfile, plugins: [plugin], define: { TG_VERSION: '"0.0.0-test"' }, sourcemap: "inline", logLevel: "silent" });
  return outfile;
}
