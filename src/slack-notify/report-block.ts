import type { ReadReport } from "../kit/read-reports.js";
import { type RichBlock, richBlock, type RichElement, Room, text } from "./rich-text.js";
import { looks, reportKind } from "./verdict.js";

const roomForAll = 2200;
const mostFacts = 6;
/** What people ask for first, of all that our actions report. */
const factOrder = ["release", "previous release", "backup", "schema", "downtime", "image"];

/** What other actions report: verdict first, the cause and the next step when it failed, then the facts. */
export function reportsBlock(reports: readonly ReadReport[]): RichBlock | undefined {
  const room = new Room(roomForAll);
  return richBlock(reports.map((report) => (room.isSpent ? [] : lines(report, room))));
}

function lines(report: ReadReport, room: Room): readonly RichElement[] {
  const { action, status, title, error } = report;
  const verdict = `${looks[reportKind(report)].sign} ${room.line(`${action}: ${status}`, 100)}`;
  const said = error === undefined ? room.line(title, 300) : "";
  return [
    text(verdict, { bold: true }),
    text(said === "" ? "\n" : ` – ${said}\n`),
    ...(error === undefined ? [] : failure(error, room)),
    ...facts(report, room),
  ];
}

function failure(
  { message, remedy }: NonNullable<ReadReport["error"]>,
  room: Room,
): readonly RichElement[] {
  const [what, next] = [room.line(message, 500), room.line(remedy, 500)];
  return [
    text("What happened: ", { bold: true }),
    text(`${what}\n`),
    ...(next === "" ? [] : [text("What to do: ", { bold: true }), text(`${next}\n`)]),
  ];
}

function facts(report: ReadReport, room: Room): readonly RichElement[] {
  const rank = (name: string): number => {
    const at = factOrder.indexOf(name);
    return at === -1 ? factOrder.length : at;
  };
  const sorted = report.facts.toSorted((a, b) => rank(a.name) - rank(b.name));
  return sorted.slice(0, mostFacts).flatMap(({ name, value }) => {
    if (room.isSpent) return [];
    return [text(`${room.line(name, 40)}: ${room.line(value, 150)}\n`)];
  });
}
