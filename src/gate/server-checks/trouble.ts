import type { Place } from "../check.js";
import { type Answer, type Found, found, openAnswer, textOf } from "./found.js";
import { placeName } from "./place.js";

/** What a check was asked of, for the words of its troubles. */
export interface Asked {
  readonly place: Place | undefined;
}

/** What followed the line `ran`, or the finding when the check could not be asked at all. */
export type Ran = { readonly output: Uint8Array } | { readonly trouble: Found };

/** Reads the first line of an answer: `ran`, `trouble KIND`, or whatever docker said instead. */
export function readRan(answer: Answer, asked: Asked): Ran {
  const opened = openAnswer(answer);
  if (opened?.head === "ran") return { output: opened.rest };
  const kind = /^trouble ([a-z-]+)$/.exec(opened?.head ?? "")?.[1];
  const trouble = kind === undefined ? undefined : troubleOf(kind, asked);
  return { trouble: trouble ?? notRun(answer, asked) };
}

function troubleOf(kind: string, { place }: Asked): Found | undefined {
  const where = place === undefined ? "" : placeName(place);
  switch (kind) {
    case "docker-missing":
      return found("hopeless", "docker is missing on the server", {
        remedy: "Install docker there, or leave out the checks that ask it.",
      });
    case "docker-denied":
      return found("hopeless", "the deploy user may not ask docker", {
        remedy:
          "Run `sudo usermod -aG docker USER` on the server; it holds from the next login on.",
      });
    case "docker-down":
      return found("unhealthy", "docker does not answer on the server", {
        remedy: "Look at `systemctl status docker` on the server.",
      });
    case "docker-unknown":
      return found("unhealthy", "docker tells the state of a container in an unknown way", {
        remedy: "Use Docker 20.10 or newer on the server.",
      });
    case "gone":
      return found("unhealthy", `docker knows no container: ${where}`, {
        remedy: "See that the name is spelled as in `docker ps --all`, and that it was started.",
      });
    case "stopped":
      return found("unhealthy", `no container runs: ${where}`, {
        remedy: "Look at its last lines with `docker logs`.",
      });
    default:
      return undefined;
  }
}

function notRun({ bytes }: Answer, { place }: Asked): Found {
  const said = textOf(bytes);
  if (place === undefined) return found("unhealthy", "the server did not run the check", { said });
  const remedy = "A container without a shell can only be asked from outside: leave out `in`.";
  return found("unhealthy", `docker could not run sh: ${placeName(place)}`, { said, remedy });
}

/** A program that a check needs is not where it was asked. */
export function missingProgram(program: string, packageName: string, { place }: Asked): Found {
  return place === undefined
    ? found("hopeless", `${program} is missing on the server`, {
        remedy: `Run \`apt-get install ${packageName}\` there, or name the container that has it with \`in\`.`,
      })
    : found("hopeless", `${program} is missing: ${placeName(place)}`, {
        remedy: "Name a container that has it with `in`.",
      });
}
