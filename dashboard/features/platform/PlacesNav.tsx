"use client";

import { usePathname } from "next/navigation";
import { PLACES, placeAt } from "./places";

export function PlacesNav() {
  const here = placeAt(usePathname());
  return (
    <nav aria-label="Platform" className="border-b border-line px-4">
      <ul className="mx-auto flex max-w-7xl flex-wrap gap-x-1">
        {PLACES.map((place) => (
          <li key={place.href}>
            <a
              href={place.href}
              aria-current={place === here ? "page" : undefined}
              className="block border-b-2 border-transparent px-2 py-2 text-sm no-underline hover:bg-raised aria-[current=page]:border-accent aria-[current=page]:font-semibold"
            >
              {place.text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
