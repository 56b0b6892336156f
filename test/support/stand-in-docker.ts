import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OciImage } from "./oci-image.js";

/** How buildx shall behave. */
export interface BuildxScript {
  /** Of the builder in use; default docker-container. */
  readonly driver?: string;
  /** What is built, however often; undefined: the build fails. */
  readonly image?: OciImage;
  /** Lines on standard error: objects are progress, texts are words. */
  readonly says?: readonly (object | string)[];
}

/**
 * A program `docker` in front of the machine's, which builds nothing: it says what a script has it say and
 * claims to have built an image that the test has put into the registry. For what goes on around a build;
 * builds themselves are tested with the real one.
 */
export interface StandInDocker {
  /** The folder of the program. */
  readonly path: string;
  /** A configuration of Docker's client in which it is the plugin buildx too, before any of the machine's. */
  readonly config: string;
  behave(script: BuildxScript): Promise<void>;
  /** The words of each call so far. */
  calls(): Promise<readonly string[]>;
}

const program = (folder: string): string => `#!/bin/sh
echo "$*" >> '${folder}/calls'
case "$1 $2" in
  "buildx inspect") cat '${folder}/inspect' ;;
  "buildx create" | "buildx rm") echo "$4" ;;
  "buildx build")
    while [ $# -gt 0 ]; do
      case "$1" in
        --metadata-file) metadata=$2 ;;
        --output) output=$2 ;;
      esac
      shift
    done
    cat '${folder}/says' >&2
    [ -e '${folder}/metadata' ] || exit 1
    cp '${folder}/metadata' "$metadata"
    case "$output" in
      *type=oci*)
        layout=\${output#*dest=}
        cp -r '${folder}/layout' "\${layout%%,*}"
        ;;
    esac
    ;;
  *) exit 125 ;;
esac
`;

/** Makes it in `folder`. */
export async function makeStandInDocker(folder: string): Promise<StandInDocker> {
  const path = join(folder, "bin");
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "docker"), program(folder));
  await chmod(join(path, "docker"), 0o755);
  await writeFile(join(folder, "calls"), "");
  const config = join(folder, "config");
  const plugin = join(config, "cli-plugins/docker-buildx");
  await mkdir(join(config, "cli-plugins"), { recursive: true });
  await writeFile(plugin, `#!/bin/sh\nexec '${join(path, "docker")}' buildx "$@"\n`);
  await chmod(plugin, 0o755);
  return {
    ...{ path, config },
    behave: (script) => behave(folder, script),
    calls: async () => (await readFile(join(folder, "calls"), "utf8")).trimEnd().split("\n"),
  };
}

async function behave(folder: string, script: BuildxScript): Promise<void> {
  const { driver = "docker-container", image, says = [] } = script;
  await writeFile(join(folder, "inspect"), `Name:   stand-in\nDriver: ${driver}\n\nNodes:\n`);
  const lines = says.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  await writeFile(join(folder, "says"), lines.map((line) => `${line}\n`).join(""));
  if (image === undefined) return;
  const metadata = { "containerimage.digest": image.digest, "buildx.build.ref": "stand-in" };
  await writeFile(join(folder, "metadata"), JSON.stringify(metadata));
  await layOut(join(folder, "layout"), image);
}

/** Writes an image as an OCI layout. */
async function layOut(folder: string, image: OciImage): Promise<void> {
  const blobs = join(folder, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const put = (digest: string, bytes: Uint8Array): Promise<void> =>
    writeFile(join(blobs, digest.replace("sha256:", "")), bytes);
  await put(image.digest, image.manifest.bytes);
  for (const [digest, bytes] of image.blobs) await put(digest, bytes);
  await Promise.all(image.children.map((child) => layOut(folder, child)));
}
