import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { captureIo, hostdev, itemsOf } from '../../test/capture.ts';
import { onPc } from '../../test/guests.ts';
import { appendRecords } from '../../test/journal.ts';
import { layTree } from '../../test/lay-tree.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../testing/fake-libvirt/fake-libvirt.ts';
import { COMMANDS } from './command/table.ts';
import type { Machine } from './machine.ts';
import { main } from './main.ts';
import { readingCommand } from './report/command-line.ts';

const FUNCTIONS = [
  { address: '0000:02:00.0', driver: 'e1000e', iommuGroup: 2, netdev: 'eno1', express: true },
  { address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6, express: true },
] as const;
const FILES = {
  '/proc/sys/kernel/osrelease': '6.12.41\n',
  '/proc/sys/kernel/hostname': 'kvm7.corp.example\n',
  '/etc/os-release': 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  '/proc/4711/cmdline': 'qemu-system-x86_64\0-name\0guest=payroll,debug-threads=on\0',
  '/proc/4711/fd/9': '→ /dev/vfio/6',
};

const CARD = "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x06' slot='0x00' function='0x0'/></source></hostdev>";
/** A guest with that function, and what else it has. */
const guestXml = (name: string, devices = CARD): string => onPc(name, 2).replace('<memballoon', `${devices}<memballoon`);

let directory: string;
let libvirt: FakeLibvirt;
let machine: Machine;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-report-'));
  libvirt = await startFakeLibvirt();
  libvirt.qemu.define(guestXml('billing'));
  machine = bareMachine(FUNCTIONS, { files: FILES, stateDirectory: join(directory, 'state'), libvirtUri: `qemu+unix:///system?socket=${libvirt.socket}` });
  await appendRecords(machine.stateDirectory, {
    ...{ kind: 'begin', id: 'one', time: '2026-11-26T08:00:00.000Z', boot: 'b', by: 'anna (pid 7)', subject: '0000:06:00.0 in retired', verb: 'attach' },
    ...{ before: { live: null, config: null }, wanted: { live: null, config: '<hostdev/>' } },
  });
});
afterEach(async () => {
  await libvirt.stop();
  rmSync(directory, { recursive: true });
});

const run = (...words: string[]): ReturnType<typeof hostdev> => hostdev(['report', ...words], '', machine);

describe('hostdev report', () => {
  it('has the versions, and what the commands say that tell how a machine is', async () => {
    const { status, stdout, stderr } = await run('-o', '-');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^hostdev +\d+\.\d+\.\d+\S*$/m);
    expect(stdout).toMatch(/^node +v\d+/m);
    expect(stdout).toMatch(/^system +Debian GNU\/Linux 13 \(trixie\)$/m);
    expect(stdout).toMatch(/^kernel +6\.12\.41$/m);
    expect(stdout).toMatch(/^libvirt +\d+\.\d+\.\d+$/m);
    const commands = [...stdout.matchAll(/^--- hostdev (.*)$/gm)].map(([, words]) => words);
    expect(commands).toEqual(['check', 'list --wide', 'persistent', 'status', 'history', 'guests']);
    expect(stdout).toContain('0000:06:00.0');
    expect(stdout).toMatch(/by|BY/);
  });

  it('has the same word for the same thing, and none of the names', async () => {
    const { stdout } = await run('-o', '-', '--', 'attach', 'billing', '06:00.0');
    expect(stdout).not.toMatch(/billing|payroll|retired|anna|kvm7|corp\.example/);
    const words = [...stdout.matchAll(/guest-\d+/g)].map(([word]) => word);
    expect(new Set(words).size).toBe(3);
    expect(stdout).toMatch(/^--- hostdev attach --dry-run guest-\d+ 06:00\.0$/m);
    expect(stdout).toContain('user-1 (pid 7)');
  });

  it.each<[string, readonly string[], RegExp]>([
    ['a pool', ['pool', 'show', 'corp-dmz'], /corp-dmz/],
    ['a pool that is there', ['pool', 'show'], /vault-net/],
    ['the pool of an option', ['attach', 'billing', '--pool', 'corp-dmz'], /corp-dmz/],
    ["a monitor of libvirt's", ['attach', 'qmp:/var/lib/libvirt/qemu/domain-5-ledger/monitor.sock', '06:00.0'], /ledger/],
    ['a monitor in a file', ['ports', 'qmp:/run/ledger.qmp'], /ledger/],
  ])('hides the name of %s', async (_, words, name) => {
    libvirt.qemu.networks.set('vault-net', {
      name: 'vault-net',
      uuid: randomUUID(),
      xml: "<network><name>vault-net</name><forward mode='hostdev'/></network>",
      active: true,
      autostart: false,
    });
    const { status, stdout } = await run('-o', '-', '--', ...words);
    expect([status, stdout]).toEqual([0, expect.not.stringMatching(name)]);
    expect(stdout).toMatch(/(?:guest|network)-\d/);
  });

  it.each([
    ['as XML has it', 'acme &amp; sons', /acme/],
    ['in a section', '<![CDATA[acme & sons]]>', /acme/],
  ])('hides the name of a guest %s', async (_, written, secret) => {
    const file = join(directory, 'guest.xml');
    writeFileSync(file, guestXml('x').replace('<name>x</name>', `<name>${written}</name>`));
    const { status, stdout } = await run('-o', '-', '--', 'attach', file, '02:00.0');
    expect([status, stdout]).toEqual([0, expect.not.stringMatching(secret)]);
  });

  it('hides a guest that was given ports, and a pool that is no more', async () => {
    const change = { kind: 'begin', time: '2026-11-26T09:00:00.000Z', boot: 'b', by: 'root (pid 9)' } as const;
    await appendRecords(
      machine.stateDirectory,
      { ...change, id: 'two', subject: 'ledger', verb: 'ports add', before: { ports: 'not added', count: '0' }, wanted: { ports: 'added', count: '1' } },
      { ...change, id: 'three', subject: 'corp-dmz', verb: 'pool create', before: {}, wanted: { uri: 'qemu:///system' } },
    );
    const { stdout } = await run('-o', '-');
    expect(stdout).not.toMatch(/ledger|corp-dmz/);
    expect(stdout).toMatch(/ports add +guest-\d[^]*pool create +network-\d/);
  });

  it('hides who changed something over the page', async () => {
    await appendRecords(machine.stateDirectory, {
      ...{ kind: 'begin', id: 'two', time: '2026-11-26T09:00:00.000Z', boot: 'b', by: 'petra.doe, as the page says, over the page from the unix socket' },
      ...{ subject: '0000:02:00.0', verb: 'prepare', before: { driver: 'e1000e', override: null }, wanted: { driver: 'vfio-pci' } },
    });
    const { stdout } = await run('-o', '-');
    expect(stdout).not.toContain('petra');
    expect(stdout).toMatch(/user-\d, as the page says/);
  });

  it('gives the same as data', async () => {
    const items = itemsOf<{ kind: string; command?: string; exitStatus?: number; kernel?: string }>(await run('--json', '--', 'check', '99:00.0'));
    expect(items[0]).toMatchObject({ kind: 'versions', kernel: '6.12.41' });
    expect(items.at(-1)).toMatchObject({
      kind: 'command',
      command: 'hostdev check 99:00.0',
      exitStatus: 1,
      output: expect.stringContaining('[function-unknown]') as string,
    });
  });

  it('is of another machine where one is named, before -- or behind it', async () => {
    const root = join(directory, 'tree');
    layTree(root, { '/sys/bus/pci/devices/0000:07:00.0/vendor': '0x10de\n', '/proc/sys/kernel/osrelease': '5.14.0\n' });
    for (const words of [
      ['--root', root, '--', 'list'],
      ['--', 'list', '--root', root],
      ['--', 'list', `--root=${root}`],
    ]) {
      const { stdout } = await run('-o', '-', ...words);
      expect(stdout).toMatch(/^kernel +5\.14\.0$/m);
      expect([...stdout.matchAll(/^--- hostdev (\S+)/gm)].map(([, name]) => name)).toEqual(['check', 'list', 'persistent', 'list']);
    }
  });

  it('tells a libvirt that cannot be asked, and a machine that cannot be read', async () => {
    machine = { ...machine, libvirtUri: 'qemu+unix:///system?socket=/nowhere/libvirt-sock' };
    const root = join(directory, 'tree');
    mkdirSync(join(root, 'sys'), { recursive: true });
    const { status, stdout } = await run('-o', '-', '--root', root, '-c', 'qemu+unix:///system?socket=/nowhere/libvirt-sock');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^hostdev: .*\[no-pci\]$/m);
    expect(stdout).toMatch(/^hostdev: .*\[libvirt-unreachable\]$/m);
  });
});

describe('a machine that cannot be looked at', () => {
  const GONE = ['--host', 'ssh://anna@vault.invalid:1'];

  it('is told by the command that names it, and once more by check', async () => {
    const { status, stdout } = await run('-o', '-', '--', 'prepare', '06:00.0', ...GONE);
    expect(status).toBe(0);
    expect([...stdout.matchAll(/^--- hostdev (\S+)[^]*?\[([\w-]+)\]$/gm)].map(([, name, code]) => [name, code])).toEqual([
      ['check', 'host-unreachable'],
      ['prepare', 'host-unreachable'],
    ]);
    expect(stdout).not.toMatch(/anna|vault/);
  });

  it('is no machine to report about', async () => {
    expect(await run('-o', '-', ...GONE)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('[host-unreachable]') as string });
  });
});

it('a report that is printed is text for the terminal, in the signs that it has, and no document that has to stay as it is', async () => {
  const { io, stdout } = captureIo('', machine);
  let document = '';
  expect(await main(['report', '-o', '-'], { ...io, document: (text) => void (document += text) })).toBe(0);
  expect([document, stdout()]).toEqual(['', expect.stringContaining('--- hostdev list --wide')]);
});

describe('the file of a report', () => {
  it('is written when somebody agrees who has seen it, and nobody else may read it', async () => {
    const file = join(directory, 'bug.txt');
    const { io, stdout, stderr } = captureIo('', machine);
    let seen = '';
    const confirm = async (question: string): Promise<boolean> => {
      seen = stderr();
      return question === `Write this to ${file}?`;
    };
    expect(await main(['report', '-o', file], { ...io, confirm })).toBe(0);
    expect(stdout()).toBe(`${file} is written\n`);
    expect(readFileSync(file, 'utf8')).toBe(seen);
    expect(seen).toContain('--- hostdev list --wide');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is not written when nobody agrees', async () => {
    const file = join(directory, 'bug.txt');
    expect(await run('-o', file)).toMatchObject({ status: 1, stderr: expect.stringContaining('[change-unconfirmed]') as string });
    expect(() => statSync(file)).toThrow(/ENOENT/);
  });

  it('replaces one that everybody could read', async () => {
    const file = join(directory, 'bug.txt');
    writeFileSync(file, 'before', { mode: 0o644 });
    expect(await run('-y', '-o', file)).toMatchObject({ status: 0, stdout: `${file} is written\n`, stderr: '' });
    expect([statSync(file).mode & 0o777, readFileSync(file, 'utf8').slice(0, 14)]).toEqual([0o600, 'hostdev report']);
  });

  it.each([
    ['a directory', (path: string) => mkdirSync(path), /bug\.txt cannot be written: it is there, and no regular file/],
    ['a symbolic link', (path: string) => symlinkSync('/dev/stdout', path), /bug\.txt cannot be written: it is there, and no regular file/],
  ])('is refused where there is %s', async (_, make, message) => {
    const file = join(directory, 'bug.txt');
    make(file);
    expect(await run('-y', '-o', file)).toMatchObject({ status: 1, stderr: expect.stringMatching(message) as string });
  });

  it.each([[''], ['bug.txt/'], ['no/']])('is refused where %j names none', async (name) => {
    expect(await run('-y', '-o', name)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/cannot be written: that names no file .*\[file-unwritable\]/) as string,
    });
  });

  it('is refused where there is no directory, and beside --json', async () => {
    expect(await run('-y', '-o', join(directory, 'no/bug.txt'))).toMatchObject({ status: 1, stderr: expect.stringMatching(/there is no directory/) as string });
    expect(await run('--json', '-o', 'bug.txt')).toMatchObject({ status: 2, stderr: expect.stringContaining('[option-conflict]') as string });
  });
});

describe('the command of a report', () => {
  it.each([
    [['sudo', 'hostdev', 'prepare', '06:00.0'], 'prepare --dry-run 06:00.0'],
    [['/usr/bin/hostdev', 'detach', '-y', 'billing', '06:00.0', '--dry-run'], 'detach -y guest-1 06:00.0 --dry-run'],
    [['--persist', 'vf', 'create', '02:00.0', '2'], 'vf create --dry-run --persist 02:00.0 2'],
    [['persistent', 'remove', '06:00.0'], 'persistent remove --dry-run 06:00.0'],
    [['undo', '--yes'], 'undo --dry-run --yes'],
    [['ports', 'billing', '--add', '1'], 'ports --dry-run guest-1 --add 1'],
    [['swap', 'billing', '06:00.0', '02:00.0', '-y', '--force'], 'swap --dry-run guest-1 06:00.0 02:00.0 -y --force'],
    [['check', '06:00.0'], 'check 06:00.0'],
  ])('%j is carried out as %s, and changes nothing', async (words, shown) => {
    const before = await machine.context().then(({ port }) => port.readlink('/sys/bus/pci/devices/0000:06:00.0/driver'));
    const definition = libvirt.qemu.named('billing').config;
    const items = itemsOf<{ command?: string }>(await run('--json', '--', ...words));
    expect(items.at(-1)?.command?.replaceAll(/guest-\d+/g, 'guest-1')).toBe(`hostdev ${shown}`);
    expect(await machine.context().then(({ port }) => port.readlink('/sys/bus/pci/devices/0000:06:00.0/driver'))).toBe(before);
    expect(libvirt.qemu.named('billing').config).toEqual(definition);
  });

  it.each([
    [['recover'], /changes this host/],
    [['watch'], /does not end/],
    [['ui'], /does not end/],
    [['snapshot'], /a file of its own/],
    [['report'], /makes reports itself/],
    [['expand', '--in-place', 'x.xml'], /changes files/],
    [['metrics', '--output', 'x.prom'], /writes a file/],
    [['metrics', '-ox.prom'], /writes a file/],
    [['persistent', '--', 'remove', '06:00.0'], /a second '--'/],
    [['reboot'], /'reboot' is no command/],
    [['sudo'], /'hostdev' is no command/],
  ])('%j is refused, and there is no report', async (words, message) => {
    expect(await run('-o', '-', '--', ...words)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(message) as string });
  });

  it('is one that only reads, has a dry run, or is refused, whichever command it is', () => {
    const refused = Object.keys(COMMANDS).filter((name) => {
      try {
        readingCommand(name.split(' '));
        return false;
      } catch {
        return true;
      }
    });
    const ofFleets = refused.filter((name) => name === 'agent' || name.startsWith('fleet'));
    expect(ofFleets).toEqual(Object.keys(COMMANDS).filter((name) => name === 'agent' || name.startsWith('fleet')));
    expect(refused.filter((name) => !ofFleets.includes(name))).toEqual(['watch', 'snapshot', 'recover', 'ui', 'report']);
    const carriedOut = Object.keys(COMMANDS).filter((name) => !refused.includes(name));
    const changing = carriedOut.filter((name) => readingCommand(name.split(' ')).argv.includes('--dry-run'));
    expect(changing).toEqual(
      expect.arrayContaining(['attach', 'detach', 'swap', 'ports', 'prepare', 'release', 'undo', 'persistent remove', 'slot off']) as string[],
    );
  });

  it('has nothing of a definition that tells whose it is', async () => {
    const file = join(directory, 'guest.xml');
    const secret = "<title>Ledger of Doe</title><devices><graphics type='vnc' passwd='hunter2'/>";
    writeFileSync(file, guestXml('ledger').replace('<devices>', secret));
    for (const words of [
      ['expand', file],
      ['attach', file, '02:00.0'],
      ['validate', file],
      ['detach', file, '06:00.0'],
    ]) {
      const { status, stdout } = await run('-o', '-', '--', ...words);
      expect([status, stdout]).toEqual([0, expect.not.stringMatching(/Doe|hunter2|ledger/)]);
    }
    expect(readFileSync(file, 'utf8')).toContain(secret);
  });
});

describe('no report', () => {
  it('has a MAC or IP address, serial number, or name of guest, user and host that the machine has', async () => {
    const hex = (n: number): string => n.toString(16).padStart(2, '0');
    const name = fc.stringMatching(/^[a-z]{3}[0-9]{3}[a-z]{3}$/);
    const secrets = fc.record({
      mac: fc.uint8Array({ minLength: 5, maxLength: 5 }).map((bytes) => ['0a', ...[...bytes].map(hex)].join(':')),
      ip: fc.ipV4().filter((text) => !/^(?:0|127|169\.254|198\.51)\./.test(text) && text.length > 8),
      serial: fc.stringMatching(/^[A-Z]{3}[0-9]{5}[A-Z]$/),
      ...{ guest: name, defined: name, user: name, host: name },
    });
    await fc.assert(
      fc.asyncProperty(secrets, async ({ mac, ip, serial, guest, defined, user, host }) => {
        const root = mkdtempSync(join(directory, 'tree-'));
        const at = '/sys/devices/pci0000:00/0000:06:00.0';
        layTree(root, {
          '/sys/bus/pci/devices/0000:06:00.0': `→ ../../..${at.slice('/sys'.length)}`,
          [`${at}/vendor`]: '0x8086\n',
          [`${at}/device`]: '0x10fb\n',
          [`${at}/class`]: '0x020000\n',
          [`${at}/driver`]: '→ ../../../bus/pci/drivers/vfio-pci',
          '/sys/bus/pci/drivers/vfio-pci/bind': '',
          [`${at}/iommu_group`]: '→ ../../../kernel/iommu_groups/6',
          '/sys/kernel/iommu_groups/6/devices/0000:06:00.0': `→ ../../../..${at.slice('/sys'.length)}`,
          [`${at}/net/eth0/address`]: `${mac}\n`,
          '/sys/class/net/eth0': `→ ../..${at.slice('/sys'.length)}/net/eth0`,
          [`${at}/serial`]: `${serial}\n`,
          '/proc/sys/kernel/hostname': `${host}\n`,
          [`/run/libvirt/qemu/${guest}.xml`]: `<domstatus><domain type='kvm'><name>${guest}</name><devices>${CARD}</devices></domain></domstatus>`,
          '/proc/mounts': `${ip}:/export /mnt nfs rw,addr=${ip} 0 0\n`,
        });
        const file = join(root, 'defined.xml');
        writeFileSync(file, guestXml(defined, `<interface type='hostdev'><mac address='${mac}'/><source><address type='pci' bus='6'/></source></interface>`));
        const commands = [
          ['check', '06:00.0', '--root', root],
          ['show', '06:00.0', '--root', root, '--json'],
          ['validate', file, '--root', root],
          ['prepare', '06:00.0', '--root', root],
          ['guests', '-c', `qemu+nothing://${user}@${ip}/system`],
        ];
        for (const words of commands) {
          const { status, stdout } = await run('-o', '-', '--', ...words);
          expect(status).toBe(0);
          for (const secret of [mac, ip, serial, guest, defined, user, host]) expect(stdout).not.toContain(secret);
        }
        expect(await run('-o', '-', '--', 'check', '06:00.0', '--root', root)).toMatchObject({ stdout: expect.stringMatching(/guest-1/) as string });
      }),
      { numRuns: 6 },
    );
  });
});
