import type { Problem } from '../../errors.ts';
import { fleetPlacement } from '../../fleet/items/placement.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { placementNotes } from '../../fleet/model/told.ts';
import { placedNowhere, type Placement, placementOn, placeOverFleet } from '../../fleet/placement/place.ts';
import { readWholeFleet } from '../../fleet/read-fleet.ts';
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
    const fleet = await readWholeFleet(store);
    const placements = placeOverFleet({ text, file, home: from ?? host ?? undefined }, fleet);
    if (on !== undefined) return printOn(io, placements, { host: on, unread: fleet.problems, json: flags.json === true });
    for (const problem of fleet.problems) printProblem(io, problem);
    const items = placements.map((each, at) => fleetPlacement(each, each.definition === undefined ? null : at + 1, null));
    if (flags.json === true) answerItems(io, 'fleet place', items);
    else if (items.length > 0) io.out(formatTable(io.terminal, COLUMNS, items.map(line)));
    if (items.some(({ fits }) => fits)) return 0;
    printProblem(io, placedNowhere(file, items.length));
    return 1;
  });
}

interface On {
  readonly host: string;
  /** What of the fleet could not be read. */
  readonly unread: readonly Problem[];
  readonly json: boolean;
}

/** @throws {HostdevError} `fleet-host-unknown` */
function printOn(io: Io, placements: readonly Placement[], { host, unread, json }: On): number {
  const found = placementOn(placements, host, unread);
  const at = placements.indexOf(found);
  const { definition, problems } = found;
  if (json) answerItems(io, 'fleet place', [fleetPlacement(found, definition === undefined ? null : at + 1, definition ?? null)]);
  else if (definition !== undefined) io.document(definition);
  for (const problem of problems) printProblem(io, problem);
  return definition === undefined ? 1 : 0;
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'HOST', least: 6 },
  { title: 'FITS' },
  { title: 'FUNCTIONS', least: 12, wraps: true },
  { title: 'NOTE', least: 12, wraps: true },
];

function line(item: ReturnType<typeof fleetPlacement>): string[] {
  const { host, fits, functions } = item;
  return [host, fits ? 'yes' : 'no', functions.map(({ address }) => address).join(', ') || '-', placementNotes(item).join('; ')];
}
