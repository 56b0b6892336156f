import { startDockerd } from "./dockerd.js";
import { webImage } from "./images.js";

// Starts a daemon with a container and dies like a test run that is killed: nothing is cleaned up.
const dockerd = await startDockerd();
await webImage(dockerd, { name: "web" });
const id = await dockerd.docker(["run", "--detach", "--restart", "always", "web"]);
const pid = await dockerd.docker(["inspect", "--format", "{{.State.Pid}}", id.trim()]);
process.stdout.write(pid.trim(), () => process.kill(process.pid, "SIGKILL"));
