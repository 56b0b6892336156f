import { parseDuration } from "../kit/duration.js";
import { parseSize } from "../kit/size.js";
import type { Measure } from "./check-fields.js";

function percent(text: string): number | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,3})?) ?%?$/.exec(text);
  const value = Number(match?.[1]);
  return match !== null && value <= 100 ? value : undefined;
}

function whole(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Percent, `85` or `85%`. */
export const percentage: Measure = {
  parse: percent,
  accepted: "percent, as { warning: …, critical: … } or one number",
  example: "{ warning: 60%, critical: 85% }",
};

/** A number of things. */
export const count: Measure = {
  parse: whole,
  accepted: "whole numbers, as { warning: …, critical: … } or one number",
  example: "{ warning: 40, critical: 48 }",
};

/** Bytes. */
export const bytes: Measure = {
  parse: parseSize,
  accepted: "sizes in B, kB, MB, GB, KiB, MiB or GiB, as { warning: …, critical: … } or one size",
  example: "{ warning: 40MB, critical: 48MB }",
};

/** Days that are left: less is worse. */
export const days: Measure = {
  parse: whole,
  downward: true,
  accepted: "days, as { warning: …, critical: … } or one number",
  example: "{ warning: 21, critical: 7 }",
};

/** Milliseconds. */
export const time: Measure = {
  parse: parseDuration,
  accepted: "durations in ms, s, m or h, as { warning: …, critical: … } or one duration",
  example: "{ warning: 500ms, critical: 2s }",
};
