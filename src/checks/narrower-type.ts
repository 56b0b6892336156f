/** Each holds what those before it hold. */
const integers = ["smallint", "integer", "bigint"];
const floats = ["real", "double precision"];

interface SizedType {
  readonly name: string;
  readonly sizes: readonly number[];
}

/** Whether a value that fits the column's old type may not fit the new one. Types that it does not know do not fit. */
export function isNarrower(before: string, after: string): boolean {
  if (before === after) return false;
  const [old, now] = [parse(before), parse(after)];
  if (now.name === "text" || (now.name === "character varying" && now.sizes.length === 0))
    return !["character", "character varying", "text", "citext"].includes(old.name);
  if (now.name === "character varying") return isShorter(old, now);
  if (integers.includes(old.name)) return !holdsIntegers(old.name, now);
  if (old.name === "numeric" && now.name === "numeric") return isCoarser(old, now);
  if (floats.includes(old.name))
    return !floats.includes(now.name) || floats.indexOf(now.name) < floats.indexOf(old.name);
  return !(old.name === "json" && now.name === "jsonb");
}

/** `character varying(20)` and `timestamp(3) with time zone`, taken apart. */
function parse(type: string): SizedType {
  const match = /^(.*?)\((\d+)(?:,(-?\d+))?\)(.*)$/.exec(type);
  if (match === null) return { name: type, sizes: [] };
  const sizes = [match[2], match[3]].filter((size) => size !== undefined).map(Number);
  return { name: `${match[1] ?? ""}${match[4] ?? ""}`, sizes };
}

function isShorter(old: SizedType, now: SizedType): boolean {
  const isText = old.name === "character varying" || old.name === "character";
  return !isText || (old.sizes[0] ?? Infinity) > (now.sizes[0] ?? Infinity);
}

function holdsIntegers(old: string, now: SizedType): boolean {
  if (now.name === "numeric") return now.sizes.length === 0;
  return integers.indexOf(now.name) >= integers.indexOf(old);
}

/** Digits before and after the point must both have at least the room that they had. */
function isCoarser(old: SizedType, now: SizedType): boolean {
  if (now.sizes.length === 0) return false;
  if (old.sizes.length === 0) return true;
  const [oldAll = 0, oldScale = 0] = old.sizes;
  const [nowAll = 0, nowScale = 0] = now.sizes;
  return nowScale < oldScale || nowAll - nowScale < oldAll - oldScale;
}
