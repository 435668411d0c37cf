import { expect, test } from "vitest";
import type { Spot, Tie, Topology } from "@/lib/api/types";
import { ROW_PX, lines, pathInWords, placed, told } from "./view";

function spot(name: string, more: Partial<Spot> = {}): Spot {
  const [kind = "", namespace = "", short = ""] = name.split("/");
  return { id: name, entity: { kind, namespace, name: short, cluster: "" }, condition: "well", says: [], alerted: false, on_path: false, ...more };
}

function tie(source: string, target: string, link: Tie["link"] = "calls"): Tie {
  return { source, target, link, on_path: false };
}

const WEB = "Deployment/acme/web";
const STOCK = "Service/acme/stock";
const NODE = "Node//n1";

const MAP: Topology = {
  spots: [spot(NODE), spot(STOCK, { condition: "blamed", on_path: true }), spot("Deployment/acme/a"), spot(WEB, { condition: "ill", says: ["Slow fires"], on_path: true })],
  ties: [tie(WEB, STOCK), tie(STOCK, NODE, "runs on"), tie(WEB, NODE, "runs on")],
  path: [WEB, STOCK],
  left_out: 0,
};

test("callers stand above what they need", () => {
  const y = new Map(placed(MAP).map((each) => [each.spot.id, each.y]));
  expect([y.get(WEB), y.get(STOCK), y.get(NODE)]).toEqual([0, ROW_PX, 2 * ROW_PX]);
});

test("the path of blame is at the left of its row", () => {
  expect(placed(MAP).filter((each) => each.y === 0).map((each) => each.spot.id)).toEqual([WEB, "Deployment/acme/a"]);
});

test("every object has a place of its own, also where calls go round in a circle", () => {
  const round: Topology = { ...MAP, ties: [tie(WEB, STOCK), tie(STOCK, WEB)] };
  const places = placed(round).map((each) => `${each.x},${each.y}`);
  expect(new Set(places).size).toBe(MAP.spots.length);
});

test("an object is told in words with what is wrong and what it needs", () => {
  expect(told(MAP.spots[3] as Spot, MAP)).toBe("Deployment acme/web: ill; Slow fires; calls Service acme/stock; runs on Node n1.");
});

test("the path is one sentence, and none where there is no path", () => {
  expect(pathInWords(MAP)).toBe("Deployment acme/web, which calls Service acme/stock.");
  expect(pathInWords({ ...MAP, path: [] })).toBe("");
});

test("two ties between the same are one line", () => {
  expect(lines([tie(WEB, STOCK), tie(WEB, STOCK, "reads"), tie(STOCK, WEB)])).toHaveLength(2);
});
