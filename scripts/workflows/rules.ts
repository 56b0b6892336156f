import { ownPath } from "./inputs-exist.js";
import { type Job, jobsOf, mapping, stepsOf, triggersOf, usesIn } from "./workflow.js";

/** Says what is wrong with a whole workflow, one line each. Most of it a local runner would not notice. */
export type Rule = (workflow: unknown, text: string) => readonly string[];

/** The labels that GitHub's own runners have; a local runner skips jobs of others, and is green. */
const runners = new Set(["ubuntu-latest", "ubuntu-24.04", "ubuntu-24.04-arm", "ubuntu-22.04"]);

const knownRunner: Rule = (workflow) =>
  ownJobs(workflow).flatMap(({ name, value }) =>
    runners.has(String(value["runs-on"])) ? [] : [`${name}: no runner has this \`runs-on\``],
  );

const bounded: Rule = (workflow) =>
  ownJobs(workflow).flatMap(({ name, value }) =>
    typeof value["timeout-minutes"] === "number"
      ? []
      : [`${name}: without \`timeout-minutes\` a hanging job is paid for six hours`],
  );

/** What nobody names a repository's default grants, perhaps everything. */
const leastPermissions: Rule = (workflow) => {
  const top = JSON.stringify(mapping(workflow)["permissions"]);
  const isLeast = top === "{}" || top === '{"contents":"read"}';
  return isLeast ? [] : ["`permissions` at the top must be {} or contents: read"];
};

/** A private repository cannot be checked out without it; a local runner copies the folder. */
const checkoutIsAllowed: Rule = (workflow) =>
  ownJobs(workflow).flatMap((job) => {
    const granted = mapping(job.value["permissions"] ?? mapping(workflow)["permissions"]);
    const checksOut = stepsOf(job).some(({ uses }) => String(uses).startsWith("actions/checkout@"));
    return checksOut && granted["contents"] === undefined
      ? [`${job.name}: checks out without contents: read`]
      : [];
  });

/** A job without the environment finds its secrets empty; a local runner hands all of them to every job. */
const secretsNeedEnvironment: Rule = (workflow) =>
  ownJobs(workflow).flatMap(({ name, value }) => {
    const read = secretsIn(value);
    return read.length === 0 || value["environment"] !== undefined
      ? []
      : [`${name}: reads secrets.${read.join(", secrets.")} and names no \`environment\``];
  });

/** Secrets of an environment never reach a workflow of another repository. */
const secretsStayHere: Rule = (workflow) =>
  jobsOf(workflow).flatMap(({ name, value }) =>
    value["secrets"] !== undefined && !String(value["uses"]).startsWith("./")
      ? [
          `${name}: hands secrets to a workflow of another repository, where those of an environment are empty`,
        ]
      : [],
  );

/** While a job waits for its environment's approval, it holds the group: nobody else deploys. */
const noGroupWhileWaiting: Rule = (workflow) => {
  const waits = jobsOf(workflow).some(({ value }) => value["environment"] !== undefined);
  const held = [
    ...(mapping(workflow)["concurrency"] === undefined ? [] : ["the workflow"]),
    ...jobsOf(workflow).flatMap(({ name, value }) =>
      value["concurrency"] === undefined ? [] : [name],
    ),
  ];
  return waits ? held.map((who) => `${who}: holds a concurrency group while it waits`) : [];
};

/** A tag can be moved by whoever takes over its repository. */
const pinned: Rule = (workflow, text) =>
  usesIn(workflow).flatMap(({ uses }) => {
    if (uses.startsWith("./") || ownPath(uses) !== undefined) return [];
    const hasVersion = text.includes(`${uses} # v`);
    return /@[0-9a-f]{40}$/.test(uses) && hasVersion
      ? []
      : [`${uses}: pin the commit, with the version as a comment`];
  });

/** In a workflow that others call, `./` is the caller's checkout, and there are no secrets. */
const callableFromElsewhere: Rule = (workflow) => {
  if (!("workflow_call" in triggersOf(workflow))) return [];
  const local = usesIn(workflow).filter(({ uses }) => uses.startsWith("./"));
  return [
    ...local.map(({ uses }) => `${uses}: is looked for in the caller's checkout`),
    ...secretsIn(workflow).map(
      (name) => `secrets.${name}: does not arrive from another repository`,
    ),
    ...jobsOf(workflow)
      .filter(({ value }) => value["uses"] !== undefined)
      .map(
        ({ name }) => `${name}: calls a further workflow; a local runner then loses its results`,
      ),
  ];
};

/** An output or step that nobody has is empty, without a word. */
const stepsExist: Rule = (workflow) =>
  jobsOf(workflow).flatMap((job) => {
    const ids = new Set(stepsOf(job).map(({ id }) => id));
    const named = [...JSON.stringify(job.value).matchAll(/\bsteps\.([\w-]+)\./g)];
    return named.flatMap(([, id]) =>
      ids.has(id) ? [] : [`${job.name}: no step has the id ${id}`],
    );
  });

/** What holds for every whole workflow. */
export const rules: readonly Rule[] = [
  knownRunner,
  bounded,
  leastPermissions,
  checkoutIsAllowed,
  secretsNeedEnvironment,
  secretsStayHere,
  noGroupWhileWaiting,
  pinned,
  stepsExist,
];

/** What holds besides for the workflows that other repositories call. */
export const reusableRules: readonly Rule[] = [callableFromElsewhere];

/** The jobs that run steps themselves. */
function ownJobs(workflow: unknown): readonly Job[] {
  return jobsOf(workflow).filter(({ value }) => value["uses"] === undefined);
}

/** Names of the secrets that are read somewhere below `node`; the job's own token is none. */
function secretsIn(node: unknown): readonly string[] {
  const found = [...JSON.stringify(node).matchAll(/\bsecrets\.([A-Z_][A-Z0-9_]*)/gi)];
  const names = found.map(([, name = ""]) => name).filter((name) => name !== "GITHUB_TOKEN");
  return [...new Set(names)];
}
