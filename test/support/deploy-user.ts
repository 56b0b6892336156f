import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { endProcess, processesOfUser } from "./processes.js";
import { mustRun } from "./program.js";

/** A user of the system who is not root. */
export interface DeployUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Ends all that a temporary user still runs and removes the user with the home folder. */
  remove(): Promise<void>;
}

export interface DeployUserOptions {
  readonly password?: string | undefined;
  /** Default /bin/sh. */
  readonly shell?: string | undefined;
}

/** As root a new temporary user; else the user who runs the tests, as is. */
export async function makeDeployUser({
  password,
  shell = "/bin/sh",
}: DeployUserOptions = {}): Promise<DeployUser> {
  if (process.getuid?.() !== 0) return ourselves();
  const name = `belay-${randomBytes(4).toString("hex")}`;
  // Neither a password nor locked: a locked user may not log in by key either.
  const secret =
    password === undefined
      ? "*"
      : (await mustRun(["openssl", "passwd", "-6", "-stdin"], { input: password })).trim();
  await mustRun(["useradd", "--create-home", "--shell", shell, "--password", secret, name]);
  const [, , uid, gid, , home = ""] = (await mustRun(["getent", "passwd", name])).trim().split(":");
  const id = Number(uid);
  return {
    name,
    uid: id,
    gid: Number(gid),
    home,
    remove: async () => {
      // Some may start others while we look.
      for (
        let left = await processesOfUser(id);
        left.length > 0;
        left = await processesOfUser(id)
      ) {
        for (const pid of left) await endProcess(pid);
      }
      await mustRun(["userdel", "--remove", "--force", name]);
    },
  };
}

function ourselves(): DeployUser {
  const { username, uid, gid, homedir } = userInfo();
  return { name: username, uid, gid, home: homedir, remove: () => Promise.resolve() };
}
