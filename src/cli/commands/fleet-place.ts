import { HostdevError, type Problem } from '../../errors.ts';
import { fleetPlacement } from '../../fleet/items/placement.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { functionWords } from '../../fleet/model/view.ts';
import { placeInFleet } from '../../fleet/place-in-fleet.ts';
import type { Placement } from '../../fleet/placement/place.ts';
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
    const { placements, problems } = await placeInFleet(store, { text, file, home: from ?? host ?? undefined });
    if (on !== undefined) return printOn(io, placements, { host: on, unread: problems, json: flags.json === true });
    for (const problem of problems) printProblem(io, problem);
    if (flags.json === true)
      answerItems(
        io,
        'fleet place',
        placements.map((each, at) => fleetPlacement(each, each.definition === undefined ? null : at + 1, null)),
      );
    else if (placements.length > 0) io.out(formatTable(io.terminal, COLUMNS, placements.map(line)));
    if (placements.some(({ definition }) => definition !== undefined)) return 0;
    const message = placements.length === 0 ? 'the fleet has no hosts' : `none of ${placements.length} hosts can run ${file} now`;
    printProblem(io, { code: 'placement-none', severity: 'error', subject: file, message, hint: 'the reasons are with each host' });
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
  const at = placements.findIndex((each) => each.host.host === host);
  const found = placements[at];
  if (found === undefined) throw unknownHost(host, unread);
  const { definition, problems } = found;
  if (json) answerItems(io, 'fleet place', [fleetPlacement(found, definition === undefined ? null : at + 1, definition?.() ?? null)]);
  else if (definition !== undefined) io.document(definition());
  for (const problem of problems) printProblem(io, problem);
  return definition === undefined ? 1 : 0;
}

function unknownHost(host: string, unread: readonly Problem[]): HostdevError {
  const unreadable = unread.find(({ subject }) => subject?.includes(`/hosts/${host}/`) === true);
  if (unreadable !== undefined) return HostdevError.from(unreadable);
  return new HostdevError('fleet-host-unknown', `the fleet has no host ${host}`, { subject: host, hint: 'without --on all hosts are shown' });
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'HOST', least: 6 },
  { title: 'FITS' },
  { title: 'FUNCTIONS', least: 12, wraps: true },
  { title: 'NOTE', least: 12, wraps: true },
];

function line({ host, definition, functions, companions, far, claimed, problems }: Placement): string[] {
  const note = [
    ...problems.map(({ message }) => message),
    ...(claimed.size === 0 ? [] : [`${claimed.size} claimed for it`]),
    ...(far.length === 0 ? [] : [`on another NUMA node: ${far.map(({ address }) => address).join(', ')}`]),
    ...(companions.length === 0 ? [] : [`goes along: ${companions.map(({ key }) => functionWords(key)).join(', ')}`]),
  ];
  return [host.host, definition === undefined ? 'no' : 'yes', functions.map(({ published }) => published.address).join(', ') || '-', note.join('; ')];
}
