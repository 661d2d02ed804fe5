/** A list of the fleet, part after part. */
import type { FleetPart } from '../connection/api.ts';

/** So many parts that have something; those without are gone through on the way. */
export async function readParts<Item>(count: number, ask: (after: string | null) => Promise<FleetPart<Item>>): Promise<FleetPart<Item>[]> {
  const parts: FleetPart<Item>[] = [];
  let after: string | null = null;
  let full = 0;
  do {
    const part: FleetPart<Item> = await ask(after);
    parts.push(part);
    if (part.items.length > 0) full += 1;
    after = part.next;
  } while (after !== null && full < count);
  return parts;
}
