import { forgetHost } from '../../fleet/forget.ts';
import { fleetChecked, forgotten } from '../../fleet/items/claims.ts';
import { asChecked, checkFleet } from '../../fleet/model/fleet-check.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { functionWords, holderWords, type KeptClaim } from '../../fleet/model/view.ts';
import { readWholeFleet } from '../../fleet/read-fleet.ts';
import { oneLine } from '../../printable.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { withFleet } from '../fleet.ts';
import { type Io, printProblem } from '../io.ts';

export async function check(io: Io, flags: Options<'fleet check'>): Promise<number> {
  return withFleet(io, async ({ store }) => {
    const fleet = await readWholeFleet(store, asChecked);
    const found = checkFleet(fleet);
    if (flags.json === true) answerItems(io, 'fleet check', [fleetChecked(fleet, found.length)]);
    for (const problem of found) printProblem(io, problem);
    const { hosts, claims } = fleet;
    const verdict = found.length === 0 ? 'nothing disagrees' : `${found.length} ${found.length === 1 ? 'disagreement' : 'disagreements'}`;
    if (flags.json !== true) io.out(`${counted(hosts.length, 'host')}, ${counted(claims.length, 'claim')}: ${verdict}\n`);
    return found.some(({ severity }) => severity === 'error') ? 1 : 0;
  });
}

export async function forget(io: Io, word: string, flags: Options<'fleet forget'>): Promise<number> {
  const host = ensureFleetName(word);
  const dryRun = flags.dryRun === true;
  return withFleet(io, async ({ store }) => {
    const confirm = async (claims: readonly KeptClaim[]): Promise<boolean> => {
      for (const each of claims) io.err(`${freedWords(each)}\n`);
      return flags.yes === true || io.confirm(`Is ${host} off, and may ${counted(claims.length, 'claim')} of it be freed?`);
    };
    const forgetting = { host, fenced: flags.fenced === true, dryRun, confirm };
    const done = await forgetHost(store, forgetting, dryRun ? undefined : io.catchSignals());
    if (flags.json === true) answerItems(io, 'fleet forget', [forgotten(host, done)]);
    else {
      if (dryRun) for (const each of done.claims) io.out(`${freedWords(each)}\n`);
      io.out(`${host} ${dryRun ? 'would be' : 'is'} forgotten, and ${counted(done.claims.length, 'claim')} of it freed\n`);
    }
    return 0;
  });
}

function freedWords({ record }: KeptClaim): string {
  return oneLine(`${functionWords(record.function)}: ${holderWords(record)}`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
