export default function NotFound() {
  return (
    <main className="p-8 text-center">
      <h1 className="text-lg font-semibold">There is no such page</h1>
      <a href="/">To the incidents</a>
    </main>
  );
}
