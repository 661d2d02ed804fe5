import { claimFunctions, type ClaimOptions, planClaim } from '../../fleet/claim.ts';
import { claimedIds } from '../../fleet/claimed-ids.ts';
import type { ClaimTarget } from '../../fleet/claim-target.ts';
import { type ClaimFilter, listClaims, parseClaimStates } from '../../fleet/claims.ts';
import { claimsMade, claimsPlanned, fleetClaim, released } from '../../fleet/items/claims.ts';
import { functionsOf } from '../../fleet/model/candidate.ts';
import { isFunctionWord, parseFunctionWord, parseMappingWord } from '../../fleet/model/function-word.ts';
import { ensureFleetName, FLEET_ROOT } from '../../fleet/model/keys.ts';
import { idWords } from '../../fleet/model/reservation-check.ts';
import { claimNote, idsWords } from '../../fleet/model/told.ts';
import { functionWords, type KeptClaim } from '../../fleet/model/view.ts';
import { releaseClaims, type ReleaseTarget } from '../../fleet/release.ts';
import { HostdevError } from '../../errors.ts';
import { oneLine } from '../../printable.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { guestOf, withFleet } from '../fleet.ts';
import { type Io, printProblem } from '../io.ts';
import { parseCount } from '../../pci/count.ts';
import { formatTable, type TableColumn, withoutMilliseconds } from '../table.ts';

/** As many as one claim takes, whatever is compared besides. */
const MOST = 64;

export async function claim(io: Io, what: string, flags: Options<'fleet claim'>): Promise<number> {
  const options = claimOptions(what, flags);
  return withFleet(io, async (access) => {
    if (flags.dryRun === true) {
      const chosen = await planClaim(access, options);
      const ids = await claimedIds(access.store)(chosen);
      const mapping = options.target.kind === 'mapping' ? options.target.name : null;
      if (flags.json === true) answerItems(io, 'fleet claim', claimsPlanned(chosen, { ...options, mapping, ids }));
      else
        for (const { key } of chosen.flatMap(functionsOf))
          io.out(oneLine(`${functionWords(key)} would be claimed for guest ${options.guest}${idsWords(ids.get(key))}`) + '\n');
      return 0;
    }
    const made = await claimFunctions(access, options, io.catchSignals());
    if (flags.json === true) answerItems(io, 'fleet claim', claimsMade(made));
    else
      for (const { record, created } of made.claims)
        io.out(oneLine(`${functionWords(record.function)} is claimed for guest ${record.guest} (token ${created})${idsWords(record.zpci)}`) + '\n');
    return 0;
  });
}

function claimOptions(what: string, flags: Options<'fleet claim'>): ClaimOptions {
  const host = flags.host === undefined ? undefined : ensureFleetName(flags.host);
  const target = targetOf(what, host);
  if (target.kind === 'mapping' && flags.group === true) {
    throw new HostdevError('option-conflict', '--group is for one function: a mapping says itself whether the whole group goes', {
      hint: `'hostdev fleet mapping set ${target.name} --whole-group yes'`,
    });
  }
  const count = flags.count === undefined ? 1 : parseCount('--count', flags.count, { least: 1, most: MOST, hint: 'they are of one host, all or none' });
  if (target.kind !== 'mapping' && count > 1) {
    throw new HostdevError('option-conflict', '--count asks for several, and one function is named', { hint: 'name a mapping' });
  }
  return { target, what: oneLine(what), guest: guestOf(flags.for), host, count, wholeGroup: flags.group === true, until: untilOf(flags.until) };
}

/** `gpu-a10`, `mapping:gpu-a10`, or a function. */
function targetOf(what: string, host: string | undefined): ClaimTarget {
  const mapping = parseMappingWord(what) ?? (isFunctionWord(what) ? undefined : ensureFleetName(what));
  if (mapping !== undefined) return { kind: 'mapping', name: mapping };
  const named = parseFunctionWord(what, host);
  if (host === undefined || !('host' in named) || named.host === host) return named;
  throw new HostdevError('option-conflict', `${what} is of ${named.host}, and --host says ${host}`, { subject: what, hint: 'leave --host out' });
}

/** A day, or a moment: whatever it is, it ends nothing. */
function untilOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (/^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?$/.test(text) && !Number.isNaN(Date.parse(text)) && isDay(text.slice(0, 10))) return text;
  throw new HostdevError('usage', `--until is a date, not "${text.slice(0, 40)}"`, {
    hint: 'as 2027-01-31 or 2027-01-31T18:00:00Z; it reminds people, and ends nothing',
  });
}

/** `2027-02-30` is none, which the clock of the language takes for the second of March. */
function isDay(day: string): boolean {
  return new Date(day).toISOString().startsWith(day);
}

export async function release(io: Io, what: string, flags: Options<'fleet release'>): Promise<number> {
  const target = releaseTarget(what);
  const dryRun = flags.dryRun === true;
  return withFleet(io, async ({ store }) => {
    const done = await releaseClaims(store, { target, dryRun }, dryRun ? undefined : io.catchSignals());
    if (flags.json === true) answerItems(io, 'fleet release', released(done));
    else {
      const verb = dryRun ? 'would be' : 'is';
      for (const { record } of done.claims) io.out(oneLine(`${functionWords(record.function)} ${verb} free; guest ${record.guest} had it claimed`) + '\n');
      if (done.id !== null) io.out(`${idWords(done.id)} ${verb} free\n`);
      if (done.request !== null) io.out(oneLine(`what was asked for by ${done.request} ${verb} given up`) + '\n');
    }
    return 0;
  });
}

/** What a request is called: a uuid. */
const REQUEST = /^[0-9a-f-]{8,64}$/;

/** An id that is kept, by its key in the store. */
const RESERVED = /^zpci\/(?:uid\/0x[0-9a-f]{4}|fid\/0x[0-9a-f]{8})$/;

function releaseTarget(what: string): ReleaseTarget {
  if (what.startsWith('zpci/')) {
    if (RESERVED.test(what)) return { kind: 'id', key: `${FLEET_ROOT}${what}` };
    const subject = what.slice(0, 80);
    throw new HostdevError('usage', `"${subject}" is no id of IBM Z`, {
      subject,
      hint: 'zpci/uid/0x0021 or zpci/fid/0x000000a1, as hostdev fleet check says it',
    });
  }
  return REQUEST.test(what) ? { kind: 'request', request: what } : parseFunctionWord(what);
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'FUNCTION', least: 12, wraps: true },
  { title: 'GUEST', least: 8 },
  { title: 'HOST', leavesAt: 4 },
  { title: 'STATE' },
  { title: 'MAPPING', leavesAt: 3 },
  { title: 'BY', least: 8, leavesAt: 2 },
  { title: 'SINCE', leavesAt: 1 },
  { title: 'NOTE', least: 8, wraps: true },
];

export async function list(io: Io, flags: Options<'fleet claims'>): Promise<number> {
  const states = parseClaimStates(flags.state);
  const host = flags.host === undefined ? undefined : ensureFleetName(flags.host);
  const guest = flags.for === undefined ? undefined : guestOf(flags.for);
  return withFleet(io, async ({ store }) => {
    const { claims, problems } = await listClaims(store, { guest, host, states });
    if (flags.json === true) answerItems(io, 'fleet claims', claims.map(fleetClaim));
    else if (claims.length > 0) io.out(formatTable(io.terminal, COLUMNS, claims.map(line)));
    else if (problems.length === 0) io.out(oneLine(noneWords({ guest, host, states })) + '\n');
    for (const problem of problems) printProblem(io, problem);
    return problems.length === 0 ? 0 : 1;
  });
}

/** What was looked for and not found: of a filter, or it would say that nothing is claimed at all. */
function noneWords({ guest, host, states }: ClaimFilter): string {
  const claimed = ['is claimed', guest === undefined ? '' : ` for guest ${guest}`, host === undefined ? '' : ` on ${host}`].join('');
  return states === undefined ? `nothing ${claimed}` : `nothing that ${claimed} is ${states.join(' or ')}`;
}

function line(kept: KeptClaim): string[] {
  const { record } = kept;
  const { function: key, guest, host, state, mapping, by, at } = record;
  return [functionWords(key), guest, host, state, mapping ?? '-', by, withoutMilliseconds(at), claimNote(fleetClaim(kept))];
}
