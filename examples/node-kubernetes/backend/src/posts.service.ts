import { Injectable } from "@nestjs/common";
import { Cache } from "./cache";
import { Database } from "./database";

export interface Post {
  readonly id: string;
  readonly text: string;
}

const newest = "select id, text from posts order by created_at desc, id desc limit 20";

@Injectable()
export class PostsService {
  constructor(
    private readonly database: Database,
    private readonly cache: Cache,
  ) {}

  feed(): Promise<readonly Post[]> {
    return this.cache.remember("feed", () => this.database.rows<Post>(newest));
  }

  async write(text: string): Promise<Post> {
    const [post] = await this.database.rows<Post>(
      "insert into posts (text) values ($1) returning id, text",
      [text],
    );
    await this.cache.forget("feed");
    return post;
  }
}
