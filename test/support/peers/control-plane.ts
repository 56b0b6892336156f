import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { builtProgram } from "./built-programs.js";
import { type Daemon, startDaemon } from "./daemon.js";
import { type ClusterPlace, nthNetwork } from "./kubernetes-files.js";

/** etcd, the API server, the controllers and the scheduler of a cluster. */
export interface ControlPlane {
  /** Ends the API server with `signal` and starts it again on its port. */
  restartApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** The end of what the program has printed. */
  log(program: "apiserver" | "controllers" | "scheduler"): Promise<string>;
  stop(): Promise<void>;
}

/** Starts them; ready when the API server says so. */
export async function startControlPlane(place: ClusterPlace): Promise<ControlPlane> {
  const running: Daemon[] = [];
  const stop = async (): Promise<void> => {
    // The store last: the others would wait for it.
    const [store, ...others] = running;
    await Promise.all(others.map((daemon) => daemon.end("SIGTERM", 3000)));
    await store?.end("SIGTERM", 3000);
  };
  try {
    running.push(await startStore(place));
    let server = await startApiServer(place);
    running.push(server);
    const controllers = await startControllers(place);
    const scheduler = await startScheduler(place);
    running.push(controllers, scheduler);
    const daemons = () => ({ apiserver: server, controllers, scheduler });
    return {
      restartApiServer: async (signal = "SIGTERM") => {
        await server.end(signal);
        server = await startApiServer(place);
        running[1] = server;
      },
      log: async (program) => (await daemons()[program].log()).slice(-20_000),
      stop,
    };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

async function startStore({ folder, ports }: ClusterPlace): Promise<Daemon> {
  const client = `http://127.0.0.1:${String(ports.etcd)}`;
  const peer = `http://127.0.0.1:${String(ports.etcdPeer)}`;
  return startDaemon(
    [
      await builtProgram("etcd"),
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
    { logFile: join(folder, "etcd.log") },
  );
}

async function startApiServer(place: ClusterPlace): Promise<Daemon> {
  const { folder, network, ports } = place;
  const pki = join(folder, "pki");
  const server = startDaemon(
    [
      await builtProgram("kube-apiserver"),
      `--etcd-servers=http://127.0.0.1:${String(ports.etcd)}`,
      `--secure-port=${String(ports.api)}`,
      "--bind-address=127.0.0.1",
      `--advertise-address=${network.address}`,
      `--tls-cert-file=${pki}/server.crt`,
      `--tls-private-key-file=${pki}/server.key`,
      `--client-ca-file=${pki}/ca.crt`,
      `--cert-dir=${folder}/apiserver`,
      `--token-auth-file=${pki}/tokens.csv`,
      "--anonymous-auth=false",
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-signing-key-file=${pki}/account.key`,
      `--service-account-key-file=${pki}/account.pub`,
      `--service-cluster-ip-range=${nthNetwork(network, 2)}.0/24`,
      `--kubelet-client-certificate=${pki}/client.crt`,
      `--kubelet-client-key=${pki}/client.key`,
      `--kubelet-certificate-authority=${pki}/ca.crt`,
      "--kubelet-preferred-address-types=InternalIP",
    ],
    { logFile: join(folder, "apiserver.log") },
  );
  try {
    await server.ready(() => isReady(place), 60_000);
  } catch (failure) {
    await server.end();
    throw failure;
  }
  return server;
}

async function startControllers({ folder }: ClusterPlace): Promise<Daemon> {
  return startDaemon(
    [
      await builtProgram("kube-controller-manager"),
      `--kubeconfig=${folder}/etc/controllers.kubeconfig`,
      "--use-service-account-credentials=true",
      `--service-account-private-key-file=${folder}/pki/account.key`,
      `--root-ca-file=${folder}/pki/ca.crt`,
      "--leader-elect=false",
      "--secure-port=0",
      // An autoscaler looks after this time, for the first time too: tests of it stay quick.
      "--horizontal-pod-autoscaler-sync-period=2s",
    ],
    { logFile: join(folder, "controllers.log") },
  );
}

async function startScheduler({ folder }: ClusterPlace): Promise<Daemon> {
  return startDaemon(
    [
      await builtProgram("kube-scheduler"),
      `--kubeconfig=${folder}/etc/scheduler.kubeconfig`,
      "--leader-elect=false",
      "--secure-port=0",
    ],
    { logFile: join(folder, "scheduler.log") },
  );
}

async function isReady({ folder, ports }: ClusterPlace): Promise<boolean> {
  const ca = await readFile(join(folder, "pki/ca.crt"), "utf8");
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port: ports.api,
        path: "/readyz",
        ca,
        agent: false,
        timeout: 2000,
        headers: { authorization: "Bearer token-admin" },
      },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    asked.once("timeout", () => asked.destroy(new Error("no answer")));
    asked.once("error", reject);
    asked.end();
  });
}
