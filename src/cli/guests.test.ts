import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { captureIo, hostdev as run, itemsOf } from '../../test/capture.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../testing/fake-libvirt/fake-libvirt.ts';
import { type FakeQmp, startFakeQmp } from '../testing/fake-qmp.ts';
import type { Machine } from './machine.ts';
import { main } from './main.ts';

const XML = `<domain type='kvm'><name>web</name><memory unit='MiB'>64</memory><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices><memballoon model='none'/></devices></domain>`;
/** The machine does not have it. */
const ABSENT = 'fff0:1f:1f.7';

let fake: FakeLibvirt;
let uri: string;
let qmp: FakeQmp;
let machine: Machine;
beforeEach(async () => {
  machine = bareMachine();
  fake = await startFakeLibvirt();
  qmp = await startFakeQmp({ ports: ['rp0'] });
  uri = `qemu+unix:///system?socket=${fake.socket}`;
  fake.qemu.define(XML);
});
afterEach(async () => {
  await fake.stop();
  await qmp.stop();
});

/** One machine for all commands of a test. */
const hostdev = (words: readonly string[]): ReturnType<typeof run> => run(words, '', machine);

const text = (output: string): string => output.replaceAll(fake.socket, 'SOCKET');

describe('guests of libvirt', () => {
  it('are attached to, shown and detached from', async () => {
    const attached = await hostdev(['attach', 'web', ABSENT, '--uid', '0x21', '--yes', '-c', uri]);
    expect(attached.status).toBe(0);
    expect(attached.stdout).toBe(`${ABSENT} attached to web as 0000:00:01.0, uid 0x0021, fid 0x00000000\n`);
    expect(attached.stderr).toMatch(/warning: this machine has no PCI function fff0:1f:1f\.7 \[[a-z-]+\]\n {2}hint: the guest will not start without it/);
    expect((await hostdev(['guests', '-c', uri])).stdout).toMatchInlineSnapshot(`
      "GUEST  STATE     AUTOSTART  FUNCTION      IN GUEST      UID     FID         WHERE
      web    shut off  no         fff0:1f:1f.7  0000:00:01.0  0x0021  0x00000000  definition
      "
    `);
    const detached = await hostdev(['detach', 'web', ABSENT, '--yes', '-c', uri]);
    expect(detached).toMatchObject({ status: 0, stdout: `${ABSENT} detached from web\n`, stderr: '' });
  });

  it('that run have at their next start what only their definition gets', async () => {
    machine = bareMachine([{ address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true }]);
    fake.qemu.start(fake.qemu.named('web'), false);
    const attached = await hostdev(['attach', 'web', '0007:00:00.0', '--config', '--uid', '0x21', '--yes', '-c', uri]);
    expect(attached.stdout).toBe('0007:00:00.0 attached to web as 0000:00:01.0, uid 0x0021, fid 0x00000000, at its next start\n');
    const detached = await hostdev(['detach', 'web', '0007:00:00.0', '--config', '--yes', '-c', uri]);
    expect(detached.stdout).toBe('0007:00:00.0 detached from web, at its next start\n');
  });

  it('of a machine without zPCI have no uid and no fid, not even 0', async () => {
    fake.qemu.define(XML.replace('web', 'pc').replace("arch='s390x' machine='s390-ccw-virtio'", "arch='x86_64' machine='q35'"));
    const plan = await hostdev(['attach', 'pc', ABSENT, '--dry-run', '-c', uri]);
    expect(plan.stdout).toMatch(/attach to the guest's definition as 0000:02:00\.0\n/);
    const done = await hostdev(['attach', 'pc', ABSENT, '--yes', '-c', uri]);
    expect(done.stdout).toBe(`${ABSENT} attached to pc as 0000:02:00.0\n`);
  });

  it('that have a function, or have it not, are left as they are when that is what is asked for; nobody is asked', async () => {
    const nothing = { status: 0, stderr: '' };
    expect(await hostdev(['detach', 'web', ABSENT, '-c', uri])).toEqual({ ...nothing, stdout: `${ABSENT} is not attached to web, as it was before\n` });
    await hostdev(['attach', 'web', ABSENT, '--uid', '0x21', '--yes', '-c', uri]);
    const before = fake.qemu.named('web').config;
    for (const words of [[], ['--uid', '0x21'], ['--dry-run']])
      expect(await hostdev(['attach', 'web', ABSENT, ...words, '-c', uri])).toEqual({ ...nothing, stdout: `${ABSENT} is attached to web, as it was before\n` });
    expect(JSON.parse((await hostdev(['attach', 'web', ABSENT, '--json', '-c', uri])).stdout)).toMatchObject({
      changed: false,
      items: [{ changed: false, plan: [], functions: [{ hostAddress: ABSENT, changed: false }] }],
    });
    const other = await hostdev(['attach', 'web', ABSENT, '--uid', '0x22', '--yes', '-c', uri]);
    expect(other).toMatchObject({ status: 1, stderr: expect.stringMatching(/the definition of web has fff0:1f:1f\.7 already/) as string });
    expect(fake.qemu.named('web').config).toBe(before);
  });

  it('are attached to as their own libvirt and QEMU do it, which --json names, whatever this machine has', async () => {
    const there = { libvirt: '11.3.0', said: true, qemu: '10.0', evidence: 'measured' };
    machine = bareMachine([], { files: { '/usr/lib64/libvirt.so.0.9000.0': '' } });
    const versions = async (...words: string[]): Promise<unknown> =>
      itemsOf<{ versions: unknown }>(await hostdev([...words, '--json', '-c', uri]))[0]?.versions;
    expect(await versions('attach', 'web', ABSENT, '--yes')).toEqual(there);
    expect(await versions('swap', 'web', ABSENT, 'fff0:1f:1e.7', '--dry-run')).toEqual(there);
    expect(await versions('ports', 'web')).toEqual(there);
    expect(await versions('detach', 'web', ABSENT, '--yes')).toBeNull();
  });

  it('have a plan that is shown, and nothing happens when nobody agrees', async () => {
    const before = fake.qemu.named('web').config;
    const plan = await hostdev(['attach', 'web', ABSENT, '--dry-run', '-c', uri]);
    expect(plan.stdout).toMatchInlineSnapshot(`
      "web (shut off):
        definition  fff0:1f:1f.7: attach to the guest's definition as 0000:00:01.0, uid 0x0001, fid 0x00000000
                    if a later step fails: fff0:1f:1f.7: detach from the guest's definition
      "
    `);
    const refused = await hostdev(['attach', 'web', ABSENT, '-c', uri]);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toMatch(/hostdev: nobody agreed to this attach; nothing was changed \[[a-z-]+\]\n {2}hint: look at the plan, then add --yes/);
    expect(fake.qemu.named('web').config).toBe(before);
  });

  it('are reported as JSON', async () => {
    const { stdout } = await hostdev(['attach', 'web', ABSENT, '--yes', '--json', '-c', uri]);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'attach',
      changed: true,
      items: [{ guest: 'web', functions: [{ hostAddress: ABSENT, uid: '0x0001', fid: '0x00000000', live: false, config: true, changed: true }] }],
    });
    const items = async (...words: string[]): Promise<unknown> => itemsOf(await hostdev([...words, '--json', '-c', uri]));
    expect(await items('guests')).toMatchObject([{ guest: 'web', functions: [{ hostAddress: ABSENT }] }]);
    expect(await items('ports', 'web')).toMatchObject([{ freeLive: null, freeConfig: 30 }]);
    expect(await items('migrate-check', 'web')).toMatchObject([{ blocked: true }]);
    expect(await items('pool', 'show')).toEqual([]);
  });

  it('and pools that are taken away are told as text and JSON, and so is that there was none', async () => {
    const pool = "<network><name>vfs</name><forward mode='hostdev' managed='yes'><pf dev='eno1'/></forward></network>";
    fake.qemu.defineNetwork(pool).active = true;
    expect((await hostdev(['pool', 'remove', 'vfs', '--dry-run', '-c', uri])).stdout).toBe(
      'stop the network vfs  # it hands out nothing any more\nundefine the network vfs  # libvirt forgets it\n',
    );
    const removed = await hostdev(['pool', 'remove', 'vfs', '--json', '-c', uri]);
    expect(removed.status).toBe(0);
    expect(itemsOf(removed)).toMatchObject([{ network: 'vfs', changed: true, xml: pool, steps: [{}, {}] }]);
    expect(await hostdev(['pool', 'remove', 'vfs', '-c', uri])).toEqual({
      status: 0,
      stdout: 'libvirt has no network vfs, as it had none before\n',
      stderr: '',
    });
  });
});

describe('ports', () => {
  it('that were added are told, and when they are there', async () => {
    fake.qemu.define("<domain type='kvm'><name>pc</name><memory>1</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices/></domain>");
    const first = await hostdev(['ports', 'pc', '--add', '1', '-c', uri]);
    expect(first.stdout).toMatch(/^pc: 1 root port added to its definition, there after its next start\npc \(shut off\): /);
    expect((await hostdev(['ports', 'pc', '--add', '2', '-c', uri])).stdout).toMatch(/^pc: 2 root ports added /);
    expect((await hostdev(['ports', 'pc', '-c', uri])).stdout).toMatch(/^pc \(shut off\): /);
  });
});

describe('wrong words', () => {
  it.each<[string, string[], number, RegExp]>([
    ['a guest that there is not', ['attach', 'nobody', ABSENT, '-c', 'URI'], 1, /no domain with matching name 'nobody'/],
    ['no function', ['attach', 'web', '-c', 'URI'], 2, /no PCI function is named/],
    ['--live of a guest that does not run', ['attach', 'web', ABSENT, '--live', '-c', 'URI'], 1, /the guest web does not run/],
    ['two scopes', ['detach', 'web', ABSENT, '--live', '--current', '-c', 'URI'], 2, /exclude each other/],
    ['a time-out of no time', ['detach', 'web', ABSENT, '--timeout', '0', '-c', 'URI'], 2, /--timeout is a number of seconds/],
    ['a MAC address that is none', ['detach', 'web', '--mac', 'x', '-c', 'URI'], 2, /'x' is not a MAC address/],
    ['a pool that there is not', ['attach', 'web', '--pool', 'p', '-c', 'URI'], 1, /libvirt has no network 'p'/],
    ['a pool and a function', ['attach', 'web', ABSENT, '--pool', 'p', '-c', 'URI'], 2, /one is named/],
    ['a pool and a uid', ['attach', 'web', '--pool', 'p', '--uid', '1', '-c', 'URI'], 2, /--pool does not go with --uid/],
    ['a pool for a file', ['attach', './web.xml', '--pool', 'p'], 2, /--pool is for guests of libvirt/],
    ['a time for a file', ['attach', './web.xml', ABSENT, '--timeout', '5'], 2, /--timeout is for guests that run, and \.\/web\.xml is a file/],
    ['no release from a file', ['detach', './web.xml', ABSENT, '--no-release'], 2, /--no-release is for qmp: only/],
    ['an alias that is none', ['attach', 'web', ABSENT, '--teaming', "a'b", '-c', 'URI'], 2, /--teaming is the alias/],
    ['a URI of nothing we know', ['guests', '-c', 'xen:///system'], 2, /driver 'xen'/],
    ['a URI of nobody', ['guests', '-c', 'qemu+unix:///system?socket=/nowhere'], 1, /nobody listens there.*\n {2}hint: start libvirt/],
    ["a user's own libvirt, which does not run", ['guests', '-c', 'qemu+unix:///session?socket=/nowhere'], 1, /hint: .*--connect qemu:\/\/\/system/],
    ['qmp: without a path', ['attach', 'qmp:', ABSENT], 2, /qmp: needs the path/],
    ['qmp: with --config', ['attach', 'qmp:/x', ABSENT, '--config'], 2, /mean nothing there/],
    ['qmp: with --interface', ['attach', 'qmp:/x', ABSENT, '--interface'], 2, /qmp: does not go with --interface/],
    ['qmp: of nobody', ['attach', 'qmp:/nowhere', ABSENT], 1, /there is no such socket/],
    ['a number of ports that is none', ['ports', 'web', '--add', 'two', '-c', 'URI'], 2, /--add is a number 1 or higher, not 'two'/],
    ['ports for a guest that needs none', ['ports', 'web', '--add', '2', '-c', 'URI'], 2, /needs no ports/],
    ['a swap of what is not there', ['swap', 'web', ABSENT, '1:0.0', '-c', 'URI'], 1, /web does not have/],
    ['a network name that is none', ['pool', 'create', 'a b', ABSENT, '-c', 'URI'], 2, /no name for a network/],
    ['a network name to remove that is none', ['pool', 'remove', 'a b', '-c', 'URI'], 2, /no name for a network/],
    ['a watch of no time', ['watch', '--for', 'x'], 2, /--for is a number of seconds/],
  ])('%s', async (_, words, status, message) => {
    const before = fake.qemu.named('web').config;
    const result = await hostdev(words.map((word) => (word === 'URI' ? uri : word)));
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^ {2}hint: /m);
    expect(fake.qemu.named('web').config).toBe(before);
  });
});

describe('the word GUEST', () => {
  it('is a file when there is one of that name, unless libvirt is named', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hostdev-target-'));
    const file = join(directory, 'web');
    writeFileSync(file, XML.replace('<devices>', '\n<devices>\n').replace('</devices>', '\n</devices>\n'));
    const result = await hostdev(['attach', file, ABSENT, '--dry-run']);
    expect(result.stdout).toMatch(/^\+.*<hostdev/m);
    expect((await hostdev(['attach', 'web', ABSENT, '--dry-run', '-c', uri])).stdout).toMatch(/^web \(shut off\)/);
  });

  /** In a directory of the test's own, as if the command were run there. */
  const inDirectoryOf = async (name: string, act: () => Promise<void>): Promise<void> => {
    const [directory, before] = [mkdtempSync(join(tmpdir(), 'hostdev-target-')), process.cwd()];
    writeFileSync(join(directory, name), XML);
    process.chdir(directory);
    await act().finally(() => process.chdir(before));
  };

  it('that a file here has by chance says that it was taken for the file', async () => {
    await inDirectoryOf('web', async () => {
      const result = await hostdev(['attach', 'web', ABSENT, '--dry-run']);
      expect(result.stderr).toMatch(
        /warning: 'web' was taken for the file of that name, which is here \[[a-z-]+\]\n {2}hint: for a guest of libvirt of that name add --current/,
      );
      expect(JSON.parse((await hostdev(['attach', 'web', ABSENT, '--dry-run', '--json'])).stdout)).toMatchObject({
        problems: [{ code: 'guest-ambiguous', severity: 'warning' }, { severity: 'warning' }],
      });
      expect((await hostdev(['attach', './web', ABSENT, '--dry-run'])).stderr).not.toContain('was taken for');
      expect((await hostdev(['attach', 'web', ABSENT, '--dry-run', '-c', uri])).stderr).not.toContain('was taken for');
    });
  });

  it('that is a file, with an option for guests of libvirt, says that it is a file', async () => {
    await inDirectoryOf('qf.xml', async () => {
      const message =
        /hostdev: libvirt has no guest 'qf\.xml'; but 'qf\.xml' is a file here \[[a-z-]+\]\n {2}hint: to change the file, leave out -c, --live, --config/;
      for (const verb of ['attach', 'detach']) {
        expect(await hostdev([verb, 'qf.xml', ABSENT, '--config', '-c', uri])).toMatchObject({ status: 1, stderr: expect.stringMatching(message) as string });
      }
      expect((await hostdev(['attach', 'qf.xml', ABSENT, '--config'])).stderr).toMatch(/nowhere.*; but 'qf\.xml' is a file here/);
    });
  });

  it('that is neither file nor guest says both', async () => {
    const result = await hostdev(['attach', 'neither', ABSENT]);
    expect(result.status).toBe(1);
    expect(text(result.stderr)).toMatch(/there is no file 'neither', and libvirt cannot be asked for a guest of that name: .*\/nowhere\/libvirt-sock/);
  });
});

it('watch prints a line for each change, and ends when told', async () => {
  const end = new AbortController();
  const { io, stdout } = captureIo('', machine);
  const watching = main(['watch', '--every', '0.2', '-c', uri], { ...io, catchSignals: () => end.signal });
  await expect.poll(() => fake.qemu.listeners.size).toBeGreaterThan(0);
  fake.qemu.start(fake.qemu.named('web'), false);
  await expect.poll(stdout).not.toBe('');
  end.abort();
  expect(await watching).toBe(0);
  expect(stdout()).toMatch(/^\S+Z {2}web {2}guest started: started\n$/);
});

it('watch ends by itself after as long as --for says', async () => {
  expect(await hostdev(['watch', '--for', '0.2', '-c', uri])).toEqual({ status: 0, stdout: '', stderr: '' });
});
