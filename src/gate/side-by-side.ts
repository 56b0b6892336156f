/**
 * Runs `body` for all items at once. The first that throws ends all others by the signal that each gets, and its
 * error is thrown once all have ended; when `signal` aborts, its reason is.
 */
export async function sideBySide<T>(
  items: readonly T[],
  signal: AbortSignal,
  body: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const failures: unknown[] = [];
  const run = async (item: T): Promise<void> => {
    try {
      await body(item, ended);
    } catch (failure) {
      failures.push(failure);
      over.abort(failure);
    }
  };
  await Promise.all(items.map(run));
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
