/** Connections of commands that talk to libvirt. */
import { type LibvirtConnection, openLibvirt } from '../app/guests/connect.ts';
import type { GuestChangeOptions } from '../app/guests/run-change.ts';
import { refuseIdsElsewhere } from '../app/resolve.ts';
import type { FunctionName } from '../domain/function-name.ts';
import { type GuestPlan, type GuestReport, placeWords, whenWords } from '../plan/guest-plan.ts';
import { HostdevError } from '../errors.ts';
import { UNPLUG_TIMEOUT_S } from '../guest/port.ts';
import { waitMs } from './change.ts';
import type { ConnectFlags, GuestFlags, MachineFlags } from './command/options.ts';
import { answerItems, noteProblems } from './answer.ts';
import { type Io, printProblem } from './io.ts';
import { guestChange } from '../json/items/guests.ts';
import { oneLine } from '../printable.ts';
import { journalOf } from './machine.ts';
import { parseSeconds } from './numbers.ts';
import type { Scope } from '../plan/guest-scope.ts';

interface Asked extends ConnectFlags {
  readonly signal?: AbortSignal | undefined;
  /** A word that might have been a file as well. */
  readonly guessed?: string | undefined;
}

/** Opens the connection, acts, and closes it whatever happens. */
export async function withLibvirt<T>(io: Io, { connect, signal, guessed }: Asked, act: (link: LibvirtConnection) => Promise<T>): Promise<T> {
  const link = await openLibvirt(connect ?? io.machine.libvirtUri, signal).catch((error: unknown) => {
    if (guessed === undefined || connect !== undefined || !(error instanceof HostdevError) || error.code !== 'libvirt-unreachable') throw error;
    throw new HostdevError(error.code, `there is no file '${guessed}', and libvirt cannot be asked for a guest of that name: ${error.message}`, {
      ...error,
      cause: error,
    });
  });
  try {
    return await act(link);
  } finally {
    await link.close();
  }
}

/** Refuses ids that this machine was asked for where the guest is another one's; of a machine that is named they are that one's. */
export function refuseIdsOfHere(names: readonly FunctionName[], { root, host }: MachineFlags, link: LibvirtConnection): void {
  if (host === undefined && root === undefined) refuseIdsElsewhere(names, link);
}

/** Whether one of the options is given that only mean something for guests of libvirt. */
export function isForLibvirt(flags: GuestFlags): boolean {
  return (['connect', 'live', 'config', 'current', 'persistent'] as const).some((name) => flags[name] !== undefined);
}

function scopeOf({ live, config, current, persistent }: GuestFlags): Scope {
  const words = [live === true || config === true, current === true, persistent === true].filter(Boolean);
  if (words.length > 1) {
    throw new HostdevError('option-conflict', '--live and --config, --current, and --persistent exclude each other', {
      hint: '--persistent means the definition, and what runs of it',
    });
  }
  if (live === true) return config === true ? 'live and config' : 'live';
  if (config === true) return 'config';
  return persistent === true ? 'persistent' : 'current';
}

export function guestOptions(io: Io, flags: GuestFlags & MachineFlags & { readonly keepClaim?: boolean | undefined }): GuestChangeOptions {
  const dryRun = flags.dryRun === true;
  return {
    scope: scopeOf(flags),
    dryRun,
    force: flags.force === true,
    onLoss: (loss) => printProblem(io, loss),
    timeoutMs: parseSeconds('--timeout', flags.timeout ?? String(UNPLUG_TIMEOUT_S), 1, `; it is ${UNPLUG_TIMEOUT_S} when left out`),
    waitMs: waitMs(flags.wait),
    stateDirectory: journalOf(io.machine, flags),
    keepClaims: flags.keepClaim,
    ...(flags.yes === true ? {} : { agree: (plan: GuestPlan) => ask(io, plan) }),
    onPartly: (done: GuestReport) => void reportGuest(io, flags, done),
    onProgress: io.progress,
    signal: dryRun ? undefined : io.catchSignals(),
  };
}

async function ask(io: Io, plan: GuestPlan): Promise<boolean> {
  printPlan(io, plan, io.err);
  return io.confirm(`${plan.verb === 'detach' ? 'Detach' : plan.verb === 'swap' ? 'Swap' : 'Attach'}?`);
}

function printPlan(io: Io, plan: GuestPlan, print: (text: string) => void): void {
  for (const note of plan.notes) printProblem(io, note);
  print(`${oneLine(`${plan.guest} (${plan.state})`)}:\n`);
  for (const { on, what, undo } of plan.steps) {
    print(`  ${on.padEnd('definition'.length)}  ${oneLine(what)}\n`);
    if (undo !== null) print(`  ${''.padEnd('definition'.length)}  if a later step fails: ${oneLine(undo)}\n`);
  }
}

const PAST = { attach: 'attached to', detach: 'detached from', swap: 'swapped in' } as const;

const AS_BEFORE = { attach: 'is attached to', detach: 'is not attached to', swap: 'is in' } as const;

export function reportGuest(io: Io, flags: GuestFlags, report: GuestReport): number {
  if (flags.json === true) {
    answerItems(io, report.verb, [guestChange(report)]);
    noteProblems(io, report.notes);
    return 0;
  }
  for (const address of report.unchanged) io.out(`${oneLine(`${address} ${AS_BEFORE[report.verb]} ${report.guest}`)}, as it was before\n`);
  if (!report.applied) {
    if (report.steps.length > 0 || report.notes.length > 0 || report.unchanged.length === 0) printPlan(io, report, io.out);
    return 0;
  }
  // Who was asked has read the notes.
  if (flags.yes === true) for (const note of report.notes) printProblem(io, note);
  for (const each of report.functions) {
    io.out(`${oneLine(`${each.address} ${PAST[report.verb]} ${report.guest}`)}${report.verb === 'detach' ? '' : placeWords(each)}${whenWords(report, each)}\n`);
  }
  return 0;
}
