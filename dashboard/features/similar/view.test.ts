import { expect, test } from "vitest";
import type { SimilarIncidents } from "@/lib/api/types";
import { endedAs, helpedBy } from "./view";

type One = SimilarIncidents["items"][number];

test("an incident that is over says how, another how it stands", () => {
  expect(endedAs({ outcome: "recovered", status: "resolved" })).toBe("recovered");
  expect(endedAs({ outcome: null, status: "investigating" })).toBe("investigating");
});

test("nothing is said to have helped where nothing was done", () => {
  expect(helpedBy({ helped: [] } as unknown as One)).toBe("");
  expect(helpedBy({ helped: ["Roll back cart."] } as unknown as One)).toBe("It recovered after: Roll back cart.");
});
