// @vitest-environment happy-dom
import { useLayoutEffect, type ReactNode } from "react";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { useCommandKey, useKeys } from "./keys";

afterEach(cleanup);

/** Presses as soon as what it holds stands on the page: before the paint, and before any passive effect. */
function AtOnce({ press, children }: { press(): void; children: ReactNode }) {
  useLayoutEffect(press);
  return <>{children}</>;
}

function down(key: KeyboardEventInit) {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }));
}

function Keys({ act }: { act(): void }) {
  useKeys({ "?": act });
  useCommandKey("k", act);
  return <input aria-label="box" />;
}

test("a key pressed in the moment in which the page appears is heard", () => {
  const act = vi.fn();
  const press = () => {
    down({ key: "?" });
    down({ key: "k", ctrlKey: true });
  };
  render(
    <AtOnce press={press}>
      <Keys act={act} />
    </AtOnce>,
  );
  expect(act).toHaveBeenCalledTimes(2);
});

test("a key finds what stands there now, and not what stood there before", () => {
  const seen: string[] = [];
  const press = () => down({ key: "?" });
  const page = (rows: string) => (
    <AtOnce press={press}>
      <Keys act={() => seen.push(rows)} />
    </AtOnce>
  );
  const { rerender } = render(page("none"));
  rerender(page("three"));
  expect(seen).toEqual(["none", "three"]);
});

test("who is typing, or has a dialog open, presses letters and not commands", () => {
  const act = vi.fn();
  render(
    <>
      <Keys act={act} />
      <dialog aria-label="over it" />
    </>,
  );
  fireEvent.keyDown(screen.getByLabelText("box"), { key: "?" });
  fireEvent.keyDown(document.body, { key: "?", altKey: true });
  screen.getByLabelText("over it").setAttribute("open", "");
  fireEvent.keyDown(document.body, { key: "?" });
  expect(act).not.toHaveBeenCalled();
});
