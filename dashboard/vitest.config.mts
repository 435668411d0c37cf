import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } },
  test: { include: ["features/**/*.test.ts", "lib/**/*.test.ts", "build/**/*.test.mjs"], pool: "threads" },
});
