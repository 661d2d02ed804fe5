/**
 * Runs inside an emulated host: kills a process with SIGKILL before and behind each call that changes a guest, then recovers and looks
 * at the guest. Prints one line a point.
 *
 *     guest-crash.mjs GUEST ADDRESS all        every point of attach and of detach
 *     guest-crash.mjs GUEST ADDRESS kinds      before the first call of each, and behind every one
 *     guest-crash.mjs GUEST ADDRESS behind     only behind the first call of each
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { attachToGuest } from '../../src/app/guests/attach-to-guest.ts';
import type { GuestChangeOptions } from '../../src/app/guests/run-change.ts';
import { detachFromGuest } from '../../src/app/guests/detach-from-guest.ts';
import { libvirtGuest } from '../../src/guest/libvirt/libvirt-guest.ts';
import { LibvirtLink } from '../../src/guest/libvirt/link.ts';
import { recoverChanges } from '../../src/app/recover-changes.ts';
import { openJournal } from '../../src/execute/journal/journal.ts';
import { openRecords } from '../../src/execute/recover.ts';
import { openMachine } from '../../src/host/machine-port.ts';
import { connectLibvirt, type Libvirt } from '../../src/libvirt/index.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';

const [guest = '', name = '', role, change = '', pointText = ''] = process.argv.slice(2);
const STATE = '/var/lib/hostdev-guest-crash';
/** Tells the parent that the point was reached. */
const MARK = '/run/guest-crash-point';
/** How long a guest may take to let go, emulated in emulation on a machine that has much else to do. */
const LETS_GO_MS = 300_000;
const source = parsePciAddress(name);
const context = { port: openMachine(), isRoot: true, readPciIds: async () => undefined };
const options: GuestChangeOptions = { scope: 'persistent', dryRun: false, force: false, timeoutMs: 60_000, stateDirectory: STATE };
const CHANGING = new Set(['attachDevice', 'detachDevice', 'detachDeviceAlias']);

/** A libvirt that tells of each point: before and behind every call that changes a guest. */
function telling(libvirt: Libvirt, pass: () => void): Libvirt {
  return new Proxy(libvirt, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...args: unknown[]) => unknown;
      if (!CHANGING.has(String(key))) return method;
      return async (...args: unknown[]) => {
        pass();
        const result = await method(...args);
        pass();
        return result;
      };
    },
  });
}

/** Points are numbered: even before a call, odd behind it. This process ends at one of them. */
function deadlyAt(point: number): () => void {
  let at = 0;
  return () => {
    if (at === point) {
      writeFileSync(MARK, String(point));
      process.kill(process.pid, 'SIGKILL');
    }
    at += 1;
  };
}

async function act(link: LibvirtLink, what: string): Promise<void> {
  if (what === 'attach') await attachToGuest(context, link, { word: guest, specs: [{ source }] }, options);
  else await detachFromGuest(context, link, { word: guest, selectors: [{ source }] }, options);
}

/** How many points a change has: known as soon as it has been carried out whole. */
const counts = new Map<string, number>();

if (role === 'victim') {
  const link = await LibvirtLink.open(async () => telling(await connectLibvirt(), deadlyAt(Number(pointText))));
  await act(link, change);
  await link.close();
} else {
  for (const what of ['attach', 'detach']) await points(what);
}

/** Whether a process is killed there. Behind a call: it is done, and whoever asked for it does not know. */
function isWanted(point: number): boolean {
  if (role === 'behind') return point === 1;
  return role === 'all' || point === 0 || point % 2 === 1;
}

/** What recover does; it says that a change is stuck while the guest has not let go, and is asked again. */
async function recovered(): ReturnType<typeof recoverChanges> {
  for (const last = Date.now() + LETS_GO_MS; ; ) {
    const outcomes = await recoverChanges(context, STATE);
    if (!outcomes.some(({ outcome }) => outcome === 'stuck') || Date.now() > last) return outcomes;
  }
}

async function points(what: string): Promise<void> {
  for (let point = 0; point < (counts.get(what) ?? (role === 'behind' ? 2 : Number.POSITIVE_INFINITY)); point += 1) {
    if (!isWanted(point)) continue;
    let passed = 0;
    const link = await LibvirtLink.open(async () => telling(await connectLibvirt(), () => (passed += 1)));
    const ref = await (await link.get()).findDomain(guest);
    const has = async (): Promise<string> => {
      const found = await libvirtGuest(link, ref).find({ source });
      return [found?.live, found?.config].map((each) => (each === undefined ? 'no' : 'yes')).join(' ');
    };
    const wanted = what === 'attach' ? 'no no' : 'yes yes';
    if ((await has()) !== wanted) {
      const other = what === 'attach' ? 'detach' : 'attach';
      passed = 0;
      await act(link, other);
      counts.set(other, passed);
    }
    rmSync(MARK, { force: true });
    spawnSync(process.execPath, [process.argv[1] ?? '', guest, name, 'victim', what, String(point)], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (!existsSync(MARK)) {
      // Nothing is left to be killed at: the change is whole.
      const end = await has();
      if (end === wanted) process.stdout.write(`FAILED ${what} did nothing: ${end}\n`);
      await link.close();
      return;
    }
    // What libvirt was asked for goes on without whoever asked.
    const before = openRecords(await openJournal(STATE).read()).length;
    const outcomes = await recovered();
    const now = await has();
    const left = openRecords(await openJournal(STATE).read()).length;
    const whole = (now === 'no no' || now === 'yes yes') && left === 0;
    process.stdout.write(
      `${whole ? 'ok' : 'FAILED'} ${what} point ${readFileSync(MARK, 'utf8')}: ${before} open, ${outcomes.map(({ outcome }) => outcome).join()} → ${now}, ${left} open\n`,
    );
    await link.close();
  }
}
