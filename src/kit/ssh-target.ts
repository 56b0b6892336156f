/** Where and as whom to log in. */
export interface SshTarget {
  readonly username: string;
  readonly host: string;
  readonly port: number;
}

/** What `[user@]host[:port]` says; what it leaves out is left out. */
export interface SshAddress {
  readonly username?: string;
  readonly host: string;
  readonly port?: number;
}

const hostName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})$/;
const ipv6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9._-]+)?$/;

/** Reads `[user@]host[:port]`, an IPv6 address in brackets (or bare, without a port); undefined for anything else. */
export function parseAddress(text: string): SshAddress | undefined {
  const at = text.lastIndexOf("@");
  const username = text.slice(0, Math.max(at, 0));
  const place = parsePlace(text.slice(at + 1));
  if (place === undefined || at === 0 || (at > 0 && !isUserName(username))) return undefined;
  return at < 0 ? place : { username, ...place };
}

/** Whether a name can be that of a user: no white space, not taken for an option. */
export function isUserName(text: string): boolean {
  return /^[^\s\p{Cc}-][^\s\p{Cc}]{0,255}$/u.test(text);
}

/** For people: `user@host:port`. */
export function targetName({ username, host, port }: SshTarget): string {
  return `${username}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The name of a host in a known_hosts file. */
export function knownHostsName({ host, port }: Pick<SshTarget, "host" | "port">): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function parsePlace(text: string): SshAddress | undefined {
  if (ipv6.test(text)) return { host: text };
  const [, bracketed, plain = "", portText] =
    /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (!(bracketed === undefined ? hostName : ipv6).test(host)) return undefined;
  if (portText === undefined) return { host };
  const port = Number(portText);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}
