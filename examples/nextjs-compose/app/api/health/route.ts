import { database } from "../../../lib/database";

export const dynamic = "force-dynamic";

/** Says which commit answers, and only when its database does too. */
export async function GET(): Promise<Response> {
  await database().$queryRaw`select 1`;
  return Response.json({ status: "ok", version: process.env.GIT_SHA ?? "unknown" });
}
