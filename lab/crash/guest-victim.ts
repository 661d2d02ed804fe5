/**
 * Runs inside an emulated host, as a process that does not survive: gives a guest a function or takes it, and is killed with SIGKILL at one point.
 * Points are numbered: even before a call that changes the guest, odd behind it.
 *
 *     guest-victim.cjs GUEST ADDRESS CHANGE POINT
 */
import { writeFileSync } from 'node:fs';
import { LibvirtLink } from '../../src/guest/libvirt/link.ts';
import { connectLibvirt } from '../../src/libvirt/index.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import { act, MARK, telling } from './guest-changes.ts';

const [guest = '', address = '', change = '', point = ''] = process.argv.slice(2);

let at = 0;
function pass(): void {
  if (at === Number(point)) {
    writeFileSync(MARK, point);
    process.kill(process.pid, 'SIGKILL');
  }
  at += 1;
}

async function main(): Promise<void> {
  const link = await LibvirtLink.open(async () => telling(await connectLibvirt(), pass));
  await act(link, change === 'attach' ? 'attach' : 'detach', { guest, source: parsePciAddress(address) });
  await link.close();
}

void main();
