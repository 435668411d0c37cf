"use client";

import { useEffect, useState, type RefObject } from "react";
import { Choice, Field } from "@/components/ui/field";
import type { Filter } from "./view";

const SHOW = [
  ["", "Any status"],
  ["unfinished", "Unfinished"],
  ["waiting", "Waits for an answer"],
  ["finished", "Finished"],
] as const;
const SEVERITY = [
  ["", "Any severity"],
  ["critical", "Critical"],
  ["high", "High"],
  ["warning", "Warning"],
  ["info", "Info"],
] as const;
const OPENED = [
  ["", "Any time"],
  ["today", "Today"],
  ["week", "Last 7 days"],
  ["before", "The 7 days before"],
  ["month", "Last 30 days"],
] as const;
const SORT = [
  ["", "Newest first"],
  ["severity", "Worst first"],
  ["oldest", "Oldest first"],
] as const;
const TYPING_MS = 250;

interface Props {
  filter: Filter;
  change(wished: Readonly<Record<string, string>>): void;
  search: RefObject<HTMLInputElement | null>;
}

export function Filters({ filter, change, search }: Props) {
  const [text, setText] = useState(filter.text);
  useEffect(() => {
    if (text === filter.text) return;
    const timer = setTimeout(() => change({ text, page: "" }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, filter.text, change]);
  return (
    <div className="grid grid-cols-2 gap-2 border-b border-line p-3 md:grid-cols-5">
      <Field ref={search} label="Search" hideLabel type="search" placeholder="Search  ( / )" value={text} onChange={setText} className="col-span-2 md:col-span-1" />
      <Choice label="Status" options={SHOW} value={filter.show === "all" ? "" : filter.show} onChange={(show) => change({ show, page: "" })} />
      <Choice label="Severity" options={SEVERITY} value={filter.severity} onChange={(severity) => change({ severity, page: "" })} />
      <Choice label="Opened" options={OPENED} value={filter.opened} onChange={(opened) => change({ opened, page: "" })} />
      <Choice label="Order" options={SORT} value={filter.sort === "newest" ? "" : filter.sort} onChange={(sort) => change({ sort, page: "" })} />
    </div>
  );
}
