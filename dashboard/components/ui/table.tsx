import type { ReactNode } from "react";

interface TableProps {
  label: string;
  heads: readonly string[];
  children: ReactNode;
}

/** A table that scrolls in itself where the screen is narrow, also by keyboard: nothing in it is placed against the page. */
export function Table({ label, heads, children }: TableProps) {
  return (
    <div role="region" aria-label={label} tabIndex={0} className="relative overflow-x-auto">
      <table className="w-full border-collapse text-left text-sm">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col" className="border-b border-line px-3 py-2 font-medium whitespace-nowrap text-muted">
                {head || <span className="sr-only">drawn</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function Cell({ children, className = "" }: { children?: ReactNode; className?: string }) {
  return <td className={`border-b border-line px-3 py-1.5 align-top ${className}`}>{children}</td>;
}
