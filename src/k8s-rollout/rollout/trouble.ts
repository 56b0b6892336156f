/**
 * What keeps a new pod from getting ready, by what one can know of its end:
 * - `refused`: it can never start as it is written;
 * - `config`: something that it names is missing, and may come;
 * - `image`: the registry says that there is no such image, or not for us;
 * - `crash`: it starts and ends;
 * - `unschedulable`, `quota`: there is no room, and may be;
 * - `waiting`: everything else, which time may mend.
 */
export type TroubleKind =
  "refused" | "config" | "image" | "crash" | "unschedulable" | "quota" | "waiting";

/** What a look at a workload's new pods has found. */
export interface Trouble {
  readonly kind: TroubleKind;
  /** What stays the same while the trouble lasts, whichever pod shows it. */
  readonly key: string;
  /** The cause in one line, without the workload's name. */
  readonly line: string;
  /** Where to look for more; undefined where there is no pod. */
  readonly pod: string | undefined;
  readonly container: string | undefined;
  /** Of a crash: how often since our start. */
  readonly restarts?: number;
  /** Of an image: how often the registry was asked in vain. */
  readonly answers?: number;
  /** Of want of room: somebody makes some. */
  readonly comingUp?: boolean;
}
