/** Waits for `work`, or rejects with the signal's reason as soon as it aborts; `work` itself goes on unheard. */
export async function until<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return work;
  // Whoever leaves early must not be told later.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), {
      signal: settled.signal,
    });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    settled.abort();
  }
}
