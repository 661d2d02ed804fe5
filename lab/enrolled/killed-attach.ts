/** hostdev is killed before and behind each step of an attach under a claim, on a host of a fleet; what is left is held against claims, libvirt and journal. */
import { expect } from 'vitest';
import type { JournalRecord } from '../../src/execute/journal/record.ts';
import { scanJournal } from '../../src/execute/journal/scan.ts';
import { claimKey } from '../../src/fleet/model/keys.ts';
import { readClaimsAt } from '../../src/fleet/read-fleet.ts';
import { releaseClaims } from '../../src/fleet/release.ts';
import type { FleetStore } from '../../src/fleet/store/store.ts';
import { installCommand, type LabHost } from '../machine/running.ts';
import { heldBy, journalOf } from '../page/flows/looking.ts';
import { recover } from '../wish/interrupted-apply.ts';
import { COMMAND_MS } from '../wish/wished-host.ts';
import type { Race, Won } from './race.ts';

/** A function of an emulated host that claimers race for. */
export interface RacedFunction {
  readonly host: LabHost;
  readonly address: string;
  /** Its key in the fleet. */
  readonly key: string;
  /** Those it is claimed for: started, and paused, which costs nothing and takes a function all the same. */
  readonly guests: readonly string[];
  readonly store: FleetStore;
  readonly race: Race;
}

/** What the shell gives for a process that SIGKILL has ended. */
const KILLED = 137;

const TOO_SLOW = /\[fleet-(?:no-quorum|unreachable|unclear)\]/;
const TRIES = 10;

/** More rounds than points: some are refused by a store that answers late. */
const MOST_ROUNDS = 60;

/** Each point in its turn, for whoever has won then, until nothing is left to be killed at. A line a round. */
export async function killAtEachStep(raced: RacedFunction): Promise<string[]> {
  await installCommand(raced.host, 'build/lab/held', 'held');
  const lines: string[] = [];
  let last = 0n;
  // Even points are before a step, odd ones behind it.
  for (let point = 0; lines.length < MOST_ROUNDS; ) {
    const won = await raced.race.next(last);
    const { line, isWhole, isRefused } = await killedAt(raced, won, point);
    lines.push(line);
    process.stdout.write(`        ${line}\n`);
    if (isWhole) return lines;
    if (!isRefused) point += 1;
    await giveBack(raced, won);
    last = won.token;
  }
  throw new Error(`after ${MOST_ROUNDS} rounds there are still points:\n${lines.join('\n')}`);
}

interface Killed {
  readonly line: string;
  /** Nothing is left to be killed at. */
  readonly isWhole: boolean;
  /** The store did not answer in time, so nothing was done: that point is still to come. */
  readonly isRefused: boolean;
}

async function killedAt(raced: RacedFunction, won: Won, point: number): Promise<Killed> {
  const { host, address, key, store } = raced;
  const at = `${Math.floor(point / 2)} ${point % 2 === 0 ? 'before' : 'behind'}`;
  const attach = `attach ${won.guest} ${address} --live --yes`;
  const ended = await host.run(`HOSTDEV_HOLD='${at} killed' LC_CTYPE=C.UTF-8 node /share/held/held-command.cjs ${attach}`, COMMAND_MS);
  const isWhole = ended.status === 0;
  const isRefused = TOO_SLOW.test(ended.stderr);
  if (!isWhole && !isRefused) expect(ended, `killed at ${at}`).toMatchObject({ status: KILLED });
  const [left] = await readClaimsAt(store, [claimKey(key)]);
  const recovered = await recover({ host });
  await saysWhenAnswered(host, 'agent --once');

  const [claim] = await readClaimsAt(store, [claimKey(key)]);
  const held = await Promise.all(raced.guests.map(async (guest) => ({ guest, held: (await heldBy(host, guest)).filter((each) => each.startsWith(address)) })));
  const holders = held.flatMap((each) => (each.held.length === 0 ? [] : [`${each.guest} ${each.held.join()}`]));
  const journal = await journalSays(raced, won);
  const how = isWhole ? 'as a whole' : isRefused ? 'refused' : `killed at ${at}`;
  const line = `${won.guest} ${how}: ${left?.record.state ?? 'no claim'}, ${recovered || 'nothing to recover'} → ${claim?.record.state ?? 'no claim'}, ${holders.join() || 'nobody has it'}`;
  expect({ token: claim?.created, guest: claim?.record.guest, request: claim?.record.request }, line).toEqual({
    ...{ token: won.token, guest: won.guest, request: won.request },
  });
  // Whoever came meanwhile was refused.
  expect(raced.race.winners.at(-1), line).toEqual(won);
  expect(claim?.record.state, line).toBe(journal === 'done' ? 'attached' : 'claimed');
  expect(holders, line).toEqual(journal === 'done' ? [expect.stringMatching(new RegExp(`^${won.guest} `))] : []);
  if (isWhole) expect(journal, line).toBe('done');
  return { line, isWhole, isRefused };
}

/** A busy machine answers late; the command is run again as its hint says. */
export async function saysWhenAnswered(host: LabHost, words: string): Promise<void> {
  for (let left = TRIES; ; left -= 1) {
    const { status, stdout, stderr } = await host.hostdev(words, COMMAND_MS);
    if (status === 0) return;
    if (left === 0 || !TOO_SLOW.test(stderr)) throw new Error(`hostdev ${words}\nended with ${status}: ${stderr}${stdout}`);
  }
}

/** What became of the attach under a claim by the journal, in which nothing is open: each change that names the token is of the guest that has won it. */
async function journalSays({ host, key }: Pick<RacedFunction, 'host' | 'key'>, { guest, token }: Won): Promise<'done' | 'not done'> {
  const records = await recordsOf(host);
  const ends = new Map(records.flatMap((record) => (record.kind === 'begin' ? [] : [[record.id, record.kind]])));
  const begun = records.flatMap((record) => (record.kind === 'begin' && record.claims?.[key] === String(token) ? [record] : []));
  for (const { id, subject } of begun) {
    expect(subject).toMatch(new RegExp(` in ${guest}$`));
    expect(ends.has(id), `${subject} is open`).toBe(true);
  }
  return begun.length > 0 && begun.every(({ id }) => ends.get(id) === 'done') ? 'done' : 'not done';
}

async function recordsOf(host: LabHost): Promise<readonly JournalRecord[]> {
  const { written, damaged, unknown } = scanJournal(Buffer.from(await journalOf(host)));
  expect([damaged, unknown]).toEqual([[], undefined]);
  return written.map(({ record }) => record);
}

/** Tokens of a function in the order in which its host has acted on them, with the guests they were for. */
export async function tokensOf({ host, key }: Pick<RacedFunction, 'host' | 'key'>): Promise<readonly { readonly token: bigint; readonly guest: string }[]> {
  return (await recordsOf(host)).flatMap((record) => {
    const token = record.kind === 'begin' ? record.claims?.[key] : undefined;
    return record.kind === 'begin' && token !== undefined ? [{ token: BigInt(token), guest: record.subject.split(' in ')[1] ?? '' }] : [];
  });
}

/** A guest that has it ends, and is there anew without; then its claim, which stays, is given back by whoever has it. */
async function giveBack({ host, key, store }: RacedFunction, { guest, request }: Won): Promise<void> {
  const [claim] = await readClaimsAt(store, [claimKey(key)]);
  if (claim?.record.state === 'attached') {
    await host.sh(`virsh -q destroy ${guest} && virsh -q start --paused ${guest}`);
    await saysWhenAnswered(host, 'agent --once');
    expect((await readClaimsAt(store, [claimKey(key)])).map(({ created, record }) => [created, record.state])).toEqual([[claim.created, 'claimed']]);
  }
  await releaseClaims(store, { target: { kind: 'request', request }, dryRun: false });
}
