import type {
  AnyAuthMethod,
  AuthenticationType,
  KeyboardInteractiveAuthMethod,
  NextAuthHandler,
  ParsedKey,
} from "ssh2";
import type { Refusal } from "./ssh-errors.js";

/** What is tried to log in with, in this order: the key, then the password, sent at once or at a prompt. */
export interface Credentials {
  readonly username: string;
  readonly key: ParsedKey | undefined;
  readonly password: string | undefined;
}

/** One login: hands ssh2 one method after the other and remembers what the server said. */
export class Login {
  readonly #left: AnyAuthMethod[];
  readonly #key: ParsedKey | undefined;
  readonly #tried: string[] = [];
  #accepted: readonly string[] = [];

  constructor({ username, key, password }: Credentials) {
    this.#key = key;
    this.#left = [
      ...(key === undefined ? [] : [{ type: "publickey" as const, username, key }]),
      ...(password === undefined
        ? []
        : [{ type: "password" as const, username, password }, prompted(username, password)]),
    ];
  }

  /** ssh2's `authHandler`. The first method is tried without asking what the server takes: one round trip less. */
  readonly next = (
    accepted: AuthenticationType[] | null,
    _partial: boolean | null,
    next: NextAuthHandler,
  ): void => {
    this.#accepted = accepted ?? this.#accepted;
    const at = this.#left.findIndex(({ type }) => accepted === null || accepted.includes(type));
    const [method] = at < 0 ? [] : this.#left.splice(0, at + 1).slice(at);
    if (method === undefined) {
      // ssh2 takes false for "nothing left"; its types do not know that.
      next(false as never);
      return;
    }
    this.#tried.push(method.type);
    next(method);
  };

  /** What an error says when the server let nobody in. */
  refusal(): Refusal {
    const { accepted, tried } = { accepted: this.#accepted, tried: this.#tried };
    if (this.#key === undefined || !tried.includes("publickey")) return { accepted, tried };
    return {
      accepted,
      tried,
      publicKey: `${this.#key.type} ${this.#key.getPublicSSH().toString("base64")}`,
    };
  }
}

/** Servers that log in through PAM often ask for the password by a prompt instead of taking it. */
function prompted(username: string, password: string): KeyboardInteractiveAuthMethod {
  return {
    type: "keyboard-interactive",
    username,
    prompt: (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => password)),
  };
}
