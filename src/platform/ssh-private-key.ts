import type { ParsedKey, utils } from "ssh2";
import { BelayError } from "../kit/errors.js";
import type { SshLogin } from "../kit/ssh-connection.js";

/** Decrypts the private key of `login`; undefined when it has none. Throws `key-format` or `key-passphrase`. */
export function readPrivateKey(
  login: SshLogin,
  parseKey: typeof utils.parseKey,
): ParsedKey | undefined {
  const { privateKey, passphrase, keyInput } = login;
  if (privateKey === undefined) return undefined;
  const text = `${privateKey.replaceAll("\r\n", "\n").trim()}\n`;
  const fault = formatFault(text);
  if (fault !== undefined)
    throw new BelayError("key-format", `\`${keyInput}\` ${fault.message}`, fault.remedy);
  const key = parseKey(text, passphrase);
  if (!(key instanceof Error) && key.isPrivateKey()) return key;
  throw isEncrypted(text) ? passphraseFault(login) : damaged(keyInput);
}

interface Fault {
  readonly message: string;
  readonly remedy: string;
}

const pasteWhole =
  "Paste the whole file with its line ends, from -----BEGIN to -----END, for example by `gh secret set NAME < key-file`.";

/** What is wrong with the form of a private key, as far as it can be told without reading it. */
function formatFault(text: string): Fault | undefined {
  if (text.startsWith("PuTTY-User-Key-File-")) {
    const remedy = "Convert it and use the result: `puttygen key.ppk -O private-openssh -o key`.";
    return { message: "is a key in PuTTY's format", remedy };
  }
  if (/^(?:ssh-|ecdsa-sha2-|sk-|---- BEGIN SSH2 PUBLIC|-----BEGIN (?:RSA )?PUBLIC)/.test(text)) {
    const remedy =
      "Use the other file of the pair: the one without .pub, which begins with -----BEGIN.";
    return { message: "is a public key", remedy };
  }
  if (/-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(text)) {
    const remedy =
      "Rewrite it in OpenSSH's format: `ssh-keygen -p -f key-file` (the passphrase may stay the same).";
    return { message: "is a key in PKCS#8 format", remedy };
  }
  if (!/^-----BEGIN [A-Z ]+-----/.test(text)) return notAKey(text);
  return lineFault(text);
}

function notAKey(text: string): Fault {
  if (/^(?:~|\.{0,2})\/\S+\n$/.test(text)) {
    return { message: "is the path of a file, not a key", remedy: pasteWhole };
  }
  return { message: "is no private key: it does not begin with -----BEGIN", remedy: pasteWhole };
}

function lineFault(text: string): Fault | undefined {
  if (text.includes("\\n")) {
    return { message: "has the two characters \\n where its line ends were", remedy: pasteWhole };
  }
  if (!text.trim().includes("\n")) {
    return { message: "has lost its line ends: it is all on one line", remedy: pasteWhole };
  }
  if (!/-----END [A-Z ]+-----\n$/.test(text)) {
    return { message: "is cut off: it does not end with -----END", remedy: pasteWhole };
  }
  return undefined;
}

/** An OpenSSH key names its cipher in what it begins with, an older one has a header. */
function isEncrypted(text: string): boolean {
  if (/^Proc-Type: 4,ENCRYPTED$/m.test(text)) return true;
  const body = Buffer.from(text.replaceAll(/-----[^-]+-----/g, ""), "base64").toString("latin1");
  const cipher = /^openssh-key-v1\0\0\0\0[\0-\xff]([a-z0-9@.-]+)\0/.exec(body)?.[1];
  return cipher !== undefined && cipher !== "none";
}

function passphraseFault({ keyInput, passphrase }: SshLogin): BelayError {
  if (passphrase === undefined) {
    const remedy =
      "Set `passphrase` to the key's, or use a key of its own for deploys that has none.";
    return new BelayError(
      "key-passphrase",
      `\`${keyInput}\` is encrypted and \`passphrase\` is empty`,
      remedy,
    );
  }
  const remedy =
    "Try it with `ssh-keygen -y -f key-file`, and mind white space around the secret's value.";
  return new BelayError("key-passphrase", `\`passphrase\` does not open \`${keyInput}\``, remedy);
}

function damaged(keyInput: string): BelayError {
  return new BelayError(
    "key-format",
    `\`${keyInput}\` is damaged, or of a kind that is not supported`,
    pasteWhole,
  );
}
