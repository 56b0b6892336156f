import { database } from "../lib/database";

export const dynamic = "force-dynamic";

export default async function Page() {
  const reports = await database().report.findMany({ orderBy: { madeAt: "desc" }, take: 20 });
  return (
    <main>
      <h1>Reports</h1>
      <ul>
        {reports.map(({ id, ward, text }) => (
          <li key={id}>
            {ward}: {text}
          </li>
        ))}
      </ul>
    </main>
  );
}
