import { expandDomain, type Expansion } from '../../addressing/expand.ts';
import type { Placement } from '../../addressing/report.ts';
import { type DomainFile, readDomainFile, replaceDomainFile } from '../../app/domain-file.ts';
import { exitStatus, HostdevError } from '../../errors.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';
import { type PlaceFlags, placeOptions } from '../../app/place-options.ts';
import { machineContext } from '../machine.ts';
import { printDiff } from '../diff.ts';
import { type Io, printJson, printProblem } from '../io.ts';
import { formatTable } from '../table.ts';

interface ExpandFlags extends PlaceFlags {
  readonly explain?: boolean;
  readonly inPlace?: boolean;
  readonly diff?: boolean;
  readonly json?: boolean;
  readonly root?: string;
}

export async function expand(io: Io, names: readonly string[], flags: ExpandFlags): Promise<number> {
  refuseFlags(names, flags);
  const results: unknown[] = [];
  let status = 0;
  for (const name of names) {
    // What is wrong with one file keeps nobody from the others.
    const outcome = await expandFile(io, name, flags, names.length > 1);
    if (!outcome.ok) status = 1;
    for (const problem of outcome.problems) printProblem(io, problem);
    results.push(outcome);
  }
  if (flags.json === true) printJson(io, names.length === 1 ? results[0] : results);
  return status;
}

async function expandFile(
  io: Io,
  name: string,
  flags: ExpandFlags,
  several: boolean,
): Promise<Expansion & { readonly file: string; readonly written: boolean }> {
  const context = await machineContext(io.machine, { root: flags.root });
  try {
    const file = await readDomainFile(name, io.stdin);
    const result = expandDomain(file.text, await placeOptions(context, file, flags, io.machine.capabilityCaches));
    if (!result.ok) return { file: file.name, written: false, ...result };
    const written = flags.inPlace === true && result.xml !== file.text;
    if (written) {
      io.catchSignals();
      await replaceDomainFile(file, result.xml);
    }
    if (flags.json !== true) deliver(io, file, result, flags, several);
    return { file: file.name, written, ...result };
  } catch (error) {
    if (!(error instanceof HostdevError) || exitStatus(error.code) === 2) throw error;
    return { file: name, written: false, ok: false, problems: [error.toProblem()] };
  }
}

function refuseFlags(names: readonly string[], flags: ExpandFlags): void {
  if (flags.inPlace === true && names.includes('-')) {
    throw new HostdevError('usage', 'standard input cannot be changed in place', { hint: 'leave --in-place out to get the definition on standard output' });
  }
  const given = (['explain', 'inPlace', 'diff', 'json'] as const).filter((name) => flags[name] === true && name !== 'json');
  if (given.length > 1 && !(given.length === 2 && given.includes('inPlace') && given.includes('diff'))) {
    throw new HostdevError('option-conflict', `${given.map((name) => (name === 'inPlace' ? '--in-place' : `--${name}`)).join(' and ')} exclude each other`, {
      hint: 'run the command once for each',
    });
  }
}

function deliver(io: Io, file: DomainFile, result: Extract<Expansion, { ok: true }>, flags: ExpandFlags, several: boolean): void {
  if (flags.explain === true) {
    if (several) io.out(`${io.colors.bold(file.name)}\n`);
    io.out(explain(result.placements));
    return;
  }
  if (flags.diff === true) printDiff(io, file.name, file.text, result.xml);
  if (flags.inPlace === true) io.err(`${file.name}: ${result.xml === file.text ? 'nothing to add' : 'expanded'}\n`);
  else if (flags.diff !== true) io.out(result.xml);
}

function explain(placements: readonly Placement[]): string {
  const zpci = placements.some((placement) => placement.zpci !== undefined);
  const header = ['DEVICE', 'ADDRESS', ...(zpci ? ['UID', 'FID'] : []), 'WHY'];
  const rows = placements.map((p) => [
    p.controller === undefined ? p.name : `${p.name} (${p.controller.model ?? '?'})`,
    p.address ?? '-',
    ...(zpci ? [p.zpci?.uid === undefined ? '-' : formatUid(p.zpci.uid), p.zpci?.fid === undefined ? '-' : formatFid(p.zpci.fid)] : []),
    why(p),
  ]);
  return formatTable(header, rows);
}

/** Who decided, in an administrator's words. */
function why(p: Placement): string {
  const parts: string[] = [];
  if (p.added !== undefined) parts.push(`added: ${p.added}`);
  if (p.reason?.by === 'definition') parts.push('address: you');
  else if (p.reason !== undefined) parts.push(`address: ${p.reason.rule}`);
  if (p.zpciReason !== undefined) parts.push(...zpciWhy(p.zpciReason));
  return parts.join('; ');
}

const ZPCI_WORDS = { definition: 'you', 'lowest-free': 'lowest free', completed: 'lowest free when its other half was read' } as const;

function zpciWhy({ uid, fid }: NonNullable<Placement['zpciReason']>): string[] {
  if (uid !== undefined && uid === fid) return [`uid and fid: ${ZPCI_WORDS[uid]}`];
  return [...(uid === undefined ? [] : [`uid: ${ZPCI_WORDS[uid]}`]), ...(fid === undefined ? [] : [`fid: ${ZPCI_WORDS[fid]}`])];
}
