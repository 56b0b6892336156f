import { stringify } from "yaml";

import { type Part, sentryPart, slackPart } from "../../src/deploy/parts.js";
import { prefixed } from "../../src/kit/inputs.js";
import type { Definition, Input, Output } from "./definition.js";

/** An action that looks on: its inputs get a prefix and stand under a heading of their own. */
interface Told {
  readonly action: string;
  readonly heading: string;
  readonly part: Part;
}

/** What is deployed to, the one whose inputs come first before the other. */
const targets = { server: "ssh-deploy-with-backup", cluster: "k8s-rollout" };
const told: readonly Told[] = [
  { action: "slack-notify", heading: "Slack", part: slackPart },
  { action: "sentry-release", heading: "Sentry", part: sentryPart },
];
/** The heading of the inputs that a first deploy needs. */
const firstGroup = "For a first deploy";
/** What Slack made of the message, for later steps and jobs. */
const messageOutputs = ["ts", "thread-ts", "channel-id"];

const head = `# Made by scripts/docs from the action.yml of the actions that it joins: change it there.
name: Belay deploy
description: Deploys with a verified backup, a health gate and a way back, and tells Slack and Sentry as it goes
author: Belay
branding:
  icon: anchor
  color: blue
`;
const runs = `
runs:
  using: node24
  main: dist/deploy/index.js
  post: dist/deploy/post.js
`;

/** The text of the root action's \`action.yml\`: what its parts declare, no input of them told twice. */
export function rootAction(actions: ReadonlyMap<string, Definition>): string {
  const [server, cluster] = [definitionOf(targets.server), definitionOf(targets.cluster)];
  const inputs = [
    ...targetInputs(server.inputs, cluster.inputs),
    ...told.flatMap((one) => partInputs(one, actions)),
  ];
  return [
    head,
    "inputs:",
    ...inputLines(inputs),
    "",
    "outputs:",
    ...outputsOf(server, cluster, definitionOf("slack-notify")).flatMap(outputLines),
    runs,
  ]
    .join("\n")
    .replaceAll("](../", "](../actions/");

  function definitionOf(name: string): Definition {
    const found = actions.get(name);
    if (found === undefined) throw new Error(`There is no action ${name}.`);
    return found;
  }
}

/** A server's inputs with what a cluster makes of those of the same name, then what only a cluster has. */
function targetInputs(server: readonly Input[], cluster: readonly Input[]): readonly Input[] {
  const ofCluster = new Map(cluster.map((input) => [input.name, input]));
  const ofServer = new Set(server.map(({ name }) => name));
  const shared = server.map((input) => ({
    ...input,
    description: joined(input.description, ofCluster.get(input.name)?.description),
    // Which ones are needed depends on the target.
    required: false,
  }));
  const own = cluster
    .filter(({ name }) => !ofServer.has(name))
    .map((input) => ({ ...input, required: false, group: clusterGroup(input.group) }));
  return [...shared, ...own];
}

function clusterGroup(group: string): string {
  if (group === firstGroup) return "Kubernetes";
  return `Kubernetes: ${group.slice(0, 1).toLowerCase()}${group.slice(1)}`;
}

function joined(onServer: string, inCluster = onServer): string {
  return onServer === inCluster ? onServer : `${onServer} In a cluster: ${inCluster}`;
}

/** Those of both targets, and before the two that every action ends with those of the message in Slack. */
function outputsOf(server: Definition, cluster: Definition, slack: Definition): readonly Output[] {
  const names = new Set(server.outputs.map(({ name }) => name));
  const inCluster = new Map(cluster.outputs.map((output) => [output.name, output.description]));
  const shared = server.outputs.map(({ name, description }) => ({
    name,
    description: joined(description, inCluster.get(name)),
  }));
  const own = cluster.outputs
    .filter(({ name }) => !names.has(name))
    .map(({ name, description }) => ({ name, description: `Of a cluster. ${description}` }));
  const message = slack.outputs.filter(({ name }) => messageOutputs.includes(name)).map(aboutSlack);
  return [...shared.slice(0, -2), ...own, ...message, ...shared.slice(-2)];
}

function partInputs(
  { action, heading, part }: Told,
  actions: ReadonlyMap<string, Definition>,
): readonly Input[] {
  const inputs = actions.get(action)?.inputs ?? [];
  const own = inputs.filter(({ name }) => !Object.hasOwn(part.given, name));
  const names = new Map(own.map(({ name }) => [name, prefixed(part.prefix, name)]));
  return own.map((input) => ({
    ...input,
    name: prefixed(part.prefix, input.name),
    description: input.description.replace(/`([\w-]+)`/g, (quoted, name: string) =>
      // Its own name there is something else's, such as an input of the workflow.
      name === input.name ? quoted : `\`${names.get(name) ?? name}\``,
    ),
    required: false,
    group: heading,
  }));
}

function aboutSlack({ name, description }: Output): Output {
  return { name, description: `Of the message in Slack. ${description}` };
}

function inputLines(inputs: readonly Input[]): readonly string[] {
  let group = "";
  return inputs.flatMap((input) => {
    const heading = input.group === group ? [] : [`  # --- ${input.group} ---`];
    const gap = group === "" || heading.length === 0 ? [] : [""];
    group = input.group;
    return [
      ...gap,
      ...heading,
      `  ${input.name}:`,
      `    description: ${scalar(input.description)}`,
      ...(input.required ? ["    required: true"] : []),
      ...(input.default === "" ? [] : [`    default: ${scalar(input.default)}`]),
    ];
  });
}

function outputLines({ name, description }: Output): readonly string[] {
  return [`  ${name}:`, `    description: ${scalar(description)}`];
}

/** One line of YAML that reads as `text` and nothing else. */
function scalar(text: string): string {
  return text.includes("\n") ? JSON.stringify(text) : stringify(text, { lineWidth: 0 }).trimEnd();
}
