/**
 * Runs inside an emulated host: kills a process with SIGKILL before and behind each host write of prepare and release,
 * then recovers and looks at the kernel. Prints one line a point.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { recoverChanges } from '../src/app/journal-views.ts';
import { prepareFunctions, releaseFunctions } from '../src/app/prepare.ts';
import { openJournal } from '../src/driver/journal/journal.ts';
import { openRecords } from '../src/driver/recover.ts';
import { readNodeDevice } from '../src/host/inventory.ts';
import { openMachine } from '../src/host/machine-port.ts';
import type { HostPort } from '../src/host/port.ts';
import { parsePciAddress } from '../src/pci/notation.ts';

const STATE = '/run/hostdev-crash';
const [role = '', name = '', verb = '', after = '', behind = ''] = process.argv.slice(2);
const address = parsePciAddress(name);
const machine = openMachine();
const context = (port: HostPort) => ({ port, isRoot: true, readPciIds: async () => undefined });
const change = { dryRun: false, stateDirectory: STATE };

/** A port whose process dies at the given write. */
function dying(): HostPort {
  let left = Number(after);
  return {
    ...machine,
    write: async (path, text) => {
      if (left === 0 && behind !== 'behind') process.kill(process.pid, 'SIGKILL');
      await machine.write(path, text);
      if (left === 0) process.kill(process.pid, 'SIGKILL');
      left -= 1;
    },
  };
}

async function point(change_: 'prepare' | 'release', write: number, when: 'before' | 'behind'): Promise<string> {
  const before = (await readNodeDevice(machine, address))?.driver;
  if (change_ === 'release') await prepareFunctions(context(machine), [address], change);
  const child = spawnSync(process.execPath, [process.argv[1] ?? '', 'child', name, change_, String(write), when], { timeout: 60_000 });
  const [recovery] = await recoverChanges(context(machine), STATE);
  const now = await readNodeDevice(machine, address);
  const isNew =
    change_ === 'prepare' ? now?.driver === 'vfio-pci' && now.driverOverride === 'vfio-pci' : now?.driver === before && now?.driverOverride === undefined;
  const isOld = change_ === 'prepare' ? now?.driver === before && now?.driverOverride === undefined : now?.driver === 'vfio-pci';
  const closed = openRecords(await openJournal(STATE).read()).length === 0;
  const good = child.signal === 'SIGKILL' && closed && (recovery?.outcome === 'new' ? isNew : recovery?.outcome === 'old' && isOld);
  // The next point begins where this one began.
  if (now?.driver === 'vfio-pci') await releaseFunctions(context(machine), [address], change);
  return `${good ? 'ok' : 'not ok'} ${change_} killed ${when} write ${write}: ${recovery?.outcome}, with ${now?.driver} (${child.signal ?? child.status})`;
}

if (role === 'child') await (verb === 'prepare' ? prepareFunctions : releaseFunctions)(context(dying()), [address], change);
else {
  rmSync(STATE, { recursive: true, force: true });
  for (const each of ['prepare', 'release'] as const) {
    for (const write of [0, 1, 2]) for (const when of ['before', 'behind'] as const) process.stdout.write(`${await point(each, write, when)}\n`);
  }
}
