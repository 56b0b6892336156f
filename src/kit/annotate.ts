import type { BelayError, ErrorPlace } from "./errors.js";

/** The runner shows ten error annotations of a step. */
const mostAnnotations = 10;

/** What annotations are written to. */
export interface AnnotationLog {
  error(message: string, annotation?: { readonly place?: ErrorPlace }): void;
  info(line: string): void;
  debug(message: string): void;
}

/** An annotation for each finding, the worst first; the cause and the stack for whoever looks deeper. */
export function annotate(error: BelayError, log: AnnotationLog): void {
  const all = [error, ...error.also];
  for (const { message, remedy, place } of all.slice(0, mostAnnotations))
    log.error(`${message}. ${remedy}`, place && { place });
  for (const { message, remedy } of all.slice(mostAnnotations)) log.info(`${message}. ${remedy}`);
  if (error.cause instanceof Error) {
    log.info(`cause: ${error.cause.message}`);
    log.debug(error.cause.stack ?? "");
  }
  log.debug(error.stack ?? "");
}
