import { expect, test } from "vitest";
import { parseEvents } from "./events";

const TEXT = 'retry: 2000\n\nid: 1\nevent: entry\ndata: {"seq":1}\n\n: alive\n\nid: 2\nevent: entry\ndata: {"seq":2}\n\n';

test("signs of life are no events, and entries keep their place", () => {
  expect(parseEvents(TEXT).events.map((event) => [event.id, event.name, event.data])).toEqual([
    ["1", "entry", '{"seq":1}'],
    ["2", "entry", '{"seq":2}'],
  ]);
});

test("wherever the bytes are cut, the same events come out", () => {
  const whole = parseEvents(TEXT).events;
  for (let cut = 0; cut <= TEXT.length; cut += 1) {
    const first = parseEvents(TEXT.slice(0, cut));
    const second = parseEvents(first.rest + TEXT.slice(cut));
    expect([...first.events, ...second.events]).toEqual(whole);
    expect(second.rest).toBe("");
  }
});
