import type ncc from "@vercel/ncc";
import { createRequire } from "node:module";
import { join } from "node:path";

import { bundler } from "./stage.js";

/** A bundle: its files by name, and the modules that are in it, relative to the stage. */
export interface Bundle {
  readonly files: ReadonlyMap<string, string>;
  readonly modules: readonly string[];
}

// ncc calls node:fs in a way that Node has deprecated: nothing that a reader of our log can act on.
process.noDeprecation = true;

const options = {
  cache: false,
  esm: true,
  quiet: true,
  // Made only to learn which modules are in the bundle.
  sourceMap: true,
  sourceMapRegister: false,
};

/**
 * Bundles one compiled `main.js` of the current folder, the stage. Throws when the bundle would need
 * something that is not in it.
 */
export async function pack(main: string): Promise<Bundle> {
  const stage = process.cwd();
  const run = createRequire(join(stage, "package.json"))(join(stage, bundler)) as typeof ncc;
  const { code, map, assets } = await run(join(stage, main), options);
  const files = new Map([["index.js", withoutMapLine(code)]]);
  const modules = new Set(sourcesOf(map));
  for (const [name, { source }] of Object.entries(assets)) {
    const text = typeof source === "string" ? source : Buffer.from(source).toString();
    if (name.endsWith(".map")) {
      for (const module of sourcesOf(text)) modules.add(module);
    } else {
      files.set(name, withoutMapLine(text));
    }
  }
  assertWhole(main, files);
  return { files, modules: [...modules].sort() };
}

function withoutMapLine(code: string): string {
  return code.replace(/\n+\/\/# sourceMappingURL=.*\s*$/, "\n");
}

function sourcesOf(map: string): readonly string[] {
  const { sources } = JSON.parse(map) as { readonly sources: readonly string[] };
  return sources.map((source) => source.replace(/^(?:\.*\/)+/, ""));
}

/** ncc ends well also when it could not find a module; the bundle then dies at load, or later. */
function assertWhole(main: string, files: ReadonlyMap<string, string>): void {
  for (const [name, text] of files) {
    if (!/\.(?:js|json)$/.test(name)) throw new Error(`${main}: ${name} has no place in a bundle.`);
    const missing = /eval\("require"\)[^\n]*|webpackMissingModule[^\n]*/.exec(text);
    if (missing !== null) throw new Error(`${main}: ${name} lacks a module: ${missing[0]}`);
  }
}
