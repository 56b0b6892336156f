import { itemsOf, memberAt, textAt } from "./json.js";

/** A commit as people see it. */
export interface Commit {
  readonly sha: string;
  /** The first line of its message. */
  readonly subject: string;
  readonly author: string;
}

/** What the event that started a run says; what it does not say is empty. */
export interface EventFacts {
  readonly commit: Commit | undefined;
  /** The page with what was pushed. */
  readonly compareUrl: string;
  readonly pullRequestUrl: string;
  /** Of a deployment, or what somebody chose when they started the workflow by hand. */
  readonly environment: string;
  /** What was pushed, oldest first; at most 20, as GitHub tells them. */
  readonly pushed: readonly PushedCommit[];
}

export interface PushedCommit {
  readonly sha: string;
  readonly message: string;
  readonly author: string;
  readonly email: string;
  readonly timestamp: string;
}

/** The event's payload, whatever kind it is of. */
export function eventFacts(event: unknown): EventFacts {
  const created = /^0+$/.test(textAt(event, "before"));
  return {
    commit: pullRequestCommit(event) ?? headCommit(event),
    compareUrl: created ? "" : textAt(event, "compare"),
    pullRequestUrl: textAt(event, "pull_request", "html_url"),
    environment:
      textAt(event, "deployment", "environment") || textAt(event, "inputs", "environment"),
    pushed: itemsOf(memberAt(event, "commits")).map(pushedCommit),
  };
}

/** The commit of a pull request's run is a merge that nobody made: its head and its title say more. */
function pullRequestCommit(event: unknown): Commit | undefined {
  const sha = textAt(event, "pull_request", "head", "sha");
  if (sha === "") return undefined;
  const subject = textAt(event, "pull_request", "title");
  return { sha, subject, author: textAt(event, "pull_request", "user", "login") };
}

/** Of a push, or of the run that this one follows. */
function headCommit(event: unknown): Commit | undefined {
  const commit =
    memberAt(event, "head_commit") ?? memberAt(event, "workflow_run", "head_commit") ?? undefined;
  const sha = textAt(commit, "id");
  if (sha === "") return undefined;
  const subject = firstLine(textAt(commit, "message"));
  return { sha, subject, author: textAt(commit, "author", "name") };
}

function pushedCommit(commit: unknown): PushedCommit {
  return {
    sha: textAt(commit, "id"),
    message: textAt(commit, "message"),
    author: textAt(commit, "author", "name"),
    email: textAt(commit, "author", "email"),
    timestamp: textAt(commit, "timestamp"),
  };
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/, 1)[0] ?? "";
}
