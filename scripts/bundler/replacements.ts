import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file of a package that is bundled as `source` instead. */
export interface Replacement {
  /** Below node_modules. */
  readonly file: string;
  /** It comes into being only by an install script, and those never run. */
  readonly absent?: true;
  readonly reason: string;
  readonly source: string;
}

/** Everything that a bundle holds otherwise than its package ships it. */
export const replacements: readonly Replacement[] = [
  {
    file: "@actions/core/lib/oidc-utils.js",
    reason:
      "No action asks for an identity token; its client brings all of undici, twice the start-up time.",
    source: `export class OidcClient {
  static getIDToken() {
    throw new Error("Identity tokens are not part of this bundle.");
  }
}
`,
  },
  {
    file: "@actions/core/lib/platform.js",
    reason:
      "Nobody asks for the runner's system; it starts programs, and loads all that this takes.",
    source: `export {};\n`,
  },
  {
    file: "ssh2/lib/protocol/crypto/build/Release/sshcrypto.node/index.js",
    absent: true,
    reason: "Native code differs from machine to machine; ssh2 falls back to node:crypto.",
    source: `throw new Error("Native code is not part of this bundle.");\n`,
  },
  {
    file: "cpu-features/index.js",
    absent: true,
    reason: "Native code, too; where ssh2 knows nothing of the processor it prefers AES-GCM.",
    source: `throw new Error("Native code is not part of this bundle.");\n`,
  },
  {
    file: "ssh2/lib/server.js",
    reason: "Only the client is used.",
    source: `module.exports = class Server {
  constructor() {
    throw new Error("The SSH server is not part of this bundle.");
  }
};
`,
  },
  {
    file: "ssh2/lib/http-agents.js",
    reason: "HTTP is never sent through an ssh2 agent.",
    source: `module.exports = {};\n`,
  },
  {
    file: "ssh2/lib/keygen.js",
    reason: "Keys are read, never made.",
    source: `module.exports = {};\n`,
  },
  {
    file: "ssh2/lib/agent.js",
    reason: "Keys come from inputs, never from an agent; it also brings pagent.exe.",
    source: `class Absent {
  constructor() {
    throw new Error("SSH agents are not part of this bundle.");
  }
}
module.exports = {
  AgentContext: Absent,
  AgentProtocol: Absent,
  BaseAgent: Absent,
  CygwinAgent: Absent,
  OpenSSHAgent: Absent,
  PageantAgent: Absent,
  createAgent: () => new Absent(),
  isAgent: () => false,
};
`,
  },
  {
    file: "ssh2/lib/protocol/SFTP.js",
    reason: "Files travel as a tar over an exec channel; a sixth of ssh2 is SFTP.",
    source: `class SFTP {
  constructor() {
    throw new Error("SFTP is not part of this bundle.");
  }
}
module.exports = { SFTP, OPEN_MODE: {}, STATUS_CODE: {}, flagsToString() {}, stringToFlags() {} };
`,
  },
  {
    file: "tweetnacl/nacl-fast.js",
    reason: "bcrypt-pbkdf wants one SHA-512 of it, which node:crypto has.",
    source: `const { createHash } = require("node:crypto");
module.exports = {
  lowlevel: {
    crypto_hash(out, bytes, length) {
      out.set(createHash("sha512").update(bytes.subarray(0, length)).digest());
      return 0;
    },
  },
};
`,
  },
  {
    file: "@actions/glob/lib/glob.js",
    reason:
      "The cache is given whole paths: a folder with [ or * in its name is that folder. minimatch, below it, has a licence that we do not hand on.",
    source: `import { existsSync } from "node:fs";
export async function create(paths) {
  return {
    async *globGenerator() {
      for (const path of paths.split("\\n")) if (existsSync(path)) yield path;
    },
  };
}
`,
  },
  {
    file: "yaml/dist/index.js",
    reason: "The same sources as ES modules, of which only what is used is bundled.",
    source: `export * from "../browser/dist/index.js";\n`,
  },
  {
    file: "yaml/dist/package.json",
    absent: true,
    reason: "What stands above is an ES module.",
    source: `{ "type": "module" }\n`,
  },
  {
    file: "supports-color/index.js",
    absent: true,
    reason:
      "debug, below the cache client, asks for it where it is there; a log of ours has no colours.",
    source: `module.exports = { stdout: false, stderr: false };\n`,
  },
  {
    file: "make-dir/index.js",
    reason:
      "node-ssh makes local folders only for downloads, which no action does; it brings semver.",
    source: `module.exports = () => Promise.reject(new Error("Downloads are not part of this bundle."));\n`,
  },
];

/**
 * Puts every replacement into `modules`, a node_modules folder. Throws when the file to replace is
 * not there any more: a new version of the package would be bundled whole without a word.
 */
export async function replaceIn(modules: string): Promise<void> {
  for (const { file, absent = false, source } of replacements) {
    const path = join(modules, file);
    if (!absent && !existsSync(path)) throw new Error(`There is no ${file} to replace.`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, source);
  }
}
