import { INestApplication } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import request from "supertest";
import { AppModule } from "./app.module";
import { Cache } from "./cache";
import { Database } from "./database";
import { SETTINGS } from "./settings";

/** Keeps posts in memory, and fails when it is told to. */
class FakeDatabase {
  private readonly posts: { id: string; text: string }[] = [];
  down = false;

  async rows(sql: string, [text]: readonly string[] = []): Promise<unknown[]> {
    if (this.down) throw new Error("connection refused");
    if (sql.startsWith("insert")) {
      this.posts.unshift({ id: String(this.posts.length + 1), text });
      return this.posts.slice(0, 1);
    }
    return sql === "select 1" ? [{}] : this.posts;
  }
}

const fakeCache = {
  ping: async () => undefined,
  remember: (_: string, make: () => Promise<unknown>) => make(),
  forget: async () => undefined,
};

describe("the app", () => {
  let app: INestApplication;
  let database: FakeDatabase;
  const ask = () => request(app.getHttpServer());

  beforeEach(async () => {
    database = new FakeDatabase();
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(SETTINGS)
      .useValue({ version: "abc" })
      .overrideProvider(Database)
      .useValue(database)
      .overrideProvider(Cache)
      .useValue(fakeCache)
      .compile();
    app = module.createNestApplication();
    app.setGlobalPrefix("api");
    await app.listen(0, "127.0.0.1");
  });
  afterEach(() => app.close());

  it("is healthy when the database and Redis answer, and names its version", async () => {
    const health = { status: "ok", version: "abc", database: "ok", redis: "ok" };
    await ask().get("/api/health").expect(200, health);
  });

  it("is not ready without the database, but alive", async () => {
    database.down = true;
    const { body } = await ask().get("/api/health").expect(503);
    expect(body).toMatchObject({ status: "down", database: "connection refused" });
    await ask().get("/api/health/live").expect(200);
  });

  it("shows the newest post first", async () => {
    await ask().post("/api/posts").send({ text: "first" }).expect(201);
    await ask().post("/api/posts").send({ text: "second" }).expect(201);
    const { body } = await ask().get("/api/posts").expect(200);
    expect(body).toEqual([
      { id: "2", text: "second" },
      { id: "1", text: "first" },
    ]);
  });

  it("refuses a post without text, and one that is too long", async () => {
    await ask().post("/api/posts").send({}).expect(400);
    const text = "x".repeat(281);
    await ask().post("/api/posts").send({ text }).expect(400);
  });
});
