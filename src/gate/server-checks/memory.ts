import type { ContainerMemory } from "./container.js";
import type { LogsMemory } from "./logs.js";
import type { CpuTicks } from "./server-load.js";

/** What one gate remembers of its server between rounds, by the checks' names. */
export class ServerMemory {
  readonly containers = new Map<string, ContainerMemory>();
  readonly logs = new Map<string, LogsMemory>();
  readonly cpu = new Map<string, CpuTicks>();
}
