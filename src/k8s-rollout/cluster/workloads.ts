import type { Condition, KubeObject } from "./objects.js";

/** What makes pods and rolls them: the kinds whose rollout is watched. */
export const workloadKinds = ["Deployment", "StatefulSet", "DaemonSet"] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

export interface Workload extends KubeObject {
  readonly kind: WorkloadKind;
  readonly spec?: WorkloadSpec;
  readonly status?: WorkloadStatus;
}

export interface WorkloadSpec {
  readonly replicas?: number;
  readonly paused?: boolean;
  readonly minReadySeconds?: number;
  readonly template?: PodTemplate;
  readonly podManagementPolicy?: string;
  readonly updateStrategy?: {
    readonly type?: string;
    readonly rollingUpdate?: { readonly partition?: number };
  };
}

/** The members of the three kinds together. */
export interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly updateRevision?: string;
  readonly currentRevision?: string;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly conditions?: readonly Condition[];
}

export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: PodSpec;
}

export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly [member: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly restartPolicy?: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  readonly ports?: readonly { readonly containerPort: number; readonly name?: string }[];
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly [member: string]: unknown;
}

export interface Probe {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
  readonly httpGet?: { readonly path?: string; readonly port?: number | string };
  readonly tcpSocket?: { readonly port?: number | string };
  readonly exec?: { readonly command?: readonly string[] };
  readonly grpc?: { readonly port?: number };
}

export interface Pod extends KubeObject {
  readonly spec?: PodSpec & { readonly nodeName?: string };
  readonly status?: PodStatus;
}

export interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly Condition[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: Terminated;
}

export interface Terminated {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
}

export interface KubeEvent extends KubeObject {
  readonly involvedObject?: {
    readonly kind?: string;
    readonly name?: string;
    readonly uid?: string;
    readonly fieldPath?: string;
  };
  readonly reason?: string;
  readonly message?: string;
  readonly type?: string;
  readonly count?: number;
  readonly series?: { readonly count?: number };
}

export function isWorkload(object: KubeObject): object is Workload {
  const kinds: readonly string[] = workloadKinds;
  return object.apiVersion.startsWith("apps/") && kinds.includes(object.kind);
}

export function templateOf(object: KubeObject): PodTemplate | undefined {
  return isWorkload(object) ? object.spec?.template : undefined;
}

/** Init containers first, in the order in which they run. */
export function containersOf(spec: PodSpec | undefined): readonly Container[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
}
