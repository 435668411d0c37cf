import { Card } from "@/components/ui/card";
import { Cell, Table } from "@/components/ui/table";
import { share, type Measurement } from "./view";

/** Whether what it says at 0.9 is right in nine of ten cases. */
export function Calibration({ bands }: { bands: Measurement["calibration"] }) {
  if (bands.length === 0) return null;
  return (
    <Card title="Is it as sure as it should be?">
      <Table label="Calibration" heads={["it said", "incidents", "mean confidence", "was right in"]}>
        {bands.map((band) => (
          <tr key={band.said}>
            <Cell>{band.said}</Cell>
            <Cell>{band.incidents}</Cell>
            <Cell>{share(band.confidence)}</Cell>
            <Cell>{share(band.right)}</Cell>
          </tr>
        ))}
      </Table>
    </Card>
  );
}
