import { Module } from "@nestjs/common";
import { Cache } from "./cache";
import { Database } from "./database";
import { HealthController } from "./health.controller";
import { PostsController } from "./posts.controller";
import { PostsService } from "./posts.service";
import { readSettings, SETTINGS } from "./settings";

@Module({
  controllers: [HealthController, PostsController],
  providers: [
    { provide: SETTINGS, useFactory: () => readSettings(process.env) },
    Database,
    Cache,
    PostsService,
  ],
})
export class AppModule {}
