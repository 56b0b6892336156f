/** Turns bytes that come in pieces into whole lines, for `print`; `end` prints what is left over. */
export class Lines {
  readonly #print: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  add(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#print(line);
    if (this.#rest.length > longestLine) this.end();
  }

  end(): void {
    if (this.#rest !== "") this.#print(this.#rest);
    this.#rest = "";
  }
}

/** A progress bar without line ends must not fill the memory. */
const longestLine = 16 * 1024;
