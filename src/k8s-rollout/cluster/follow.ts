import { parseJson } from "../../kit/json.js";
import type { Clock } from "../../ports/clock.js";
import { RefusedStream } from "../../ports/cluster.js";
import type { Api } from "./api.js";
import { ApiFailure, isStatus } from "./api-failure.js";
import type { KubeObject } from "./objects.js";

/** What is told of a list that is followed. */
export interface Follower<T> {
  /** All that there is, at first and after each gap that cannot be closed. */
  readonly listed: (items: readonly T[]) => void;
  readonly changed: (item: T) => void;
  readonly deleted: (item: T) => void;
  /** The connection dropped and is made anew; `why` in one line. */
  readonly interrupted?: (why: string) => void;
}

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject & { readonly code?: number };
}

const firstPauseMs = 100;
const longestPauseMs = 5000;
/** The server ends a watch after this; it is taken up where it was. */
const watchSeconds = 290;

/**
 * Follows a list until `signal` aborts: one list, then a watch that goes on where it was after every end, and
 * a new list only when the server has forgotten that place (410). Throws only what no other try would mend.
 */
export async function follow<T extends KubeObject>(
  path: string,
  follower: Follower<T>,
  {
    api,
    clock,
    signal,
  }: { readonly api: Api; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const isOver = (): boolean => signal.aborted;
  let version: string | undefined;
  let pauseMs = firstPauseMs;
  while (!isOver()) {
    try {
      if (version === undefined) {
        const list = await api.list<T>(path);
        follower.listed(list.items);
        version = list.resourceVersion;
      }
      for await (const event of watch(api, path, version, signal)) {
        pauseMs = firstPauseMs;
        version = event.object.metadata.resourceVersion ?? version;
        tell(event, follower);
      }
    } catch (failure) {
      if (isOver()) return;
      if (isGone(failure)) version = undefined;
      else if (isFinal(failure)) throw failure;
      else {
        follower.interrupted?.(failure instanceof Error ? failure.message : String(failure));
        await clock.sleep(pauseMs, signal).catch(() => undefined);
        pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      }
    }
  }
}

async function* watch(
  api: Api,
  path: string,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncIterable<WatchEvent> {
  const query = new URLSearchParams({
    watch: "1",
    allowWatchBookmarks: "true",
    timeoutSeconds: String(watchSeconds),
    resourceVersion,
  });
  const separator = path.includes("?") ? "&" : "?";
  try {
    for await (const line of api.stream(`${path}${separator}${query.toString()}`, signal)) {
      const event = parseJson(line) as WatchEvent | undefined;
      // The last line of a connection that dropped may be half of one.
      if (event === undefined) continue;
      if (event.type === "ERROR")
        throw new ApiFailure({
          status: event.object.code ?? 500,
          body: JSON.stringify(event.object),
          warnings: [],
        });
      yield event;
    }
  } catch (failure) {
    throw failure instanceof RefusedStream ? new ApiFailure(failure.answer) : failure;
  }
}

function tell<T extends KubeObject>({ type, object }: WatchEvent, follower: Follower<T>): void {
  if (type === "DELETED") follower.deleted(object as unknown as T);
  else if (type !== "BOOKMARK") follower.changed(object as unknown as T);
}

function isGone(failure: unknown): boolean {
  return isStatus(failure, 410);
}

/** What the server refuses it will refuse again; what is busy, gone or starting may come back. */
function isFinal(failure: unknown): boolean {
  return (
    failure instanceof ApiFailure &&
    failure.status >= 400 &&
    failure.status < 500 &&
    ![408, 429].includes(failure.status)
  );
}
