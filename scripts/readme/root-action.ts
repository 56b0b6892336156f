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

const target = "ssh-deploy-with-backup";
const told: readonly Told[] = [
  { action: "slack-notify", heading: "Slack", part: slackPart },
  { action: "sentry-release", heading: "Sentry", part: sentryPart },
];
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
  const main = actions.get(target);
  if (main === undefined) throw new Error(`There is no action ${target}.`);
  const inputs = [...main.inputs, ...told.flatMap((one) => partInputs(one, actions))];
  const slack = actions.get("slack-notify")?.outputs ?? [];
  const message = slack.filter(({ name }) => messageOutputs.includes(name));
  const [outputs, last] = [main.outputs.slice(0, -2), main.outputs.slice(-2)];
  return [
    head,
    "inputs:",
    ...inputLines(inputs),
    "",
    "outputs:",
    ...[...outputs, ...message.map(aboutSlack), ...last].flatMap(outputLines),
    runs,
  ]
    .join("\n")
    .replaceAll("](../", "](../actions/");
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
