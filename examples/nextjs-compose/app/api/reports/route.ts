import { DailyLimit } from "../../../lib/daily-limit";
import { database } from "../../../lib/database";

export const dynamic = "force-dynamic";

const limit = new DailyLimit(Number(process.env.REPORTS_PER_DAY ?? "50"));

export async function GET(): Promise<Response> {
  return Response.json({ reports: await database().report.count() });
}

export async function POST(request: Request): Promise<Response> {
  // nginx says who asks; nobody else reaches this port.
  const caller = request.headers.get("x-real-ip") ?? "unknown";
  if (!limit.allows(caller, new Date()))
    return Response.json({ error: "Enough for today." }, { status: 429 });
  const { ward, text } = (await request.json()) as Record<string, unknown>;
  if (typeof ward !== "string" || typeof text !== "string" || text === "")
    return Response.json({ error: "`ward` and `text` are needed." }, { status: 400 });
  const { id } = await database().report.create({ data: { ward, text } });
  return Response.json({ id }, { status: 201 });
}
