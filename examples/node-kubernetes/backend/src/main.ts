import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { AppModule } from "./app.module";
import { SETTINGS, Settings } from "./settings";

async function start(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  const { port, corsOrigin } = app.get<Settings>(SETTINGS);
  app.setGlobalPrefix("api");
  app.enableCors({ origin: corsOrigin });
  // Node is the first process of its container: nobody else ends it at SIGTERM.
  app.enableShutdownHooks();
  await app.listen(port);
}

void start();
