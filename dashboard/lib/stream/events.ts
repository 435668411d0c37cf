/** Server-sent events out of the bytes of an answer: pure, a piece at a time, wherever the pieces were cut. */

export interface ServerEvent {
  id: string;
  name: string;
  data: string;
}

export interface Parsed {
  events: ServerEvent[];
  /** What is not a whole event yet; goes before the next piece. */
  rest: string;
}

export function parseEvents(text: string): Parsed {
  const blocks = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = blocks.pop() ?? "";
  return { events: blocks.map(eventOf).filter((event) => event.data !== ""), rest };
}

function eventOf(block: string): ServerEvent {
  const event: ServerEvent = { id: "", name: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, "");
    const field = line.slice(0, colon);
    if (field === "id") event.id = value;
    else if (field === "event") event.name = value;
    else if (field === "data") data.push(value);
  }
  event.data = data.join("\n");
  return event;
}
