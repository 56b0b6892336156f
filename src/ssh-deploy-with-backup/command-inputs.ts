import type { InputReader } from "../kit/inputs.js";

/** What `operation: run` runs. */
export interface CommandInputs {
  readonly lines: string;
  /** Empty: on the server itself. */
  readonly service: string;
}

/** Reads the lines of `run`, which needs some; what is wrong is noted in `reader`. */
export function readCommand(reader: InputReader, operation: string): CommandInputs {
  const lines = reader.block("command");
  const service = reader.text("service", {
    accepted: "the name of a service of the compose project",
    example: "web",
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  });
  if (operation === "run" && lines === "") {
    const accepted = "shell lines, because `operation` is `run`";
    reader.problem("command", { accepted, example: "python manage.py clearsessions" });
  }
  return { lines, service };
}
