import { fleetPlacement } from '../../fleet/items/placement.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { placementNotes } from '../../fleet/model/told.ts';
import { placedNowhere, type PlacementWish, unreservedIds } from '../../fleet/placement/place.ts';
import { homeOf, placeInStore, placementOnOne, type PlacedInStore } from '../../fleet/place-in-store.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { readDomainFile } from '../../guest/definition-file.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { withFleet } from '../fleet.ts';
import { type Io, printProblem } from '../io.ts';
import { formatTable, type TableColumn } from '../table.ts';

export async function place(io: Io, name: string, flags: Options<'fleet place'>): Promise<number> {
  const on = flags.on === undefined ? undefined : ensureFleetName(flags.on);
  const from = flags.from === undefined ? undefined : ensureFleetName(flags.from);
  const { text, name: file } = await readDomainFile(name, io.stdin);
  return withFleet(io, async ({ store }, host) => {
    const wish = { text, file, home: await homeOf(store, from, host) };
    if (on !== undefined) return printOn(io, store, wish, { host: on, json: flags.json === true });
    const { items, problems } = await placeInStore(store, wish);
    for (const problem of problems) printProblem(io, problem);
    if (flags.json === true) answerItems(io, 'fleet place', items);
    else if (items.length > 0) io.out(formatTable(io.terminal, COLUMNS, items.map(line)));
    if (items.some(({ fits }) => fits)) return 0;
    printProblem(io, placedNowhere(file, items.length));
    return 1;
  });
}

/** @throws {HostdevError} `fleet-host-unknown`, or what is wrong with the record of that host. */
async function printOn(io: Io, store: FleetStore, wish: PlacementWish, { host, json }: { readonly host: string; readonly json: boolean }): Promise<number> {
  const placement = await placementOnOne(store, wish, host);
  const { definition, problems } = placement;
  if (json) {
    // Its rank is among all of them, which have to be read for it.
    const { items } = await placeInStore(store, wish);
    const rank = items.find((each) => each.host === host)?.rank ?? null;
    answerItems(io, 'fleet place', [fleetPlacement(placement, rank, definition ?? null)]);
  } else if (definition !== undefined) io.document(definition);
  for (const problem of [...problems, ...unreservedIds(placement)]) printProblem(io, problem);
  return definition === undefined ? 1 : 0;
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'HOST', least: 6 },
  { title: 'FITS' },
  { title: 'FUNCTIONS', least: 12, wraps: true },
  { title: 'NOTE', least: 12, wraps: true },
];

function line(item: PlacedInStore['items'][number]): string[] {
  const { host, fits, functions } = item;
  return [host, fits ? 'yes' : 'no', functions.map(({ address }) => address).join(', ') || '-', placementNotes(item).join('; ')];
}
