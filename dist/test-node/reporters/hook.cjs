// Loaded by NODE_OPTIONS into every Node process of a check, before its program. Where that is a tool whose
// results we understand, it adds our reporter beside the project's own; everywhere else it does nothing.
"use strict";
const Module = require("node:module");
const { existsSync, realpathSync } = require("node:fs");
const { basename, dirname, join, resolve } = require("node:path");

const { isNodeTest, runAgain } = require("./node-test.cjs");

const here = module.path;
const isMain = require("node:worker_threads").isMainThread;
const program = mainProgram();

if (isMain && process.env.BELAY_EVENTS) {
  if (isNodeTest(process)) {
    noteTool("node");
    runAgain();
  }
  if (/\/vitest\/(?:vitest|dist\/cli)[^/]*$/.test(program)) addToVitest();
  if (/\/(?:jest|jest-cli|react-scripts|@jest\/core)\//.test(program))
    watch("jest-config", withReporter);
  if (/\/(?:eslint|next|@angular\/cli|@vue\/cli-service)\//.test(program))
    watch(/(?:^|\/)eslint$/, withResults);
  if (/\/mocha\//.test(program)) watch(/(?:^|\/)mocha(?:\.cjs)?$/, withListener);
  if (/\/(?:@playwright\/test|playwright)\/cli\.js$/.test(program)) noteTool("playwright");
}

/** Says that results will follow, or that there was nothing to find. */
function noteTool(tool) {
  require("./events.cjs").noteIn("BELAY_TOOLS", { tool });
}

/** The script that this process runs, where links lead to. */
function mainProgram() {
  try {
    return realpathSync(process.argv[1] ?? "");
  } catch {
    return "";
  }
}

/** Hands what `require(name)` gives to `change`, once. */
function watch(name, change) {
  const load = Module._load;
  const changed = new Map();
  Module._load = function (request, ...rest) {
    const exports = load.call(this, request, ...rest);
    const wanted = typeof name === "string" ? request === name : name.test(request);
    if (!wanted || exports === null || !["object", "function"].includes(typeof exports))
      return exports;
    if (!changed.has(exports)) changed.set(exports, change(exports));
    return changed.get(exports);
  };
}

/** Jest takes its reporters from what `jest-config` read. */
function withReporter(jestConfig) {
  if (typeof jestConfig.readConfigs !== "function") return jestConfig;
  noteTool("jest");
  const readConfigs = async (...words) => {
    const read = await jestConfig.readConfigs(...words);
    const { globalConfig } = read;
    const reporters = [
      ...(globalConfig.reporters ?? [["default", {}]]),
      [join(here, "jest.cjs"), {}],
    ];
    const coverage = process.env.BELAY_COVERAGE ? { collectCoverage: true } : {};
    return { ...read, globalConfig: Object.freeze({ ...globalConfig, ...coverage, reporters }) };
  };
  return Object.create(jestConfig, { readConfigs: { value: readConfigs, enumerable: true } });
}

/** Mocha makes its one reporter as it runs: ours listens beside it. */
function withListener(Mocha) {
  const run = Mocha.prototype?.run;
  if (typeof run !== "function" || run.belay) return Mocha;
  const { listen } = require("./mocha.cjs");
  const listening = function (...words) {
    const Reporter = this._reporter;
    this._reporter = function (runner, ...rest) {
      listen(runner);
      return new Reporter(runner, ...rest);
    };
    return run.apply(this, words);
  };
  listening.belay = true;
  noteTool("mocha");
  Mocha.prototype.run = listening;
  return Mocha;
}

/** ESLint hands all that it found to whoever called `lintFiles`. */
function withResults(eslint) {
  const lintFiles = eslint.ESLint?.prototype?.lintFiles;
  if (typeof lintFiles !== "function" || lintFiles.belay) return eslint;
  const { noteIn } = require("./events.cjs");
  const noting = async function (...words) {
    const results = await lintFiles.apply(this, words);
    for (const { filePath, messages } of results)
      for (const { line, column, severity, message, ruleId } of messages)
        noteIn("BELAY_LINT", {
          file: filePath,
          line,
          column,
          severity,
          message,
          rule: ruleId ?? "",
        });
    return results;
  };
  noting.belay = true;
  noteTool("eslint");
  eslint.ESLint.prototype.lintFiles = noting;
  return eslint;
}

function addToVitest() {
  const words = process.argv.slice(2);
  const reporter = join(here, "vitest.mjs");
  if (valueOf(words, ["--reporter", "--reporters"]) !== undefined) {
    noteTool("vitest");
    process.argv.push(`--reporter=${reporter}`);
    if (process.env.BELAY_COVERAGE) process.argv.push("--coverage.enabled=true");
    return;
  }
  const root = resolve(valueOf(words, ["--root", "-r"]) ?? ".");
  const vite = viteOf(program);
  if (vite === undefined || words.includes("--config=false")) return;
  noteTool("vitest");
  const given = valueOf(words, ["--config", "-c"]);
  const config = given === undefined ? configIn(root) : resolve(root, given);
  const coverage = process.env.BELAY_COVERAGE === "1" && measures(program);
  process.env.BELAY_VITEST = JSON.stringify({ vite, config, reporter, coverage });
  withoutOption(["--config", "-c"]);
  process.argv.push(`--config=${join(here, "vitest-config.mjs")}`, ...workspaceIn(root, words));
}

/** What an option on the command line says, in either form; undefined where it is not given. */
function valueOf(words, names) {
  for (const [at, word] of words.entries()) {
    if (names.includes(word)) return words[at + 1] ?? "";
    const name = names.find((one) => one.startsWith("--") && word.startsWith(`${one}=`));
    if (name !== undefined) return word.slice(name.length + 1);
  }
  return undefined;
}

function withoutOption(names) {
  const at = process.argv.findIndex(
    (word) => names.includes(word) || names.some((name) => word.startsWith(`${name}=`)),
  );
  if (at > 1) process.argv.splice(at, names.includes(process.argv[at]) ? 2 : 1);
}

/** Vitest looks for these names, in this order. */
function configIn(root) {
  const endings = ["ts", "mts", "cts", "js", "mjs", "cjs"];
  const names = ["vitest.config", "vite.config"].flatMap((name) =>
    endings.map((end) => `${name}.${end}`),
  );
  const name = names.find((one) => existsSync(join(root, one)));
  return name === undefined ? "" : join(root, name);
}

/** Up to version 3 it looks for a workspace beside the configuration, which is now ours. */
function workspaceIn(root, words) {
  if (valueOf(words, ["--workspace"]) !== undefined) return [];
  const endings = ["ts", "mts", "js", "mjs", "json"];
  const names = ["vitest.workspace", "vitest.projects"].flatMap((name) =>
    endings.map((end) => `${name}.${end}`),
  );
  const name = names.find((one) => existsSync(join(root, one)));
  return name === undefined ? [] : [`--workspace=${join(root, name)}`];
}

/** The file of the Vite that this Vitest uses. */
function viteOf(vitest) {
  for (let folder = dirname(vitest); folder !== dirname(folder); folder = dirname(folder)) {
    const home = join(folder, basename(folder) === "node_modules" ? "" : "node_modules", "vite");
    const main = join(home, "dist/node/index.js");
    if (existsSync(main)) return main;
  }
  return undefined;
}

function measures(vitest) {
  const from = Module.createRequire(vitest);
  return ["@vitest/coverage-v8", "@vitest/coverage-istanbul"].some((name) => {
    try {
      from.resolve(`${name}/package.json`);
      return true;
    } catch {
      return false;
    }
  });
}
