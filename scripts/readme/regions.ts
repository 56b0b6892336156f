const region = /(<!-- generated: ([\w-]+)(?: ([\w-]+))? -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * `page` with each `<!-- generated: KIND [SUBJECT] -->` … `<!-- end -->` filled by `render`, and
 * nothing else changed.
 */
export function fillRegions(
  page: string,
  render: (kind: string, subject: string | undefined) => string,
): string {
  return page.replace(
    region,
    (_, start: string, kind: string, subject: string | undefined, end: string) =>
      `${start}\n${render(kind, subject)}\n\n${end}`,
  );
}
