/** Guests of a libvirt that is reached over ssh: what their host does with a function is looked at over the same ssh. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executable, fakeSsh } from '../../../test/fake-ssh.ts';
import { context, fake, onPc, options, running, useGuests } from '../../../test/guests.ts';
import { layTree } from '../../../test/lay-tree.ts';
import { KINDS, type Kind, EVERY_KIND } from '../../../test/verdicts/kinds-of-functions.ts';
import { LibvirtLink } from '../../guest/libvirt/link.ts';
import { connectLibvirt } from '../../libvirt/index.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { attachToGuest } from './attach-to-guest.ts';
import type { GuestChangeOptions } from './run-change.ts';

useGuests([]);

let root: string;
let there: LibvirtLink | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostdev-there-'));
  layTree(root, EVERY_KIND);
});
afterEach(async () => {
  await there?.close();
  there = undefined;
});

/** Over a program in the place of ssh; `look` is what it does when the host is looked at, if anything else than to look at the tree. */
async function over(look?: string): Promise<LibvirtLink> {
  const looking = fakeSsh(root).program;
  const relay = join(root, 'relay.cjs');
  writeFileSync(
    relay,
    `const s = require('net').connect(${JSON.stringify(fake.socket)}); process.stdin.pipe(s); s.pipe(process.stdout); s.on('error', () => process.exit(1));\n`,
  );
  const program = executable(
    join(root, 'ssh'),
    `for last; do :; done
case $last in 'exec sh -s') ${look ?? `exec '${looking}' "$@"`} ;; *) exec '${process.execPath}' '${relay}' ;; esac`,
  );
  return (there = await LibvirtLink.open(() => connectLibvirt(`qemu+ssh://kvm7/system?command=${program}`)));
}

const attach = async (kind: Kind, more: Partial<GuestChangeOptions> = {}, look?: string): ReturnType<typeof attachToGuest> =>
  attachToGuest(context(), await over(look), { word: 'web', specs: [{ source: parsePciAddress(KINDS[kind]) }] }, options({ scope: 'live', ...more }));

describe('a function of the host that a guest over ssh runs on', () => {
  beforeEach(() => {
    running(onPc('web', 3));
  });

  it('is given without --force when it is seen to be free', async () => {
    expect(await attach('free')).toMatchObject({ applied: true, functions: [{ address: KINDS.free, live: true }] });
    expect(fake.qemu.named('web').live).toContain("bus='0x01'");
  });

  it.each<[Kind, string, RegExp]>([
    ['network', 'function-in-use', /^kvm7: 0000:04:00\.0 is in use: eth0 → default route/],
    ['storage', 'function-in-use', /^kvm7: .*mounted on \//],
    ['held', 'function-held', /^kvm7: .*guest other/],
    ['companions', 'group-incomplete', /^kvm7: .*0000:02:00\.1/],
    ['bridge', 'function-not-assignable', /^kvm7: /],
    ['absent', 'function-unknown', /^kvm7 has no PCI function /],
  ])('(%s) is refused with the evidence of that host', async (kind, code, message) => {
    await expect(attach(kind)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(fake.qemu.named('web').live).not.toContain('<hostdev');
  });

  it('that is in use there is given with --force, which tells what is lost', async () => {
    const losses: string[] = [];
    expect(await attach('network', { force: true, onLoss: ({ message }) => losses.push(message) })).toMatchObject({ applied: true });
    expect(losses).toContainEqual(expect.stringMatching(/^kvm7: .*with --force this is lost: .*default route/));
  });

  it('needs --force, as before, where the host cannot be looked at, and says why', async () => {
    fake.qemu.nodeDevices.set('pci_0000_01_00_0', "<device><name>pci_0000_01_00_0</name><driver><name>igb</name></driver><capability type='pci'/></device>");
    const look = "echo 'Permission denied (publickey).' >&2; exit 255";
    await expect(attach('free', {}, look)).rejects.toMatchObject({
      code: 'function-in-use',
      message: expect.stringMatching(/whether kvm7 uses 0000:01:00\.0 \(igb\) cannot be seen from here: kvm7: it does not let us in/) as string,
    });
    expect(await attach('free', { force: true }, look)).toMatchObject({ applied: true });
  });
});

describe('what is wrong with several functions of another host', () => {
  it('names that host in every sentence', async () => {
    running(onPc('web', 3));
    const specs = ['0000:98:00.0', '0000:99:00.0'].map((address) => ({ source: parsePciAddress(address) }));
    await expect(attachToGuest(context(), await over(), { word: 'web', specs }, options({ scope: 'live' }))).rejects.toMatchObject({
      message: 'kvm7 has no PCI function 0000:98:00.0',
      others: [{ message: 'kvm7 has no PCI function 0000:99:00.0' }],
    });
  });
});

describe('a definition of a guest over ssh', () => {
  beforeEach(() => {
    fake.qemu.define(onPc('web', 3));
  });

  it('does not get what its host uses, but for --force', async () => {
    await expect(attach('network', { scope: 'config' })).rejects.toMatchObject({
      code: 'function-in-use',
      message: expect.stringMatching(/^kvm7: .*default route/) as string,
    });
    const losses: string[] = [];
    expect(await attach('network', { scope: 'config', force: true, onLoss: ({ message }) => losses.push(message) })).toMatchObject({ applied: true });
    expect(losses.length).toBeGreaterThan(0);
    for (const loss of losses) expect(loss).toMatch(/^kvm7: /);
  });

  it('of a host that cannot be looked at is written, with a warning that says what could not be seen, and why', async () => {
    const losses: { message: string; severity: string }[] = [];
    const look = "echo 'Permission denied (publickey).' >&2; exit 255";
    expect(await attach('network', { scope: 'config', onLoss: (loss) => losses.push(loss) }, look)).toMatchObject({ applied: true });
    expect(losses).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringMatching(/^whether kvm7 uses 0000:04:00\.0 cannot be seen from here: kvm7: it does not let us in/) as string,
        hint: expect.stringContaining("'hostdev check 0000:04:00.0' there") as string,
      }),
    ]);
  });
});
