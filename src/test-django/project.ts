import type { Placer } from "../checks/places.js";
import type { Children } from "../ports/children.js";

/** A Django project whose dependencies are installed. */
export interface Project {
  /** Where its manage.py lies, as an absolute path. */
  readonly folder: string;
  /** The root of the repository. */
  readonly workspace: string;
  /** The project's own Python. */
  readonly python: string;
  /** The folder of our Python files. */
  readonly drivers: string;
  /** For files of this run; nobody else may look into it. */
  readonly scratch: string;
  /** Begins the names of this run's databases. */
  readonly token: string;
  /** What its programs see besides the job's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly place: Placer;
  readonly children: Children;
}
