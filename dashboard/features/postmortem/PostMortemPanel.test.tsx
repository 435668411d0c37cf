// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { drawn, late, type Answers } from "@/lib/testing/wire";
import { PostMortemPanel } from "./PostMortemPanel";

const AT = "/api/v1/incidents/inc_1/postmortem";
const LINE = { number: 1, by: "ben", at: "2026-03-01T12:00:00Z", note: "the deploy", is_draft: false };
const EDITED = { current: 1, items: [LINE] };
const VERSION = { number: 1, text: "# Ours\n\n<script>alert(1)</script>", is_draft: false, by: "ben", at: LINE.at, note: "" };

const shown = (answers: Answers = {}, role: "viewer" | "responder" = "responder") =>
  drawn(<PostMortemPanel incident="inc_1" />, { [`GET ${AT}/versions`]: { body: EDITED }, [`GET ${AT}/versions/1`]: { body: VERSION }, ...answers }, role);

test("who opens it reads the edited text, whose it is, and tags in it as text", async () => {
  await shown();
  await screen.findByText(/Edited: version 1 by ben, .+: the deploy\./);
  await screen.findByText("<script>alert(1)</script>", { exact: false });
  expect(document.querySelector("script")).toBeNull();
});

test("an edit that somebody overtook stays in the box, with what they changed, and goes on from theirs only when asked to", async () => {
  const { answer, come } = late();
  const answers: Answers = { [`GET ${AT}/versions`]: { body: EDITED }, [`GET ${AT}/versions/1`]: { body: VERSION }, [`POST ${AT}/versions`]: answer };
  const asked = await drawn(<PostMortemPanel incident="inc_1" />, answers, "responder");
  fireEvent.click(await screen.findByRole("button", { name: "Edit as Markdown" }));
  const box = await screen.findByLabelText<HTMLTextAreaElement>("Post-mortem in Markdown");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Keep this version" }).disabled).toBe(true);
  fireEvent.change(box, { target: { value: "# Mine" } });
  fireEvent.click(screen.getByRole("button", { name: "Keep this version" }));
  answers[`GET ${AT}/versions`] = { body: { current: 2, items: [{ ...LINE, number: 2 }, LINE] } };
  come({ status: 409, body: { detail: "the post-mortem is at version 2 now: ben kept it\n+his line" } });
  await screen.findByText("+his line", { exact: false });
  expect(box.value).toBe("# Mine");
  expect(asked.find((each) => each.body)?.body).toEqual({ text: "# Mine", note: "", based_on: 1 });
  fireEvent.click(await screen.findByRole("button", { name: "I took over what I need: go on from version 2" }));
  answers[`POST ${AT}/versions`] = { body: { ...VERSION, number: 3 } };
  fireEvent.click(screen.getByRole("button", { name: "Keep this version" }));
  await screen.findByRole("button", { name: "Edit as Markdown" });
  expect(asked.findLast((each) => each.body)?.body).toEqual({ text: "# Mine", note: "", based_on: 2 });
});

test("a viewer reads it and is told why it cannot be edited", async () => {
  await shown({}, "viewer");
  const edit = await screen.findByRole<HTMLButtonElement>("button", { name: "Edit as Markdown" });
  expect([edit.disabled, edit.title]).toEqual([true, "Editing needs the role responder; you have viewer."]);
  expect(screen.queryByRole("button", { name: "Go back to the draft" })).toBeNull();
});
