import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { withoutColours } from "../kit/colours.js";

/** The root of an XML document; undefined when it is none, such as a report that was cut short. */
export function xmlRoot(text: string): XmlElement | undefined {
  try {
    return parseXml(withoutControls(text)).root ?? undefined;
  } catch {
    return undefined;
  }
}

// eslint-disable-next-line no-control-regex -- these are what it is about
const controls = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** Tools print the colours of a terminal into their reports, which XML does not allow. */
function withoutControls(text: string): string {
  return withoutColours(text).toWellFormed().replace(controls, "");
}

/** All elements of that name at any depth, in order. */
export function* elementsNamed(root: XmlElement, name: string): Generator<XmlElement> {
  for (const child of root.children) {
    if (!(child instanceof XmlElement)) continue;
    if (child.name === name) yield child;
    yield* elementsNamed(child, name);
  }
}

/** The first child of one of these names. */
export function childNamed(
  parent: XmlElement,
  ...names: readonly string[]
): XmlElement | undefined {
  for (const child of parent.children)
    if (child instanceof XmlElement && names.includes(child.name)) return child;
  return undefined;
}
