/** Allows each caller `most` calls a day (UTC); remembers no more than today's callers. */
export class DailyLimit {
  readonly #most: number;
  readonly #calls = new Map<string, number>();
  #day = "";

  constructor(most: number) {
    this.#most = most;
  }

  /** True when this call is one of the allowed ones; it then counts. */
  allows(caller: string, now: Date): boolean {
    this.#startDay(now.toISOString().slice(0, 10));
    const calls = this.#calls.get(caller) ?? 0;
    if (calls >= this.#most) return false;
    this.#calls.set(caller, calls + 1);
    return true;
  }

  #startDay(day: string): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#calls.clear();
  }
}
