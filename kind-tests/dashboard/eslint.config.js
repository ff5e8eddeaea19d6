// What JavaScript keeps to, here and in api/static. ESLint runs at the root, since what is outside of where it runs is not looked at.

import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";

const STATIC = "api/static/**/*.js";
const NODE = "kind-tests/dashboard/**/*.{js,mjs}";
const MARKUP = "text becomes markup here, which could be a script: make elements with h()";
const SLEEP = "nothing waits for a time: wait for a condition";

/** Properties by which a text becomes markup or a program. */
const MARKUP_PROPERTIES = [
  "innerHTML",
  "outerHTML",
  "insertAdjacentHTML",
  "setHTMLUnsafe",
  "parseHTMLUnsafe",
  "parseFromString",
  "createContextualFragment",
  "srcdoc",
  "dangerouslySetInnerHTML",
];

export default defineConfig([
  globalIgnores(["api/static/vendor/**", "**/node_modules/**"]),
  js.configs.recommended,
  {
    files: [STATIC, NODE],
    languageOptions: { ecmaVersion: "latest", sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: false, skipComments: false }],
      "max-depth": ["error", 4],
      complexity: ["error", 15],
      "array-callback-return": "error",
      curly: ["error", "multi-line"],
      "default-case-last": "error",
      eqeqeq: "error",
      "no-alert": "error",
      "no-constructor-return": "error",
      "no-else-return": "error",
      "no-eval": "error",
      "no-extend-native": "error",
      "no-implicit-coercion": ["error", { boolean: false }],
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-return-assign": "error",
      "no-self-compare": "error",
      "no-sequences": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-unneeded-ternary": "error",
      "no-unreachable-loop": "error",
      "no-unused-expressions": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_$", reportUsedIgnorePattern: true }],
      "no-use-before-define": ["error", { functions: false, variables: false }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-arrow-callback": "error",
      "prefer-const": "error",
      "prefer-promise-reject-errors": "error",
      "prefer-template": "error",
      "require-await": "error",
      "no-restricted-properties": [
        "error",
        ...MARKUP_PROPERTIES.map((property) => ({ property, message: MARKUP })),
        { object: "document", property: "write", message: MARKUP },
        { object: "document", property: "writeln", message: MARKUP },
      ],
      "no-restricted-syntax": [
        "error",
        // An element's properties may be given by their names, too: h("div", { innerHTML: … }).
        ...["key.name", "key.value"].map((key) => ({ selector: `Property[${key}=/^(${MARKUP_PROPERTIES.join("|")})$/i]`, message: MARKUP })),
        {
          selector: ":matches(ImportDeclaration, ExportNamedDeclaration, ExportAllDeclaration)[source.value=/^[.].*[^s]$/]",
          message: "a browser asks for the file by this name: end it with .js",
        },
      ],
    },
  },
  {
    files: [STATIC],
    languageOptions: { globals: globals.browser },
    rules: { "no-console": "error", "no-script-url": "error" },
  },
  {
    files: [NODE],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
  {
    files: ["kind-tests/dashboard/flows/**"],
    rules: {
      "no-restricted-imports": ["error", { name: "node:timers/promises", message: SLEEP }],
      "no-restricted-globals": ["error", { name: "setTimeout", message: SLEEP }],
    },
  },
]);
