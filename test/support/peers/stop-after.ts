interface Stopped {
  stop(): Promise<void>;
}

/** Stops all of `peers`, side by side, at the end of `use`, also when it throws. */
export async function stopAfter<T>(
  peers: Stopped | readonly Stopped[],
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } finally {
    await Promise.all([peers].flat().map((peer) => peer.stop()));
  }
}

/** Waits for all that is being started; when one of them fails it stops the others and throws. */
export async function startAll<T extends readonly Stopped[]>(
  ...starting: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const settled = await Promise.allSettled<Stopped>(starting);
  const failed = settled.find((one) => one.status === "rejected");
  if (failed === undefined) return (await Promise.all<Stopped>(starting)) as unknown as T;
  for (const one of settled) if (one.status === "fulfilled") await one.value.stop();
  throw failed.reason;
}
