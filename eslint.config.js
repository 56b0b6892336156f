import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const noDefaultExport = {
  selector: "ExportDefaultDeclaration",
  message: "Name the export: a name is found by search, a default is not.",
};
const noReexport = {
  selector: "ExportAllDeclaration",
  message: "Import from the file that defines it: a barrel makes the bundler keep whole graphs.",
};
const noEnum = {
  selector: "TSEnumDeclaration",
  message: "Use a union of literals: Node strips types and cannot emit an enum.",
};
const noParameterProperty = {
  selector: "TSParameterProperty",
  message: "Declare the field: Node strips types and cannot emit a parameter property.",
};
const noExit = {
  object: "process",
  property: "exit",
  message: "Set process.exitCode in main.ts: an exit in mid-way loses output and skips clean-up.",
};
const noEnvironment = {
  object: "process",
  property: "env",
  message: "Take the value as a parameter: only platform/ and main.ts read the environment.",
};
const noProcessModule = {
  paths: [{ name: "node:process", message: "Use the global, so that the rules about it hold." }],
};

export default defineConfig(
  globalIgnores([
    "dist/",
    "build/",
    "coverage/",
    "node_modules/",
    "test/fixtures/node-*/",
    "examples/",
  ]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "no-restricted-syntax": ["error", noDefaultExport, noReexport, noEnum, noParameterProperty],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/prefer-readonly": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // `for await (const _ of output)` drains; `_` in front says that a parameter is there by contract.
      "@typescript-eslint/no-unused-vars": [
        "error",
        {
          argsIgnorePattern: "^_",
          destructuredArrayIgnorePattern: "^_",
          varsIgnorePattern: "^_$",
        },
      ],
      // An input that is empty counts as not given: `value || fallback` is meant so for text.
      "@typescript-eslint/prefer-nullish-coalescing": [
        "error",
        { ignorePrimitives: { string: true } },
      ],
      // Numbers in messages are plain; everything else must be turned into text on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `() => log.info(line)` as a short callback reads better than a block.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-properties": ["error", noExit, noEnvironment],
      "no-restricted-imports": ["error", noProcessModule],
    },
  },
  {
    files: ["src/platform/**/*.ts", "src/*/main.ts"],
    rules: { "no-restricted-properties": ["error", noExit] },
  },
  {
    // Their readers want a default export.
    files: ["*.config.ts", "*.config.js", "**/*.d.ts", "test/support/faults/fault-table.ts"],
    rules: {
      "no-restricted-syntax": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
    },
  },
  {
    files: ["**/*.{js,mjs,cjs}"],
    languageOptions: { globals: { console: "readonly", module: "writable", process: "readonly" } },
  },
  prettier,
);
