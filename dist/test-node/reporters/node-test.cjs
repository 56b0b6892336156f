// Node's own test runner takes its reporters from the command line alone, and has read that when our hook is loaded.
// So the same command runs once more, with our reporter beside those of the project, and we end as it ends.
"use strict";
const { join } = require("node:path");

const ours = join(module.path, "node-test-reporter.cjs");
const option = "--test-reporter";
const destination = "--test-reporter-destination";

/** Whether this process is `node --test` as the project wrote it. */
function isNodeTest({ execArgv, versions, connected }) {
  const hasReporters = Number.parseInt(versions.node) >= 20;
  return hasReporters && !connected && execArgv.includes("--test") && !execArgv.includes(ours);
}

/** The options of Node with our reporter, which prints nothing; and with coverage where that is wanted. */
function withReporter(execArgv, coverage) {
  const reporters = count(execArgv, option);
  const unnamed = reporters - count(execArgv, destination);
  return [
    ...execArgv,
    ...(reporters === 0 ? [option, "spec"] : []),
    ...(reporters === 0 || unnamed > 0 ? [destination, "stdout"] : []),
    ...[option, ours, destination, "stdout"],
    ...(coverage ? ["--experimental-test-coverage"] : []),
  ];
}

function count(words, name) {
  return words.filter((word) => word === name || word.startsWith(`${name}=`)).length;
}

/** Without the hook: the files of the tests need none, and their coverage is not to hold it. */
function withoutHook(nodeOptions = "") {
  const hook = join(module.path, "hook.cjs").replaceAll(/["\\]/g, "\\$&");
  return nodeOptions.replace(`--require "${hook}"`, "").trim();
}

/** Never comes back. */
function runAgain() {
  const { spawnSync } = require("node:child_process");
  const words = withReporter(process.execArgv, Boolean(process.env.BELAY_COVERAGE));
  const { status, signal } = spawnSync(process.execPath, [...words, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: { ...process.env, NODE_OPTIONS: withoutHook(process.env.NODE_OPTIONS) },
  });
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(status ?? 1);
}

module.exports = { isNodeTest, withReporter, withoutHook, runAgain };
