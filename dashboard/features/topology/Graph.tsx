"use client";

import "@xyflow/react/dist/style.css";
import { Background, Controls, Handle, Position, ReactFlow, type Edge, type Node, type NodeProps } from "@xyflow/react";
import type { Spot, Topology } from "@/lib/api/types";
import { visible } from "@/features/journal/look";
import { entity } from "@/lib/words";
import { lines, placed, SIGNS, told, type Condition } from "./view";

type SpotNode = Node<{ spot: Spot }, "spot">;

const LOOKS: Readonly<Record<Condition, string>> = {
  blamed: "border-bad bg-panel text-bad border-2",
  ill: "border-warn bg-panel text-warn border-2",
  well: "border-good bg-panel text-ink",
  unknown: "border-line border-dashed bg-panel text-muted",
};
const KINDS = { spot: SpotBox };

/** Drawn by a library of its own, which is loaded when somebody looks at it. */
export default function Graph({ map }: { map: Topology }) {
  const nodes = placed(map).map(
    ({ spot, x, y }): SpotNode => ({ id: spot.id, type: "spot", position: { x, y }, data: { spot }, ariaLabel: visible(told(spot, map)) }),
  );
  const edges = lines(map.ties).map(
    (tie): Edge => ({
      id: `${tie.source}→${tie.target}`,
      source: tie.source,
      target: tie.target,
      focusable: false,
      animated: false,
      style: { stroke: tie.on_path ? "var(--bad)" : "var(--muted)", strokeWidth: tie.on_path ? 2.5 : 1, ...(tie.link === "runs on" ? { strokeDasharray: "4 3" } : {}) },
    }),
  );
  return (
    <div className="h-[32rem] w-full">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={KINDS}
        nodesDraggable={false}
        nodesConnectable={false}
        deleteKeyCode={null}
        fitView
        fitViewOptions={{ maxZoom: 1 }}
        minZoom={0.1}
        preventScrolling={false}
        aria-label="Map of services, workloads and nodes; Tab goes from one to the next"
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function SpotBox({ data: { spot }, selected }: NodeProps<SpotNode>) {
  const [sign, word] = SIGNS[spot.condition];
  return (
    <div className={`w-52 rounded-md border px-2 py-1 text-xs ${LOOKS[spot.condition]} ${selected ? "outline-2 outline-accent" : ""}`} title={visible(spot.says.join("; "))}>
      <Handle type="target" position={Position.Top} className="invisible" />
      <p className="font-medium break-words">
        <span aria-hidden="true">{sign} </span>
        {visible(entity(spot.entity))}
      </p>
      <p className="truncate text-muted">{spot.says[0] ? visible(spot.says[0]) : word}</p>
      <Handle type="source" position={Position.Bottom} className="invisible" />
    </div>
  );
}
