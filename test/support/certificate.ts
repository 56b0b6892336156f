import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate with its key, as `node:tls` takes them. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** DNS name; default `localhost`. */
  readonly name?: string;
  /** IPv4 addresses that it is good for, too. */
  readonly addresses?: readonly string[];
  readonly validFrom?: Date;
  readonly validTo?: Date;
  /** Default: signed by itself. */
  readonly issuer?: Issuer;
}

export interface Issuer extends Certificate {
  readonly signWith: KeyObject;
  readonly name: string;
}

/** Makes a certificate authority that nobody trusts yet. */
export function makeIssuer(name = "Test CA"): Issuer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const isAuthority = extension("551d13", sequence(tagged(0x01, Buffer.from([0xff]))), true);
  const cert = build({
    name,
    issuer: name,
    publicKey,
    signWith: privateKey,
    extensions: [isAuthority],
  });
  return { cert, key: pem(privateKey), signWith: privateKey, name };
}

/** Makes a server's certificate, good today unless its dates say otherwise. */
export function makeCertificate(options: CertificateOptions = {}): Certificate {
  const { name = "localhost", addresses = [], issuer } = options;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const numbers = addresses.map((one) => tagged(0x87, Buffer.from(one.split(".").map(Number))));
  const names = extension("551d11", sequence(tagged(0x82, Buffer.from(name)), ...numbers));
  const signWith = issuer?.signWith ?? privateKey;
  const cert = build({
    ...options,
    name,
    issuer: issuer?.name ?? name,
    publicKey,
    signWith,
    extensions: [names],
  });
  return { cert, key: pem(privateKey) };
}

interface Parts {
  readonly name: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signWith: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly validFrom?: Date;
  readonly validTo?: Date;
}

const dayMs = 86_400_000;
const ecdsaWithSha256 = sequence(tagged(0x06, Buffer.from("2a8648ce3d040302", "hex")));

/** X.509 version 3 in DER (RFC 5280), by hand: no program's version decides which dates it will make. */
function build(parts: Parts): string {
  const { validFrom = new Date(Date.now() - dayMs), validTo = new Date(Date.now() + dayMs) } =
    parts;
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    commonName(parts.issuer),
    sequence(time(validFrom), time(validTo)),
    commonName(parts.name),
    parts.publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...parts.extensions)),
  );
  const signature = sign("sha256", body, parts.signWith);
  const whole = sequence(
    body,
    ecdsaWithSha256,
    tagged(0x03, Buffer.concat([Buffer.from([0]), signature])),
  );
  const lines = whole.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [tagged(0x01, Buffer.from([0xff]))] : [];
  return sequence(tagged(0x06, Buffer.from(id, "hex")), ...flag, tagged(0x04, value));
}

function commonName(name: string): Buffer {
  const attribute = sequence(
    tagged(0x06, Buffer.from("550403", "hex")),
    tagged(0x0c, Buffer.from(name)),
  );
  return sequence(tagged(0x31, attribute));
}

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\..*/g, "")}Z`));
}

function sequence(...items: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(items));
}

function tagged(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
