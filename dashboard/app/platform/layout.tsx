import type { ReactNode } from "react";
import { PlacesNav } from "@/features/platform/PlacesNav";

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <>
      <PlacesNav />
      {children}
    </>
  );
}
