import { createHash } from "node:crypto";
import ssh2 from "ssh2";

/** A key pair in OpenSSH's format. */
export interface SshKey {
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** Makes a key pair; `passphrase` encrypts the private half. */
export function sshKey(type: "ed25519" | "ecdsa" | "rsa" = "ed25519", passphrase?: string): SshKey {
  for (;;) {
    const pair = generate(type, passphrase);
    // ssh2 makes one ed25519 key of a few hundred that nobody can read.
    if (ssh2.utils.parseKey(pair.private, passphrase) instanceof Error) continue;
    const [kind = "", blob = ""] = pair.public.split(" ");
    return {
      privateKey: pair.private,
      publicKey: `${kind} ${blob}`,
      fingerprint: fingerprintOf(blob),
    };
  }
}

function generate(
  type: "ed25519" | "ecdsa" | "rsa",
  passphrase?: string,
): ssh2.utils.KeyPairReturn {
  const options = passphrase === undefined ? {} : { passphrase, cipher: "aes256-ctr", rounds: 4 };
  const lock = options as { passphrase: string; cipher: string; rounds: number };
  switch (type) {
    case "rsa":
      return ssh2.utils.generateKeyPairSync("rsa", { bits: 2048, ...lock });
    case "ecdsa":
      return ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256, ...lock });
    case "ed25519":
      return ssh2.utils.generateKeyPairSync("ed25519", lock);
  }
}

/** OpenSSH's fingerprint of a public key in base64. */
export function fingerprintOf(blob: string): string {
  const digest = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}
