// Who may import whom:
//   main -> action -> gate, server, checks -> commands, ports -> kit;  platform -> ports, kit
const action = "^src/(?!(?:kit|ports|commands|gate|server|checks|platform)/)([^/]+)/";
const ours = "^(?:src|test|scripts|bench)/";

/** Files of `from` may import, of ours, only what lies in the folders `to`. */
function only(name, from, to, comment) {
  return {
    name,
    comment,
    severity: "error",
    from: { path: from },
    to: { path: ours, pathNot: to.map((folder) => `^src/${folder}/`) },
  };
}

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Files that import each other cannot be read, tested or replaced one by one.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "An import that leads nowhere becomes a bundle that dies at load.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    only("kit-alone", "^src/kit/", ["kit"], "kit/ is what everything else stands on."),
    {
      name: "kit-pure",
      comment: "kit/ computes: whoever touches files or the network takes a port.",
      severity: "error",
      from: { path: "^src/kit/" },
      to: { dependencyTypes: ["core", "npm", "npm-dev", "npm-optional"] },
    },
    only("ports-on-kit", "^src/ports/", ["ports", "kit"], "A port is an interface, nothing more."),
    only("commands-on-kit", "^src/commands/", ["commands", "kit"], "Commands are built, not run."),
    only(
      "platform-on-ports",
      "^src/platform/",
      ["platform", "ports", "kit"],
      "An adapter knows its port and not who uses it.",
    ),
    ...["gate", "server", "checks"].map((layer) =>
      only(
        `${layer}-below`,
        `^src/${layer}/`,
        [layer, "commands", "ports", "kit"],
        "What several actions share knows neither them nor its siblings.",
      ),
    ),
    {
      name: "no-sibling-action",
      comment: "Actions are composed by deploy/ alone.",
      severity: "error",
      from: { path: action, pathNot: "^src/deploy/" },
      to: { path: action, pathNot: "^src/$1/" },
    },
    {
      name: "platform-from-main",
      comment: "Logic takes ports, so that a test can hand it its own.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/platform/", "/main\\.ts$"] },
      to: { path: "^src/platform/" },
    },
    {
      name: "nothing-imports-main",
      comment: "Importing a main.ts would run it.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^src/[^/]+/main\\.ts$" },
    },
    {
      name: "src-alone",
      comment: "What is bundled comes from src/.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(?:test|scripts|bench)/" },
    },
    {
      name: "outside-world-from-platform",
      comment:
        "The runner, the network and other programs are reached through ports. Reporters are loaded into the project's.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(?:platform|test-node/reporters)/" },
      to: {
        path: [
          "^node_modules/(?:@actions/|node-ssh/|ssh2/|@types/ssh2/|undici/)",
          "^(?:node:)?(?:child_process|dgram|dns|http|http2|https|net|tls)$",
        ],
      },
    },
    {
      name: "declared",
      comment: "A package that package.json does not name may vanish with the next install.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "no-development-package-in-src",
      comment: "Types vanish when compiled; anything else would be bundled.",
      severity: "error",
      from: { path: "^src/" },
      to: {
        dependencyTypes: ["npm-dev"],
        dependencyTypesNot: ["type-only"],
        pathNot: "^node_modules/@types/",
      },
    },
  ],
  options: {
    doNotFollow: { path: "^node_modules/" },
    exclude: { path: "^(?:dist|build|test/fixtures/node-[^/]+)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
