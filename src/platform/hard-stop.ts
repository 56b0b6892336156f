/**
 * Ends the process in `afterMs` when something that cannot be called off would still keep it alive, such as
 * the look-up of a name at a server that does not answer. The exit code stays what it is; what was printed has
 * been written by then.
 */
export function stopHard(afterMs: number): void {
  // eslint-disable-next-line no-restricted-properties -- there is no softer way to leave a look-up behind
  setTimeout(() => process.exit(), afterMs).unref();
}
