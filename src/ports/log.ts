/** Where in the repository a message belongs. */
export interface Place {
  /** From the repository's root, with `/`. */
  readonly file: string;
  /** From 1 on. */
  readonly line?: number;
}

export interface Annotation {
  readonly place?: Place;
  readonly title?: string;
}

/** Where people read what happens. Every value given to `mask` is hidden in all that follows. */
export interface Log {
  info(line: string): void;
  notice(message: string): void;
  warning(message: string, annotation?: Annotation): void;
  error(message: string, annotation?: Annotation): void;
  debug(message: string): void;
  /** Opens a fold; folds do not nest: opening one closes the one before. */
  startGroup(title: string): void;
  endGroup(): void;
  /** Prints the output of a program so that it can neither command the runner nor annotate. */
  output(text: string): void;
  mask(secret: string): void;
}
