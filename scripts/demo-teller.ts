/** Prints the story: parts with a number, lines with the seconds since the start. */
export class Teller {
  readonly #started = performance.now();
  #parts = 0;

  /** Opens the next part. */
  part(title: string): void {
    this.#parts += 1;
    console.log(`\n${this.#parts}. ${title}`);
  }

  /** One line, now. */
  tell(line: string): void {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1);
    console.log(`${seconds.padStart(6)} s  ${line}`);
  }
}
