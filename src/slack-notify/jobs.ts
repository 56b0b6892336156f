import type { NeededJob } from "../kit/read-reports.js";
import { bullets, type RichBlock, richBlock, type RichElement, Room, text } from "./rich-text.js";
import { jobKind, looks, verdictKinds } from "./verdict.js";

const roomForAll = 1500;
const mostLines = 40;

/** A line per job, the worst first; what finds no room is counted. */
export function jobsBlock(jobs: readonly NeededJob[]): RichBlock | undefined {
  const room = new Room(roomForAll);
  const rank = (job: NeededJob): number => verdictKinds.indexOf(jobKind(job));
  const sorted = jobs.toSorted((a, b) => rank(a) - rank(b));
  const lines: (readonly RichElement[])[] = [];
  for (const job of sorted.slice(0, mostLines)) {
    if (room.isSpent) break;
    lines.push(line(job, room));
  }
  const left = sorted.length - lines.length;
  return richBlock([bullets(left === 0 ? lines : [...lines, [text(`and ${left} more`)]])]);
}

function line(job: NeededJob, room: Room): readonly RichElement[] {
  const { sign, words } = looks[jobKind(job)];
  return [text(`${sign} `), text(room.line(job.name, 80)), text(` ${words}`)];
}
