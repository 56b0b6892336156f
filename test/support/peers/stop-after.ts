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
