import next from "eslint-config-next/core-web-vitals";
import typescript from "eslint-config-next/typescript";

const config = [
  ...next,
  ...typescript,
  { ignores: ["out/**", ".next/**", "next-env.d.ts", "lib/api/schema.d.ts"] },
  {
    rules: {
      "max-lines": ["error", { max: 150 }],
      "@typescript-eslint/no-explicit-any": "error",
      // every link is a whole page load: ids are not known when the files are built
      "@next/next/no-html-link-for-pages": "off",
      "@next/next/no-location-assign-relative-destination": "off",
    },
  },
];

export default config;
