const token = /\[([^\]]*)\]|YYYY|YY|MM|M|DD|D|HH|H|hh|h|mm|m|ss|s|SSS|A|a|X|([A-Za-z]+)/g;

/**
 * The moment `ms` in the zone `timeZone`, by the usual letters: `YYYY YY MM M DD D HH H hh h mm m ss s SSS A a
 * X`, and text in brackets as it is. Throws a `RangeError` for a letter or a zone that it does not know.
 */
export function formatDate(ms: number, format: string, timeZone: string): string {
  const parts = partsOf(ms, timeZone);
  return format.replace(token, (whole, literal?: string, unknown?: string) => {
    if (literal !== undefined) return literal;
    if (unknown !== undefined) throw new RangeError(`\`${unknown}\` is no letter of a date format`);
    return part(whole, parts, ms);
  });
}

function partsOf(ms: number, timeZone: string): ReadonlyMap<string, string> {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  return new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
}

function part(letters: string, parts: ReadonlyMap<string, string>, ms: number): string {
  const of = (type: string): string => parts.get(type) ?? "";
  const short = (text: string): string => String(Number(text));
  const hour = Number(of("hour"));
  const twelve = String(hour % 12 === 0 ? 12 : hour % 12);
  const texts: Readonly<Record<string, string>> = {
    ...{ YYYY: of("year"), YY: of("year").slice(-2) },
    ...{ MM: of("month"), M: short(of("month")), DD: of("day"), D: short(of("day")) },
    ...{ HH: of("hour"), H: String(hour), hh: twelve.padStart(2, "0"), h: twelve },
    ...{ mm: of("minute"), m: short(of("minute")), ss: of("second"), s: short(of("second")) },
    SSS: String(((ms % 1000) + 1000) % 1000).padStart(3, "0"),
    ...{ A: hour < 12 ? "AM" : "PM", a: hour < 12 ? "am" : "pm" },
    X: String(Math.floor(ms / 1000)),
  };
  return texts[letters] ?? "";
}
