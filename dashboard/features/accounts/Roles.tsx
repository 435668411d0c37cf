import { Card } from "@/components/ui/card";
import { ROLES } from "./view";

export function Roles() {
  return (
    <Card title="What a role may do">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 p-4 text-sm">
        {ROLES.map(({ role, may }) => (
          <div key={role} className="contents">
            <dt className="font-medium">{role}</dt>
            <dd>{may}</dd>
          </div>
        ))}
      </dl>
      <p className="px-4 pb-4 text-sm text-muted">Each may do what those above it may. Who may answer for a plan is said by the law, plan by plan.</p>
    </Card>
  );
}
