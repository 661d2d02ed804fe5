/**
 * A program of the laboratory, inside an emulated host: a process is killed with SIGKILL before and behind each call that changes a guest; this one
 * then recovers and looks at the guest. Tells one line a point.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { recoverChanges } from '../../src/app/recover-changes.ts';
import { openJournal } from '../../src/execute/journal/journal.ts';
import { openRecords } from '../../src/execute/recover.ts';
import { libvirtGuest } from '../../src/guest/libvirt/libvirt-guest.ts';
import { LibvirtLink } from '../../src/guest/libvirt/link.ts';
import { connectLibvirt } from '../../src/libvirt/index.ts';
import { formatPciAddress } from '../../src/pci/address.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import { scopeOf } from '../scope.ts';
import { act, context, type Given, type GuestChange, MARK, STATE, telling } from './guest-changes.ts';

/** How long a guest may take to let go, emulated in emulation on a machine that has much else to do. */
const LETS_GO_MS = 300_000;

/**
 * Words: the guest, the function's address, and which points of attach and of detach: `all`, or those behind a call (`kinds`): it is done,
 * and whoever asked for it does not know.
 */
export async function killInGuestChanges([guest = '', address = '', which = '']: readonly string[], tell: (line: string) => void): Promise<void> {
  /** How many points a change has: known as soon as it has been carried out whole. */
  const counts = new Map<GuestChange, number>();
  const given = { guest, source: parsePciAddress(address) };
  const scope = scopeOf(which);
  for (const what of ['attach', 'detach'] as const) {
    for (let point = 0; point < (counts.get(what) ?? Number.POSITIVE_INFINITY); point += 1) {
      if (scope === 'kinds' && point % 2 === 0) continue;
      const line = await killAt(point, what, given, counts);
      if (line === undefined) break;
      tell(line);
    }
  }
}

/** What recover does; it says that a change is stuck while the guest has not let go, and is asked again. */
async function recovered(): ReturnType<typeof recoverChanges> {
  for (const last = Date.now() + LETS_GO_MS; ; ) {
    const outcomes = await recoverChanges(context, STATE);
    if (!outcomes.some(({ outcome }) => outcome === 'stuck') || Date.now() > last) return outcomes;
  }
}

/** What became of a change whose process was killed there; undefined when it has no such point. */
async function killAt(point: number, what: GuestChange, given: Given, counts: Map<GuestChange, number>): Promise<string | undefined> {
  let passed = 0;
  const link = await LibvirtLink.open(async () => telling(await connectLibvirt(), () => (passed += 1)));
  try {
    const ref = await (await link.get()).findDomain(given.guest);
    const has = async (): Promise<string> => {
      const found = await libvirtGuest(link, ref).find({ source: given.source });
      return [found?.live, found?.config].map((each) => (each === undefined ? 'no' : 'yes')).join(' ');
    };
    const wanted = what === 'attach' ? 'no no' : 'yes yes';
    if ((await has()) !== wanted) {
      const other = what === 'attach' ? 'detach' : 'attach';
      passed = 0;
      await act(link, other, given);
      counts.set(other, passed);
    }
    rmSync(MARK, { force: true });
    const victim = join(dirname(process.argv[1] ?? ''), '../victims/guest-victim.cjs');
    const { stderr } = spawnSync(process.execPath, [victim, given.guest, formatPciAddress(given.source), what, String(point)], { encoding: 'utf8' });
    if (!existsSync(MARK)) {
      // Nothing is left to be killed at: the change is whole.
      const end = await has();
      return end === wanted || stderr !== '' ? `FAILED ${what} point ${point}: ${end} ${stderr}` : undefined;
    }
    // What libvirt was asked for goes on without whoever asked.
    const before = openRecords(await openJournal(STATE).read()).length;
    const outcomes = await recovered();
    const now = await has();
    const left = openRecords(await openJournal(STATE).read()).length;
    const whole = (now === 'no no' || now === 'yes yes') && left === 0;
    return `${whole ? 'ok' : 'FAILED'} ${what} point ${readFileSync(MARK, 'utf8')}: ${before} open, ${outcomes.map(({ outcome }) => outcome).join()} → ${now}, ${left} open`;
  } finally {
    await link.close();
  }
}
