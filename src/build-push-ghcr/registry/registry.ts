import { Deadline } from "../../kit/deadline.js";
import { BelayError, cancelled } from "../../kit/errors.js";
import { parseJson, textAt } from "../../kit/json.js";
import { type Attempt, persist, retryAfterMs } from "../../kit/persist.js";
import type { Clock } from "../../ports/clock.js";
import type { Http, HttpRequest, HttpResponse } from "../../ports/http.js";
import { type ImageName, isLoopback } from "../image-name.js";
import type { Blob, ImageSource, StoredManifest } from "../image/source.js";
import { manifestTypes } from "../image/media-types.js";
import { parseChallenge } from "./challenge.js";
import { mayPass, refusal } from "./refusal.js";

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Line {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** How often a request is tried again that may pass. */
  readonly retries: number;
}

interface Question {
  readonly method?: "GET" | "HEAD" | "PUT";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBodyBytes?: number;
  /** In words that follow "to". */
  readonly asked: string;
  /** Answers that are no refusal. */
  readonly fine: readonly number[];
}

/** A request with all its tries may take this long. */
const patienceMs = 60_000;
/** A new token may have run out again before its turn came: other questions use it, too. */
const mostRenewals = 3;
const longestManifest = 4 * 2 ** 20;
const mostRedirects = 3;

/** One image's place in a registry, by the protocol of the OCI; each request is tried again while that may help. */
export class Registry implements ImageSource {
  readonly #image: ImageName;
  readonly #login: Login | undefined;
  readonly #line: Line;
  readonly #base: string;
  #authorization: Promise<string> | undefined;

  constructor(image: ImageName, login: Login | undefined, line: Line) {
    this.#image = image;
    this.#login = login;
    this.#line = line;
    const host = image.registry === "docker.io" ? "registry-1.docker.io" : image.registry;
    this.#base = `${isLoopback(image) ? "http" : "https"}://${host}/v2/`;
  }

  /** Throws `registry-denied` when the login is none that may push. */
  async checkLogin(): Promise<void> {
    const answer = await this.#ask({ path: "", asked: "log in", fine: [200, 404] });
    if (answer.status === 404) throw this.#refusal(answer, "log in: it is no registry");
  }

  async manifest(reference: string): Promise<StoredManifest | undefined> {
    const answer = await this.#ask({
      path: this.#path(`manifests/${reference}`),
      headers: { accept: manifestTypes.join(", ") },
      maxBodyBytes: longestManifest,
      asked: `read ${this.#image.repository}:${reference}`,
      fine: [200, 404],
    });
    if (answer.status === 404) return undefined;
    const bytes = answer.bytes ?? new TextEncoder().encode(answer.body);
    const document = parseJson(answer.body);
    const told = textAt(document, "mediaType");
    return { bytes, document, mediaType: told || (answer.headers["content-type"] ?? "") };
  }

  async json(blob: Blob): Promise<unknown> {
    const answer = await this.#ask({
      path: this.#path(`blobs/${blob.digest}`),
      maxBodyBytes: longestManifest,
      asked: `read the configuration of ${this.#image.repository}`,
      fine: [200],
    });
    return parseJson(answer.body);
  }

  /** By a range request; a registry that answers with the whole is cut off, and nothing is known. */
  async lastBytes(blob: Blob, count: number): Promise<Uint8Array | undefined> {
    const answer = await this.#ask({
      path: this.#path(`blobs/${blob.digest}`),
      headers: { range: `bytes=${String(blob.size - count)}-${String(blob.size - 1)}` },
      maxBodyBytes: count + 1,
      asked: `read the end of a layer of ${this.#image.repository}`,
      fine: [200, 206, 416],
    });
    const whole = answer.status === 206 && answer.bytes?.byteLength === count;
    return whole ? answer.bytes : undefined;
  }

  /** Puts the tag on exactly these bytes. */
  async putTag(tag: string, { bytes, mediaType }: StoredManifest): Promise<void> {
    await this.#ask({
      method: "PUT",
      path: this.#path(`manifests/${tag}`),
      headers: { "content-type": mediaType },
      body: bytes,
      asked: `put the tag ${tag} on ${this.#image.repository}`,
      fine: [200, 201, 202],
    });
  }

  #path(rest: string): string {
    return `${this.#image.repository}/${rest}`;
  }

  #ask(question: Question): Promise<HttpResponse> {
    const { clock, random, signal, retries } = this.#line;
    let tries = 0;
    const attempt = async (timeoutMs: number): Promise<Attempt<HttpResponse>> => {
      const ended = await this.#try(question, timeoutMs);
      tries += 1;
      if ("failure" in ended && tries > retries) throw ended.failure;
      return ended;
    };
    return persist(attempt, {
      deadline: new Deadline(clock, clock.monotonic(), patienceMs),
      sleep: (ms, given) => clock.sleep(ms, given),
      ...{ random, signal },
    });
  }

  async #try(question: Question, timeoutMs: number): Promise<Attempt<HttpResponse>> {
    try {
      let answer = await this.#send(question, timeoutMs);
      for (let renewals = 0; answer.status === 401 && renewals < mostRenewals; renewals += 1)
        answer = await this.#sendAnew(question, answer, timeoutMs);
      return this.#judge(question, answer);
    } catch (failure) {
      if (failure instanceof BelayError) throw failure;
      if (this.#line.signal.aborted) throw cancelled();
      return { failure: this.#unreachable(failure) };
    }
  }

  #judge(question: Question, answer: HttpResponse): Attempt<HttpResponse> {
    if (question.fine.includes(answer.status)) return { value: answer };
    const failure = this.#refusal(answer, question.asked);
    if (!mayPass(answer.status)) throw failure;
    const afterMs = retryAfterMs(answer.headers["retry-after"], this.#line.clock.now());
    return afterMs === undefined ? { failure } : { failure, afterMs };
  }

  /** With what the registry asks for; the token that it refused may have run out. */
  async #sendAnew(
    question: Question,
    refused: HttpResponse,
    timeoutMs: number,
  ): Promise<HttpResponse> {
    this.#authorization = this.#authorize(refused, timeoutMs);
    // Who waits for it next hears of it again.
    this.#authorization.catch(() => (this.#authorization = undefined));
    if ((await this.#authorization) === "") return refused;
    return this.#send(question, timeoutMs);
  }

  async #send(question: Question, timeoutMs: number): Promise<HttpResponse> {
    const authorization = (await this.#authorization) ?? "";
    const { method = "GET", body, headers, maxBodyBytes } = question;
    const request: HttpRequest = {
      url: `${this.#base}${question.path}`,
      ...{ method, timeoutMs, signal: this.#line.signal },
      headers: { ...headers, ...(authorization !== "" && { authorization }) },
      ...(body !== undefined && { body }),
      ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    };
    return this.#follow(request);
  }

  /** Blobs often lie elsewhere, and that place must not see the login. */
  async #follow(first: HttpRequest): Promise<HttpResponse> {
    let request = first;
    for (let hop = 0; ; hop += 1) {
      const answer = await this.#line.http.request(request);
      const to = answer.headers["location"];
      const moved = [301, 302, 303, 307, 308].includes(answer.status) && to !== undefined;
      if (!moved || first.method === "PUT" || hop === mostRedirects) return answer;
      request = redirected(request, to);
    }
  }

  async #authorize(refused: HttpResponse, timeoutMs: number): Promise<string> {
    const challenge = parseChallenge(refused.headers["www-authenticate"] ?? "");
    const basic = this.#login === undefined ? "" : basicOf(this.#login);
    if (challenge === undefined) return "";
    if (challenge.scheme === "basic") return basic;
    const url = new URL(challenge.realm);
    url.searchParams.set("service", challenge.service);
    const rights = this.#login === undefined ? "pull" : "pull,push";
    url.searchParams.set("scope", `repository:${this.#image.repository}:${rights}`);
    const answer = await this.#line.http.request({
      url: url.href,
      headers: basic === "" ? {} : { authorization: basic },
      ...{ timeoutMs, signal: this.#line.signal },
    });
    if (answer.status !== 200) {
      if (mayPass(answer.status)) throw new Error(`${String(answer.status)} instead of a token`);
      throw this.#refusal(answer, "log in");
    }
    const document = parseJson(answer.body);
    const token = textAt(document, "token") || textAt(document, "access_token");
    return token === "" ? "" : `Bearer ${token}`;
  }

  #refusal({ status, body }: HttpResponse, asked: string): BelayError {
    const username = this.#login?.username ?? "";
    return refusal({ status, body, image: this.#image, asked, username });
  }

  #unreachable(cause: unknown): BelayError {
    const { registry } = this.#image;
    const why = cause instanceof Error ? cause.message : String(cause);
    const remedy = `Check \`image\`, whether ${registry} works, and HTTPS_PROXY where the runner needs a proxy.`;
    return new BelayError("host-unreachable", `${registry} cannot be reached: ${why}`, remedy, {
      cause,
    });
  }
}

function redirected({ url, headers = {}, ...rest }: HttpRequest, location: string): HttpRequest {
  const to = new URL(location, url);
  const { authorization, ...others } = headers;
  const same = to.origin === new URL(url).origin && authorization !== undefined;
  return { ...rest, url: to.href, headers: same ? { ...others, authorization } : others };
}

/** As the header has it. */
export function basicOf({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
