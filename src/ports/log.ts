/** Where in the checkout a message belongs. */
export interface Place {
  /** From the root of the repository. */
  readonly file: string;
  readonly line: number;
}

/** Where people read what happens. Every value given to `mask` is hidden in all that follows. */
export interface Log {
  info(line: string): void;
  notice(message: string): void;
  warning(message: string, place?: Place): void;
  error(message: string, place?: Place): void;
  debug(message: string): void;
  /** Opens a fold; folds do not nest: opening one closes the one before. */
  startGroup(title: string): void;
  endGroup(): void;
  /** Prints the output of a program so that it can neither command the runner nor annotate. */
  output(text: string): void;
  mask(secret: string): void;
}
