/** Ids of IBM Z over a fleet in a directory, by command lines alone: what a claim keeps is what the definition and the guest get. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../src/cli/machine.ts';
import { openFileStore } from '../../src/fleet/file-store/file-store.ts';
import { aliveKey } from '../../src/fleet/model/keys.ts';
import type { FleetStore } from '../../src/fleet/store/store.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import { onZ } from '../guests.ts';
import { commandsOf, fakeFleetHost, gpu } from './fake-fleet-host.ts';

/** The machine defines uids, and none for these. */
const attributes = { uid_is_unique: '1' };

let directory: string;
let libvirt: FakeLibvirt;
let machine: Machine;
let store: FleetStore | undefined;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-fleet-'));
  libvirt = await startFakeLibvirt();
  machine = fakeFleetHost(directory, libvirt, [
    { ...gpu(3, 3), fid: 0, attributes },
    { ...gpu(4, 4), fid: 0x40, attributes },
  ]);
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  await libvirt.stop();
  rmSync(directory, { recursive: true });
});

const { run, done, enrolled, claims } = commandsOf(() => ({ machine, directory }));

const idsIn = (text: string | undefined): unknown => text?.match(/<zpci [^>]*>/g);

/** Of a guest that wants functions of the mapping, for a QEMU without KVM: the architecture of this machine is another. */
function definition(name: string): string {
  const file = join(directory, `${name}.xml`);
  const devices = "<devices><hostdev mode='subsystem' type='pci' managed='yes'><source mapping='gpu-a10'/></hostdev></devices>";
  writeFileSync(
    file,
    `<domain type='qemu'><name>${name}</name><memory>1024</memory><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os>${devices}</domain>\n`,
  );
  return file;
}

/** As its agent gives one. */
async function signOfLife(): Promise<void> {
  store = await openFileStore(join(directory, 'fleet'));
  await store.alive(aliveKey('kvm1'), new Uint8Array(1), 60);
}

async function items(line: string): Promise<unknown[]> {
  return (JSON.parse(await done(line)) as { items: unknown[] }).items;
}

describe('the ids of a function of IBM Z in a fleet', { timeout: 120_000 }, () => {
  it('are the next that are free until it is claimed, which is said; then those that the claim keeps, in the definition and in the guest', async () => {
    await enrolled();
    await signOfLife();
    const db = definition('db');
    const [web, other] = ['web', 'other'].map((name) => libvirt.qemu.start(libvirt.qemu.define(onZ(name)), false));
    // One of two is claimed for somebody else, and keeps the ids that both would like.
    await done('fleet claim kvm1/03:00.0 --for other');
    expect(await run('fleet claim kvm1/03:00.0 --for web')).toMatchObject({ status: 1, stderr: expect.stringContaining('claim-held') as string });
    expect(await items('fleet claims --json')).toMatchObject([{ guest: 'other', uid: '0x0001', fid: '0x00000000' }]);
    const before = await run(`fleet place ${db} --on kvm1`);
    expect([idsIn(before.stdout), before.status]).toEqual([["<zpci uid='0x0002' fid='0x00000040'/>"], 0]);
    expect(before.stderr).toMatch(/uid 0x0002 and fid 0x00000040, the next that are free: they are not kept until it is claimed \[zpci-unreserved\]/);
    expect(await items(`fleet place ${db} --on kvm1 --json`)).toMatchObject([{ functions: [{ uid: '0x0002', fid: '0x00000040', reserved: false }] }]);
    // Who only compares hosts is told of no ids.
    expect(await items(`fleet place ${db} --json`)).toMatchObject([{ functions: [{ uid: null, fid: null, reserved: false }] }]);

    expect(await done('fleet claim gpu-a10 --for db --dry-run')).toContain('with uid 0x0002 and fid 0x00000040');
    expect(await done('fleet claim gpu-a10 --for db')).toContain('with uid 0x0002 and fid 0x00000040');
    const after = await run(`fleet place ${db} --on kvm1`);
    expect([idsIn(after.stdout), after.stderr]).toEqual([["<zpci uid='0x0002' fid='0x00000040'/>"], '']);
    expect(await items(`fleet place ${db} --on kvm1 --json`)).toMatchObject([{ functions: [{ uid: '0x0002', fid: '0x00000040', reserved: true }] }]);
    expect(await done('fleet show kvm1/04:00.0')).toContain('with uid 0x0002 and fid 0x00000040');
    expect(await done('fleet claims')).toContain('uid 0x0002, fid 0x00000040');

    await done('attach other 03:00.0 --live -y');
    expect(idsIn(other?.live)).toEqual(["<zpci uid='0x0001' fid='0x00000000'/>"]);
    await done('fleet release kvm1/04:00.0');
    expect(await done('attach web mapping:gpu-a10 --live --dry-run')).toContain('uid 0x0002, fid 0x00000040');
    await done('attach web mapping:gpu-a10 --live -y');
    expect(idsIn(web?.live)).toEqual(["<zpci uid='0x0002' fid='0x00000040'/>"]);
    expect(await claims()).toEqual(['03:00.0 other attached ', '04:00.0 web attached gpu-a10']);
    await done('detach web mapping:gpu-a10 --live -y');
    expect(await items('fleet claims --json')).toMatchObject([{ guest: 'other' }]);
  });

  it('are others for each function of one wish, and stay when it is applied again', async () => {
    await enrolled();
    const guests = ['web', 'db'].map((name) => libvirt.qemu.start(libvirt.qemu.define(onZ(name)), false));
    const file = join(directory, 'wish.yaml');
    const one = (name: string): string => `  - guest: ${name}\n    hostdevs: [{ function: { mapping: gpu-a10 } }]\n`;
    writeFileSync(file, `formatVersion: 1\nguests:\n${one('web')}${one('db')}`);
    await done(`apply -f ${file} -y`);
    const ids = guests.map(({ live }) => idsIn(live));
    const each = ids.flat().join(' ');
    for (const id of ["uid='0x0001'", "uid='0x0002'", "fid='0x00000000'", "fid='0x00000040'"]) expect(each.split(id)).toHaveLength(2);
    expect(await done(`apply -f ${file} -y`)).toMatch(/as they were before/);
    expect(guests.map(({ live }) => idsIn(live))).toEqual(ids);
  });

  it('are others for a function that a wish takes from one guest and gives to another one, and its claim keeps them', async () => {
    await enrolled();
    const [web, db] = ['web', 'db'].map((name) => libvirt.qemu.define(onZ(name)));
    const wish = (name: string): string => {
      const file = join(directory, 'wish.yaml');
      writeFileSync(file, `formatVersion: 1\nguests:\n  - guest: ${name}\n    hostdevs:\n      - function: "03:00.0"\n`);
      return file;
    };
    await done(`apply -f ${wish('web')} -y`);
    expect(idsIn(web?.config)).toEqual(["<zpci uid='0x0001' fid='0x00000000'/>"]);
    await done(`apply -f ${wish('db')} --prune -y`);
    expect([idsIn(web?.config) ?? [], idsIn(db?.config)]).toEqual([[], ["<zpci uid='0x0002' fid='0x00000001'/>"]]);
    expect(await items('fleet claims --json')).toMatchObject([{ guest: 'db', state: 'attached', uid: '0x0002', fid: '0x00000001' }]);
  });

  it('that a store has for no claim are named, and given back one by one', async () => {
    await enrolled();
    await done('fleet claim kvm1/03:00.0 --for web');
    expect(await run('fleet release zpci/uid/0x0001')).toMatchObject({ status: 1, stderr: expect.stringContaining('claim-state') as string });
    expect(await run('fleet release zpci/uid/0x0007')).toMatchObject({ status: 1, stderr: expect.stringContaining('claim-absent') as string });
    expect((await run('fleet release zpci/uid/0x00021')).stderr).toMatch(/"zpci\/uid\/0x00021" is no id of IBM Z \[usage\]/);
    for (const word of ['zpci/uid/7', 'zpci/uid/0x0001/../x', 'zpci/pid/0x0001']) expect((await run(`fleet release ${word}`)).status).toBe(2);
    expect(await items('fleet claims --json')).toHaveLength(1);
  });
});
