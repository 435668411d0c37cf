import type { PostMortem } from "@/lib/api/types";
import { visible } from "@/features/journal/look";
import { moment } from "@/lib/words";

/** What the record gives, part by part. */
export function Draft({ of: made }: { of: PostMortem }) {
  return (
    <div className="flex flex-col gap-3 p-4 text-sm break-words">
      <p className="font-medium">{visible(made.summary)}</p>
      <List title="Impact" items={made.impact} />
      <List title="Proof" items={made.proof} />
      <List title="Evidence" items={made.quotes.map((each) => `${each.evidence} (${each.source}): “${each.words}”`)} />
      <List title="Actions" items={made.actions.map((each) => `${each.statement} (${each.state}); allowed by ${each.allowed_by}, rule ${each.rule}; undo: ${each.undo}`)} />
      <List title="Ruled out" items={made.ruled_out} />
      <List title="Follow-ups" items={made.follow_ups} />
      <List title="Timeline" items={made.timeline.map((each) => `${moment(each.at)} ${each.who}: ${each.text}`)} />
    </div>
  );
}

function List({ title, items }: { title: string; items: readonly string[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3 className="font-semibold">{title}</h3>
      <ul className="list-disc pl-5">
        {items.map((each, at) => (
          <li key={at}>{visible(each)}</li>
        ))}
      </ul>
    </section>
  );
}
