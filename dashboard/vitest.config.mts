import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } },
  test: { include: ["{app,components,features,lib}/**/*.test.{ts,tsx}", "build/**/*.test.mjs"], pool: "threads" },
});
