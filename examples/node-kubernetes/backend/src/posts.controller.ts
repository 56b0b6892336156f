import { BadRequestException, Body, Controller, Get, Post as HttpPost } from "@nestjs/common";
import { Post, PostsService } from "./posts.service";

@Controller("posts")
export class PostsController {
  constructor(private readonly posts: PostsService) {}

  @Get()
  feed(): Promise<readonly Post[]> {
    return this.posts.feed();
  }

  @HttpPost()
  write(@Body("text") text: unknown): Promise<Post> {
    if (typeof text !== "string" || text === "" || text.length > 280)
      throw new BadRequestException("`text` must have 1 to 280 characters");
    return this.posts.write(text);
  }
}
