/** One member of an archive; `name` and `target` are UTF-8 without NUL, at any length. */
export interface TarMember {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly modified?: number;
}

const block = 512;
const shortName = 100;

/**
 * The header of a regular file, after which follow its bytes and `tarPadding(size)`. Long names are written
 * the GNU way (`././@LongLink`), which GNU, BSD and busybox tar read; busybox does not read names of pax.
 */
export function tarHeader(member: TarMember): Uint8Array {
  const name = Buffer.from(member.name);
  const header = fileHeader(name.subarray(0, shortName), member);
  return name.length <= shortName ? header : Buffer.concat([longName(name), header]);
}

/** What fills up the last block of a member of `size` bytes. */
export function tarPadding(size: number): Uint8Array {
  return Buffer.alloc((block - (size % block)) % block);
}

/** What ends an archive. */
export const tarEnd: Uint8Array = Buffer.alloc(2 * block);

/** A whole archive of small files in memory. */
export function tarOf(files: ReadonlyMap<string, string>): Uint8Array {
  const parts = Array.from(files, ([name, text]) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([
      tarHeader({ name, mode: 0o600, size: bytes.length }),
      bytes,
      tarPadding(bytes.length),
    ]);
  });
  return Buffer.concat([...parts, tarEnd]);
}

function longName(name: Uint8Array): Uint8Array {
  const size = name.length + 1;
  const header = fileHeader(Buffer.from("././@LongLink"), { mode: 0o644, size }, "L");
  return Buffer.concat([header, name, Buffer.alloc(1), tarPadding(size)]);
}

function fileHeader(name: Uint8Array, member: Omit<TarMember, "name">, type = "0"): Uint8Array {
  const header = Buffer.alloc(block);
  header.set(name, 0);
  header.write(octal(member.mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.set(sizeField(member.size), 124);
  header.write(octal(member.modified ?? 0, 11), 136);
  header.write(type, 156);
  header.write("ustar  ", 257);
  header.write(`${octal(checksum(header), 6)}\0 `, 148);
  return header;
}

/** Octal up to 8 GiB, above that the GNU base-256 form. */
function sizeField(size: number): Uint8Array {
  if (size < 8 ** 11) return Buffer.from(octal(size, 11));
  const field = Buffer.alloc(12);
  field.writeBigUInt64BE(BigInt(size), 4);
  field[0] = 0x80;
  return field;
}

function octal(value: number, digits: number): string {
  return Math.max(0, Math.floor(value)).toString(8).padStart(digits, "0");
}

/** The sum of the header's bytes with the checksum's own field as blanks. */
function checksum(header: Uint8Array): number {
  let sum = 8 * 0x20;
  for (const byte of header) sum += byte;
  return sum;
}
