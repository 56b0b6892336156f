// A reporter of Vitest, beside those of the project: for the interface of version 3 and later, and that of 1 and 2.
import events from "./events.cjs";

const { note, identity, plain, failureOf, noteCoverage } = events;
const outcomes = { passed: "passed", failed: "failed", pass: "passed", fail: "failed" };

export default class VitestReporter {
  #state;
  #ids = new Map();
  #counts = new Map();
  #noted = new Set();

  onInit(vitest) {
    this.#state = vitest.state;
  }

  onTestCaseReady(test) {
    this.#start(test.id, test.module.moduleId, pathOf(test), test.location);
  }

  onTestCaseResult(test) {
    const { state, errors = [] } = test.result();
    const { duration = 0, retryCount = 0 } = test.diagnostic() ?? {};
    const told = { state, errors: errors ?? [], duration, retryCount };
    this.#end(test.id, test.module.moduleId, pathOf(test), test.location, told);
  }

  onTestModuleEnd(module) {
    this.#fileFailed(module.moduleId, [...module.errors(), ...suiteErrors(module)]);
  }

  onTestRunEnd(_modules, errors) {
    this.#done(errors);
  }

  /** Versions 1 and 2. */
  onTaskUpdate(packs) {
    for (const [id] of packs) {
      const task = this.#state.idMap.get(id);
      if (isTest(task) && task.result?.state === "run")
        this.#start(task.id, task.file.filepath, pathOf(task), task.location);
    }
  }

  /** Versions 1 and 2. */
  onFinished(files = [], errors = []) {
    for (const file of files) {
      for (const task of testsIn(file)) {
        const told = { state: "skip", errors: [], duration: 0, retryCount: 0, ...task.result };
        this.#end(task.id, file.filepath, pathOf(task), task.location, told);
      }
      this.#fileFailed(file.filepath, file.result?.errors ?? []);
    }
    this.#done(errors);
  }

  onCoverage(map) {
    noteCoverage(map);
  }

  #start(taskId, file, path, location) {
    if (this.#ids.has(taskId)) return;
    note({ event: "start", ...this.#identity(taskId, file, path, location) });
  }

  #end(taskId, file, path, location, { state, errors, duration, retryCount }) {
    if (this.#isNoted(taskId)) return;
    const test = this.#identity(taskId, file, path, location);
    const outcome = outcomes[state] ?? "skipped";
    const attempts = retryCount + 1;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const ended = { attempt, outcome: attempt < attempts ? "failed" : outcome };
      const durationMs = attempt < attempts ? 0 : duration;
      const failure = ended.outcome === "failed" ? failureIn(errors, attempt - 1, file) : {};
      note({ event: "end", ...test, ...ended, durationMs, ...failure });
    }
  }

  /** What failed outside of any test: an import, a hook, the syntax. */
  #fileFailed(file, errors) {
    if (errors.length > 0 && !this.#isNoted(`file ${file}`))
      noteFailure(identity(file, []), errors, file);
  }

  #done(errors = []) {
    if (this.#isNoted("done")) return;
    for (const [at, error] of errors.entries())
      noteFailure({ id: `unhandled error ${at + 1}`, name: "unhandled error" }, [error], "");
    note({ event: "done" });
  }

  #isNoted(what) {
    const isNoted = this.#noted.has(what);
    this.#noted.add(what);
    return isNoted;
  }

  /** Two tests of one name are two tests. */
  #identity(taskId, file, path, location) {
    const test = identity(file, path, location?.line);
    if (!this.#ids.has(taskId)) {
      const count = (this.#counts.get(test.id) ?? 0) + 1;
      this.#counts.set(test.id, count);
      this.#ids.set(taskId, count === 1 ? test.id : `${test.id} #${count}`);
    }
    return { ...test, id: this.#ids.get(taskId) };
  }
}

function noteFailure(test, errors, file) {
  const outcome = { outcome: "failed", durationMs: 0, attempt: 1 };
  note({ event: "end", ...test, ...outcome, ...failureIn(errors, 0, file) });
}

/** Names of the suites around a test, and its own. */
function pathOf(test) {
  const above = test.parent ?? test.suite;
  const isSuite = above?.type === "suite" && above.name !== "" && above.filepath === undefined;
  return isSuite ? [...pathOf(above), plain(test.name)] : [plain(test.name)];
}

function isTest(task) {
  return task?.type === "test" || task?.type === "custom";
}

function testsIn(task) {
  return isTest(task) ? [task] : (task.tasks ?? []).flatMap(testsIn);
}

/** Errors of hooks belong to a suite. */
function suiteErrors(module) {
  return [...(module.children.allSuites?.() ?? [])].flatMap((suite) => suite.errors?.() ?? []);
}

function failureIn(errors, at, file) {
  const error = errors[at] ?? errors.at(-1) ?? {};
  const frames = [...(error.stacks ?? error.parsedStacks ?? [])].map(
    (frame) => `    at ${frame.method || "test"} (${frame.file}:${frame.line}:${frame.column})`,
  );
  const head = error.diff
    ? `${plain(error.message)}\n\n${plain(error.diff)}`
    : plain(error.message);
  const stack = frames.length > 0 ? [head, ...frames].join("\n") : (error.stack ?? head);
  return failureOf(error.message, stack, file);
}
