import { expect, test } from "vitest";
import { hashesOf } from "./policy.mjs";

test("an inline script is named by the hash a browser computes, one with an address is not", () => {
  expect(hashesOf('<script src="/a.js" async=""></script><script>alert(1)</script><script>alert(1)</script>')).toEqual([
    "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=",
  ]);
});
