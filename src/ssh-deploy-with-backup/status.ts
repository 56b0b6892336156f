import { formatSize } from "../kit/size.js";
import type { Log } from "../ports/log.js";
import type { AnswerRecord } from "../server/answer.js";
import { readFindings } from "../server/look.js";
import type { Server } from "../server/server.js";
import { type Fact, type Outcome, outcome } from "./outcome.js";

/** Shows what is at the path: releases, backups, who works there. Reads only. */
export async function status(server: Server, log: Log): Promise<Outcome> {
  const records = await server.status();
  const facts = statusFacts(records);
  const widest = Math.max(0, ...facts.map(({ name }) => name.length));
  for (const { name, value } of facts) log.info(`${name.padEnd(widest)}  ${value}`);
  for (const { error } of readFindings(records)) log.warning(`${error.message}. ${error.remedy}`);
  const current = value(records, "current");
  return outcome("ok", current === "" ? "no release serves yet" : `${current} serves`, {
    facts,
    outputs: {
      release: current,
      candidates: all(records, "candidate")
        .map(({ values }) => values[0] ?? "")
        .join("\n"),
    },
  });
}

/** The records as rows of a table, in the order in which people ask. */
export function statusFacts(records: readonly AnswerRecord[]): readonly Fact[] {
  return [
    { name: "current", value: value(records, "current") || "none" },
    ...all(records, "phase").map(({ values }) => ({
      name: "at work",
      value: sentence(values) || "nobody",
    })),
    ...all(records, "hold").map(({ values }) => ({ name: "held", value: values[0] ?? "" })),
    ...all(records, "unconfirmed").map(({ values }) => ({
      name: "unconfirmed",
      value: values[0] ?? "",
    })),
    ...all(records, "release").map(({ values }) => ({ name: "release", value: sentence(values) })),
    ...all(records, "backup").map(({ values: [id = "", , bytes = "0", before = "-"] }) => ({
      name: "backup",
      value: `${id}, ${formatSize(Number(bytes))}${before === "-" ? "" : `, before ${before}`}`,
    })),
    ...all(records, "fact").map(({ values: [name = "", text = ""] }) => ({ name, value: text })),
  ];
}

function all(records: readonly AnswerRecord[], key: string): AnswerRecord[] {
  return records.filter((record) => record.key === key);
}

/** The only value of `key`; `none` means that there is none. */
function value(records: readonly AnswerRecord[], key: string): string {
  const [first = ""] = all(records, key)[0]?.values ?? [];
  return first === "none" ? "" : first;
}

function sentence(values: readonly string[]): string {
  return values.filter((part) => part !== "" && part !== "none").join(", ");
}
