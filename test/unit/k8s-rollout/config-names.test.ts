import { expect, it } from "vitest";
import { configNames } from "../../../src/k8s-rollout/manifests/config-names.js";

it("finds every ConfigMap and Secret that pods are made from, and which they start without", () => {
  const template = {
    spec: {
      containers: [
        {
          name: "web",
          envFrom: [{ configMapRef: { name: "a" } }, { secretRef: { name: "b", optional: true } }],
          env: [
            { name: "A", valueFrom: { configMapKeyRef: { name: "c", key: "k" } } },
            { name: "B", valueFrom: { secretKeyRef: { name: "d", key: "k" } } },
            { name: "C", value: "plain" },
          ],
        },
      ],
      initContainers: [{ name: "init", envFrom: [{ configMapRef: { name: "e" } }] }],
      volumes: [
        { name: "1", configMap: { name: "f", optional: true } },
        { name: "2", secret: { secretName: "g" } },
        {
          name: "3",
          projected: {
            sources: [{ configMap: { name: "h" } }, { secret: { name: "i" } }],
          },
        },
        { name: "4", emptyDir: {} },
      ],
    },
  };
  const found = configNames(template).map(
    ({ kind, name, optional }) => `${kind}/${name}${optional ? "?" : ""}`,
  );
  expect(found).toEqual([
    ...["a", "c", "e", "f?", "h"].map((name) => `ConfigMap/${name}`),
    ...["b?", "d", "g", "i"].map((name) => `Secret/${name}`),
  ]);
});

it("takes what is named twice as needed where one of the two needs it", () => {
  const from = (optional: boolean) => ({ configMapRef: { name: "a", optional } });
  const containers = [{ name: "web", envFrom: [from(true), from(false), from(true)] }];
  expect(configNames({ spec: { containers } })).toEqual([
    { kind: "ConfigMap", name: "a", optional: false },
  ]);
});
