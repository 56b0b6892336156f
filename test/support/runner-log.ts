export interface Annotation {
  readonly level: "error" | "warning" | "notice";
  readonly title: string | undefined;
  readonly message: string;
  /** `FILE` or `FILE:LINE`; undefined for one that belongs to no file. */
  readonly place: string | undefined;
}

/** What the runner makes of an action's output. */
export interface RunnerLog {
  /** The lines that people see: commands carried out, masks applied. */
  readonly text: string;
  /** The same without masks: what the action itself took care not to print. */
  readonly unmasked: string;
  readonly annotations: readonly Annotation[];
  /** What was given to `add-mask`, whole and line by line. */
  readonly masks: readonly string[];
}

interface Command {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly value: string;
}

/** Reads workflow commands as the runner does, `stop-commands` included. */
export function readRunnerLog(output: string): RunnerLog {
  const lines: string[] = [];
  const annotations: Annotation[] = [];
  const masks = new Set<string>();
  let stopped: string | undefined;
  for (const line of output.split("\n")) {
    const command = parseCommand(line);
    if (stopped !== undefined) {
      if (command?.name === stopped) stopped = undefined;
      else lines.push(line);
    } else if (command === undefined) {
      lines.push(line);
    } else if (command.name === "stop-commands") {
      stopped = command.value;
    } else if (command.name === "add-mask") {
      for (const part of [command.value, ...command.value.split(/\r?\n/)])
        if (part.trim() !== "") masks.add(part.trim());
    } else {
      note(command, lines, annotations);
    }
  }
  const unmasked = lines.join("\n");
  return { text: mask(unmasked, masks), unmasked, annotations, masks: [...masks] };
}

function note(command: Command, lines: string[], annotations: Annotation[]): void {
  const { name, value, properties } = command;
  if (name === "error" || name === "warning" || name === "notice") {
    const [file, line] = [properties.get("file"), properties.get("line")];
    const place = file === undefined || line === undefined ? file : `${file}:${line}`;
    annotations.push({ level: name, title: properties.get("title"), message: value, place });
    lines.push(`##[${name}]${value}`);
  } else if (name === "group") {
    lines.push(`##[group]${value}`);
  } else if (name !== "endgroup" && name !== "debug") {
    lines.push(`::${name}::${value}`);
  }
}

function parseCommand(line: string): Command | undefined {
  const parts = /^::([^\s:]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)$/.exec(line.trimStart());
  if (parts?.[1] === undefined) return undefined;
  const pairs = (parts[2] ?? "").split(",").filter((pair) => pair.includes("="));
  const properties = pairs.map((pair): [string, string] => {
    const [name = ""] = pair.split("=", 1);
    return [name.trim(), unescape(pair.slice(pair.indexOf("=") + 1), true)];
  });
  return {
    name: parts[1],
    properties: new Map(properties),
    value: unescape(parts[3] ?? "", false),
  };
}

function unescape(text: string, property: boolean): string {
  const plain = text.replaceAll("%0D", "\r").replaceAll("%0A", "\n");
  const whole = property ? plain.replaceAll("%3A", ":").replaceAll("%2C", ",") : plain;
  return whole.replaceAll("%25", "%");
}

function mask(text: string, masks: ReadonlySet<string>): string {
  const longestFirst = [...masks].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
}
