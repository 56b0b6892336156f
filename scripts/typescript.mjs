// Lets Node run our TypeScript as it stands: sources name their imports as the compiler emits them
// ("./plan.js"), and beside a TypeScript file that is "./plan.ts".
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, nextResolve) {
    const ours = /^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith(".ts");
    return nextResolve(ours ? specifier.replace(/\.js$/, ".ts") : specifier, context);
  },
});
