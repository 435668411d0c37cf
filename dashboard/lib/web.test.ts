import { expect, test } from "vitest";
import { webAddress } from "./web";

test("only addresses of the web are followed, and none that carries a name and password", () => {
  const refused = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil", " https://x", "https://", "http://a b", "https://bank.example@evil.example/", "\u0000https://x", "vbscript:x", "file:///etc/passwd", 3];
  expect(refused.map(webAddress)).toEqual(refused.map(() => ""));
  expect(webAddress("https://ok.example/a?b=c#d")).toBe("https://ok.example/a?b=c#d");
});
