import { readMigrating } from '../../app/guests/migrate-check.ts';
import { fleetMigration } from '../../fleet/items/migration.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { functionWords } from '../../fleet/model/view.ts';
import { checkFleetMigration, type FleetMigration, type MovedFunction } from '../../fleet/placement/migrate.ts';
import { takenIdsFor } from '../../fleet/taken-ids.ts';
import { readSomeHosts } from '../../fleet/read-fleet.ts';
import { oneLine } from '../../printable.ts';
import { answerItems, noteProblems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { fleetOfHost, refuseElsewhere } from '../fleet.ts';
import { type Io, printProblem } from '../io.ts';
import { withLibvirt } from '../libvirt.ts';
import { machineContext } from '../machine.ts';

export async function migrateCheck(io: Io, word: string, host: string, flags: Options<'fleet migrate-check'>): Promise<number> {
  const to = ensureFleetName(host);
  const { host: from, ask } = await fleetOfHost(io.machine);
  const context = await machineContext(io.machine);
  const migrating = await withLibvirt(io, flags, async (link) => {
    refuseElsewhere('the name of the host in the fleet', link);
    return readMigrating(context, link, word);
  });
  const { found, unread } = await ask(async ({ store }) => {
    const some = await readSomeHosts(store, [from, to]);
    const there = some.hosts.filter(({ record }) => record.host === to);
    const fleet = { ...some, takenIds: await takenIdsFor(store, there) };
    return { found: checkFleetMigration({ ...migrating, from, to }, fleet), unread: fleet.problems };
  });
  for (const problem of unread) printProblem(io, problem);
  const { problems, notes } = found;
  if (flags.json === true) {
    answerItems(io, 'fleet migrate-check', [fleetMigration(found)]);
    noteProblems(io, [...problems, ...notes]);
  } else {
    io.out(
      lines(found)
        .map((line) => `${oneLine(line)}\n`)
        .join(''),
    );
    // What keeps it here stands with each function.
    for (const problem of [...problems.filter(({ code }) => code !== 'migration-blocked'), ...notes]) printProblem(io, problem);
  }
  return problems.length === 0 ? 0 : 1;
}

function lines({ guest, from, to, functions, placement, problems }: FleetMigration): string[] {
  const { companions, far } = placement;
  return [
    `${guest.ref.name} (${guest.state}) ${problems.length === 0 ? 'can' : 'cannot'} be moved from ${from} to ${to} now`,
    ...functions.flatMap((each) => functionLines(each, to)),
    ...(far.length === 0 ? [] : [`on another NUMA node: ${far.map(({ address }) => address).join(', ')}`]),
    ...(companions.length === 0 ? [] : [`goes along: ${companions.map(({ key }) => functionWords(key)).join(', ')}`]),
  ];
}

function functionLines({ finding: { device, effect, reason, remedy }, there }: MovedFunction, to: string): string[] {
  const inGuest = there === undefined || there.place.address === null ? '' : `, in the guest at ${there.place.address}`;
  const stands = there === undefined ? [] : [`  on ${to} ${there.published.address}, of mapping ${there.wanted.what}, stands for it${inGuest}`];
  return [`${device}  ${effect}: ${reason}`, ...(remedy === null ? [] : [`  ${remedy}`]), ...stands];
}
