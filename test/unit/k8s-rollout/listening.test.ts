import { describe, expect, it } from "vitest";
import { listeningPorts } from "../../../src/k8s-rollout/rollout/listening.js";

const head =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

describe("the ports of /proc/net/tcp", () => {
  it("are those that listen, each once, sorted", () => {
    const table = [
      head,
      "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n",
      "   1: 00000000:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 2\n",
      "   2: 0100A8C0:1F90 0200A8C0:D431 01 00000000:00000000 00:00000000 00000000 0 0 3\n",
      head,
      "   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4\n",
    ];
    expect(listeningPorts(table.join(""))).toEqual([3000, 8080]);
  });

  it("are not those on loopback: no probe comes that way", () => {
    const table = [
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n",
      "   1: 0B00007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n",
      "   0: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4\n",
    ];
    expect(listeningPorts(`${head}${table.join("")}`)).toEqual([]);
  });
});
