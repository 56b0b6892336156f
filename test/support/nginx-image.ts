import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dockerd } from "./peers/dockerd.js";
import { build, staticBusybox } from "./peers/images.js";
import { mustRun } from "./program.js";
import { removeFolder, scratchFolder } from "./scratch.js";

const folders = "/etc/nginx /var/log/nginx /var/lib/nginx /run /tmp";

/** Builds an image of this machine's nginx, which runs in the foreground, with busybox for a shell. */
export async function nginxImage(dockerd: Dockerd, name: string): Promise<string> {
  const libraries = (await mustRun(["ldd", "/usr/sbin/nginx"])).match(/\/\S+/g) ?? [];
  const files = ["/usr/sbin/nginx", ...libraries].map((path): [string, string] => [
    `root${path}`,
    path,
  ]);
  const folder = await scratchFolder("nginx-image");
  try {
    await writeFile(
      join(folder, "passwd"),
      "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
    );
    await writeFile(join(folder, "group"), "root:x:0:\nnogroup:x:65534:\nnobody:x:65534:\n");
    return await build(
      dockerd,
      name,
      [
        "FROM scratch",
        "COPY root/ /",
        `RUN ["/bin/busybox", "mkdir", "-p", ${JSON.stringify(folders.split(" ")).slice(1, -1)}]`,
        'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
        'ENTRYPOINT ["/usr/sbin/nginx", "-g", "daemon off;"]',
      ],
      {
        ...Object.fromEntries(files),
        "root/bin/busybox": await staticBusybox(),
        "root/etc/passwd": join(folder, "passwd"),
        "root/etc/group": join(folder, "group"),
      },
    );
  } finally {
    await removeFolder(folder);
  }
}
