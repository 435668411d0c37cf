// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { useRead } from "@/lib/api/hooks";
import { drawn, late, type Said } from "@/lib/testing/wire";
import { Loaded } from "./states";

const PATH = "/api/v1/things";

function Things() {
  const found = useRead<{ items: string[] }>(["things"], PATH);
  return (
    <>
      <Loaded of={found} what="things">
        {({ items }) => <p>{items.join(", ")}</p>}
      </Loaded>
      <button onClick={() => void found.refetch()}>again</button>
    </>
  );
}

const things = (said: Said | Promise<Said> | null) => drawn(<Things />, { [`GET ${PATH}`]: said });

test("what is on its way is called that, and then it is there", async () => {
  const { answer, come } = late();
  await things(answer);
  expect(screen.getByRole("status").textContent).toContain("Loading things …");
  come({ body: { items: ["cart", "orders"] } });
  await screen.findByText("cart, orders");
});

test("a role that may not see it is told which it needs and whom to ask", async () => {
  await things({ status: 403, body: { detail: "this needs the role admin" } });
  const told = await screen.findByRole("alert");
  expect(told.textContent).toContain("this needs the role admin. Ask an administrator");
});

test("a session that has ended leads back to the door", async () => {
  await things({ status: 401, body: { detail: "the session has ended" } });
  await screen.findByRole("button", { name: "Enter another" });
});

test("an API that does not answer is told apart from one that refuses, and both can be asked again", async () => {
  await things(null);
  await screen.findByText("The API does not answer");
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("The API does not answer");
});

test("a refusal is told in the API's words", async () => {
  await things({ status: 422, body: { errors: [{ field: "size", message: "at most 100" }] } });
  expect((await screen.findByRole("alert")).textContent).toContain("size: at most 100");
});
