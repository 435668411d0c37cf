import { expect, test } from "vitest";
import { scriptsOf } from "./budget.mjs";

test("a script counts once, and one for old browsers not at all", () => {
  const html = '<script src="/_next/a.js" async=""></script><script src="/_next/a.js"></script><script src="/_next/b.js" noModule=""></script><script>inline</script>';
  expect(scriptsOf(html)).toEqual(["/_next/a.js"]);
});
