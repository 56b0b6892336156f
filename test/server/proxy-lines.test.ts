import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shells } from "../support/belay-server.js";
import { type ProgramResult, runProgram } from "../support/program.js";

const part = join(import.meta.dirname, "../../src/server/proxy-lines.sh");
const names = "web web\nshop-app web\nmy-api my-api";

/** What becomes of an nginx file; under busybox its own awk does it. */
async function rewritten(shell: string, text: string): Promise<ProgramResult> {
  const own = shell.startsWith("busybox") ? "alias awk='busybox awk'\n" : "";
  const program = `${own}${await readFile(part, "utf8")}\nrewrite_nginx\n`;
  return runProgram([...shell.split(" "), "-c", program], {
    input: text,
    env: { ...process.env, BELAY_NAMES: names },
  });
}

describe.each(shells)("the lines that nginx needs, written by %s", (shell) => {
  it("stand in http, and each server of ours is asked for by its variable", async () => {
    const { stdout, code } = await rewritten(
      shell,
      `events {}
http {
  upstream django {
    server shop-app:8000;
    keepalive 8;
  }
  upstream both { server a:1; server b:2; }
  server {
    location / { proxy_pass http://django; }
    location /web { proxy_pass  http://web:8080; }
    location /api { proxy_pass http://my-api; }
    location /both { proxy_pass http://both; }
    location /far { proxy_pass http://far.example:80/x/; }
  }
}
`,
    );
    expect(code).toBe(0);
    expect(stdout).toContain("http {\nresolver 127.0.0.11 valid=1s ipv6=off;\n");
    expect(stdout).toContain("include /etc/nginx/belay/*.conf;\nproxy_connect_timeout 2s;\n");
    expect(stdout).toContain("location / { proxy_pass http://$belay_web:8000; }");
    expect(stdout).toContain("location /web { proxy_pass http://$belay_web:8080; }");
    expect(stdout).toContain("location /api { proxy_pass http://$belay_my_api:80; }");
    expect(stdout).toContain("upstream both { server a:1; server b:2; }");
    expect(stdout).toContain("proxy_pass http://far.example:80/x/;");
    expect(stdout).not.toContain("upstream django");
  });

  it("leave what the file has already, and a file without http as it is below them", async () => {
    const text =
      "resolver 10.0.0.1;\nproxy_connect_timeout 5s;\nserver { proxy_pass http://web; }\n";
    const { stdout } = await rewritten(shell, text);
    expect(stdout).toBe(
      `include /etc/nginx/belay/*.conf;\n${text.replace("http://web", "http://$belay_web:80")}`,
    );
  });

  it("are not written where nothing is sent to a service, nor where a path would be lost", async () => {
    const none = await rewritten(shell, "http { server { proxy_pass http://far.example; } }\n");
    expect(none).toMatchObject({ code: 0, stdout: "" });
    const path = await rewritten(shell, "http { server { proxy_pass http://web:80/app/; } }\n");
    expect(path).toMatchObject({ code: 1, stdout: "" });
  });
});
