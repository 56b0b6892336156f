import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shells } from "../support/belay-server.js";
import { runProgram } from "../support/program.js";

const compose = join(import.meta.dirname, "../../src/server/compose.sh");

/** What compose 2 prints. */
const second = `name: shop
services:
  web:
    container_name: shop
    depends_on:
      redis:
        condition: service_started
        required: true
    deploy:
      replicas: 2
    environment:
      A: 'volumes: - x:/y'
    expose:
      - "8000"
    image: ghcr.io/acme/shop:1
    networks:
      default:
        ipv4_address: 10.0.0.2
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 8000
        published: 8001-8002
        protocol: tcp
    volumes:
      - type: bind
        source: /srv/shop/current/my files
        target: /files
        read_only: true
        bind:
          create_host_path: true
      - type: volume
        source: media
        target: /media
        volume: {}
  redis:
    build:
      context: /srv/shop/current
    network_mode: host
    volumes:
      - type: bind
        source: /srv/shop/current/data
        target: /data
networks:
  default:
    name: shop_default
secrets:
  key:
    name: shop_key
    file: /srv/shop/current/key.pem
`;

/** What docker-compose 1.29 prints for the same. */
const first = `networks:
  default: {}
secrets:
  key:
    file: /srv/shop/current/key.pem
services:
  redis:
    build:
      context: /srv/shop/current
    network_mode: host
    volumes:
    - /srv/shop/current/data:/data:rw
  web:
    container_name: shop
    depends_on:
    - redis
    deploy:
      replicas: 2
    environment:
      A: 'volumes: - x:/y'
    expose:
    - '8000'
    image: ghcr.io/acme/shop:1
    networks:
      default:
        ipv4_address: 10.0.0.2
    ports:
    - 127.0.0.1:8001-8002:8000/tcp
    volumes:
    - /srv/shop/current/my files:/files:ro
    - media:/media:rw
version: '3.8'
`;

const facts = [
  "address\tweb\tdefault",
  "bind\tredis\trw\t/srv/shop/current/data\t/data",
  "bind\tweb\tro\t/srv/shop/current/my files\t/files",
  "build\tredis",
  "container_name\tweb\tshop",
  "depends\tweb\tredis",
  "exposes\tweb",
  "file\t/srv/shop/current/key.pem",
  "host\tredis",
  "image\tweb\tghcr.io/acme/shop:1",
  "port\tweb\t8001-8002",
  "replicas\tweb\t2",
  "service\tredis",
  "service\tweb",
  "volume\tweb\tmedia",
];

describe.each(shells)("what compose says of a project, under %s", (shell) => {
  const run = async (script: string, input: string): Promise<string> => {
    const words = [...shell.split(" "), "-c", `. "$1"; ${script}`, "sh", compose];
    return (await runProgram(words, { input })).stdout;
  };

  it.each([
    ["2", second],
    ["1.29", first],
  ])("compose %s", async (_, config) => {
    const printed = await run("compose_facts", config);
    expect(printed.split("\n").filter(Boolean).sort()).toEqual(facts);
  });

  it("the text of a service has neither image nor name nor order in it", async () => {
    const text = await run("service_text web", second);
    expect(text).toContain("ipv4_address");
    expect(text).toContain("A: 'volumes: - x:/y'");
    for (const left of [
      "ghcr.io",
      "container_name",
      "depends_on",
      "service_started",
      "network_mode",
    ])
      expect(text).not.toContain(left);
  });
});
