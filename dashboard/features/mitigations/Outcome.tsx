/** What the server said of an answer: why it was not taken, or what is on file now. */
export function Outcome({ error, told }: { error: Error | null; told: string | null | undefined }) {
  if (error)
    return (
      <p role="alert" className="text-bad">
        Not taken: {error.message}.
      </p>
    );
  return told === undefined ? null : (
    <p role="status" className="text-good">
      On file: {told}
    </p>
  );
}
