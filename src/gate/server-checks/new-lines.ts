/** What one round read of a log. */
export interface NewLines<Position> {
  readonly lines: readonly string[];
  /** Why some lines are not among them, though they are there. */
  readonly missing?: string | undefined;
  /** Where the next round begins. */
  readonly position: Position;
}
