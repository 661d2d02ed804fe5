import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev, itemsOf } from '../../test/capture.ts';
import { KNOWN_LIBVIRTS, NEWEST_LIBVIRT } from '../addressing/libvirt/known.ts';
import { formatVersion } from '../addressing/libvirt/version.ts';
import { takeSnapshot } from '../app/snapshot.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../testing/index.ts';
import { treePort } from '../testing/tree-port.ts';
import { installedLibvirt } from '../host/installed-libvirt.ts';

let directory: string;
let guest: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-libvirt-'));
  guest = join(directory, 'guest.xml');
  writeFileSync(guest, "<domain type='qemu'><os><type arch='riscv64' machine='virt'>hvm</type></os><devices/></domain>\n");
});

const LIBRARIES = '/usr/lib/x86_64-linux-gnu';
const CACHE = '/var/cache/libvirt/qemu/capabilities';

/** What a libvirt keeps of a QEMU. */
const cached = (qemu: number, { libvirt = 9_000_000, emulator = '/usr/bin/qemu-system-riscv64', changed = 1 } = {}): string =>
  [
    `<qemuCaps><emulator>${emulator}</emulator><qemuctime>${changed}</qemuctime><selfvers>${libvirt}</selfvers>`,
    "<flag name='pcie-root-port'/><flag name='virtio-pci-non-transitional'/>",
    `<version>${qemu}</version><arch>riscv64</arch><cpu type='tcg' name='rv64'/><machine type='tcg' name='virt'/></qemuCaps>`,
  ].join('');

/** A machine with libvirt's library, and what its libvirt found out about QEMU. */
function machineWith(library: string, caches: Readonly<Record<string, string>> = {}): ReturnType<typeof bareMachine> {
  const files = Object.fromEntries(Object.entries(caches).map(([name, text]) => [`${CACHE}/${name}`, text]));
  return bareMachine([], { files: { [`${LIBRARIES}/${library}`]: '', ...files } });
}

type Said = { readonly versions: { readonly libvirt: string; readonly qemu?: string; readonly said: boolean } };

/** The versions that a command line speaks for. */
async function versionsOf(words: readonly string[], machine: ReturnType<typeof bareMachine>): Promise<Said['versions']> {
  const [item] = itemsOf<Said>(await hostdev([...words, '--json'], '', machine));
  if (item === undefined) throw new Error('nothing was said');
  return item.versions;
}

describe('the libvirt of a machine', () => {
  it.each([
    ['libvirt.so.0.11003.0', '11.3.0'],
    ['libvirt.so.0.9000.1', '9.0.1'],
    ['libvirt.so.0.12010.2', '12.10.2'],
    ['libvirt.so.0', undefined],
    ['libvirt-qemu.so.0.11003.0', undefined],
    ['libvirt.so.0.11003.0.debug', undefined],
  ])('with the file %s is %s', async (name, version) => {
    expect(await installedLibvirt(treePort({ [`/usr/lib64/${name}`]: '' }))).toBe(version);
  });
});

describe('which libvirt a prediction is for', () => {
  const balloon = (xml: string): boolean => xml.includes('<memballoon');

  it('is what --libvirt says, and nothing more is said', async () => {
    const old = await hostdev(['expand', guest, '--host', 'none', '--libvirt', '11.3']);
    expect([balloon(old.stdout), old.stderr]).toEqual([true, '']);
    const young = await hostdev(['expand', guest, '--host', 'none', '--libvirt', '12.8']);
    expect([balloon(young.stdout), young.stderr]).toEqual([false, '']);
  });

  it.each(['expand', 'validate', 'args', 'topology'])('is the newest that is known where nobody says, and %s says so', async (command) => {
    const { stderr } = await hostdev([command, guest, '--host', 'none']);
    expect(stderr).toBe(`note: for libvirt ${KNOWN_LIBVIRTS.at(-1)?.version}.0 with QEMU 11.1 (the newest that is known; --libvirt names another)\n`);
  });

  it("is this machine's, with the QEMU beside it", async () => {
    const versions = await versionsOf(['expand', guest], machineWith('libvirt.so.0.11003.0'));
    expect(versions).toEqual({ libvirt: '11.3.0', said: true, qemu: '10.0', evidence: 'measured' });
  });

  it("is this machine's, with the QEMU that its libvirt knows", async () => {
    const result = await hostdev(['expand', guest, '--json'], '', machineWith('libvirt.so.0.9000.0', { 'a.xml': cached(8_001_002) }));
    expect(itemsOf(result)).toMatchObject([{ ok: true, versions: { libvirt: '9.0.0', qemu: '8.1' } }]);
  });

  it('is with the QEMU that the definition names, else the one that was installed last; what is damaged counts for nothing', async () => {
    const machine = machineWith('libvirt.so.0.9000.0', {
      'a.xml': cached(8_001_000, { changed: 5 }),
      'b.xml': cached(9_002_000, { changed: 7, emulator: '/usr/local/bin/qemu' }),
      'c.xml': '<qemuCaps><arch>riscv64</arch>',
      'd.xml': cached(7_001_000, { changed: 9 }).replace('riscv64</arch>', 's390x</arch>'),
    });
    expect(await versionsOf(['expand', guest], machine)).toMatchObject({ qemu: '9.2' });
    writeFileSync(guest, readFileSync(guest, 'utf8').replace('<devices/>', '<devices><emulator>/usr/bin/qemu-system-riscv64</emulator></devices>'));
    expect(await versionsOf(['expand', guest], machine)).toMatchObject({ qemu: '8.1' });
  });

  it("is with what the user's own libvirt found out only on the machine itself", async () => {
    const files = { '/home/ali/cache/a.xml': cached(8_001_000), [`${LIBRARIES}/libvirt.so.0.9000.0`]: '' };
    const machine = bareMachine([], { files, userCapabilityCache: '/home/ali/cache' });
    expect(await versionsOf(['expand', guest], machine)).toMatchObject({ libvirt: '9.0.0', qemu: '8.1' });
    const file = join(directory, 'host.json');
    writeFileSync(file, (await hostdev(['snapshot'], '', machine)).stdout);
    expect(await versionsOf(['expand', guest, '--host', file], machine)).toMatchObject({ libvirt: '9.0.0', qemu: '7.2' });
  });

  it("is not this machine's for a guest of no host, nor against what is asked for", async () => {
    const machine = machineWith('libvirt.so.0.9000.0');
    expect(await versionsOf(['expand', guest, '--host', 'none'], machine)).toMatchObject({ said: false });
    expect(await versionsOf(['expand', guest, '--libvirt', '12.8'], machine)).toMatchObject({ libvirt: '12.8.0' });
  });

  it.each([
    ['--explain', /^for libvirt 10\.0\.0 with QEMU 8\.2 \(by table, not measured\)$/m],
    ['--json', /"libvirt": "10\.0\.0"/],
  ])('is named by expand %s', async (option, words) => {
    expect((await hostdev(['expand', guest, '--host', 'none', '--libvirt', '10.0', option])).stdout).toMatch(words);
  });

  it.each(['0.1', '1.2.3', '7.0', '12.9', '99.0'])('is said once to be outside what is known where it is %s', async (version) => {
    const note = /^note: for libvirt \S+ with QEMU \S+ \(outside what is known, 8\.0–12\.8: by the rules of the nearest\)\n$/;
    expect((await hostdev(['expand', guest, guest, '--host', 'none', '--libvirt', version])).stderr).toMatch(note);
    for (const command of ['validate', 'topology', 'args'])
      expect((await hostdev([command, guest, '--host', 'none', '--libvirt', version])).stderr).toMatch(note);
  });

  it.each([
    ['x86_64', 'pc-q35-99.0'],
    ['x86_64', 'pc-i440fx-2.3'],
    ['s390x', 's390-ccw-virtio-99.1'],
  ])('has the machine types of its QEMU whoever names it: %s %s', async (arch, machine) => {
    writeFileSync(guest, `<domain type='kvm'><os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices/></domain>\n`);
    for (const words of [[], ['--libvirt', '12.8'], ['--capabilities', arch]]) {
      const { problems } = JSON.parse((await hostdev(['expand', guest, '--host', 'none', '--json', ...words])).stdout) as { problems: { code: string }[] };
      expect(problems.map(({ code }) => code)).toContain('machine-unknown');
    }
  });

  it.each(['twelve', '12', '9.0.0.0', '9.0,12.8', '9.0-12.8'])("is no '%s'", async (version) => {
    const { status, stderr } = await hostdev(['expand', guest, '--libvirt', version]);
    expect(status).toBe(2);
    expect(stderr).toContain(`'${version}' is not a version`);
  });
});

describe('which libvirt a prediction for another machine is for', () => {
  const own = (): ReturnType<typeof bareMachine> => machineWith('libvirt.so.0.11003.0', { 'a.xml': cached(10_000_000, { libvirt: 11_003_000 }) });

  async function snapshotOf(machine: ReturnType<typeof bareMachine>): Promise<string> {
    const file = join(directory, 'host.json');
    writeFileSync(file, (await hostdev(['snapshot'], '', machine)).stdout);
    return file;
  }

  it.each(['expand', 'topology', 'args'])("is the snapshot's, with its QEMU, and %s says so", async (command) => {
    const file = await snapshotOf(machineWith('libvirt.so.0.9000.0', { 'a.xml': cached(8_001_002) }));
    expect(await versionsOf([command, guest, '--host', file], own())).toMatchObject({ libvirt: '9.0.0', qemu: '8.1', said: true });
  });

  it("is never this machine's where the snapshot does not say: of a machine without libvirt, or one that 0.1.0 made", async () => {
    const file = await snapshotOf(bareMachine());
    expect(await versionsOf(['expand', guest, '--host', file], own())).toMatchObject({ libvirt: formatVersion(NEWEST_LIBVIRT), said: false });
    const { reader: _reader, refused: _refused, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...rest, version: 1 }));
    expect(await versionsOf(['expand', guest, '--host', file], own())).toMatchObject({ libvirt: formatVersion(NEWEST_LIBVIRT), said: false });
  });

  it("is what a list of another host's functions does not say, so the newest that is known", async () => {
    writeFileSync(join(directory, 'list.json'), '[]');
    expect(await versionsOf(['expand', guest, '--host', join(directory, 'list.json')], own())).toMatchObject({ said: false });
  });

  it("is that of a tree: its library's name, and what its libvirt found out", async () => {
    const root = join(directory, 'tree');
    for (const path of ['sys/bus/pci/devices', `.${LIBRARIES}`, `.${CACHE}`]) mkdirSync(join(root, path), { recursive: true });
    expect(await versionsOf(['expand', guest, '--root', root], own())).toMatchObject({ said: false });
    writeFileSync(join(root, LIBRARIES, 'libvirt.so.0.10000.0'), '');
    expect(await versionsOf(['expand', guest, '--root', root], own())).toMatchObject({ libvirt: '10.0.0', qemu: '8.2', said: true });
    writeFileSync(join(root, CACHE, 'a.xml'), cached(8_001_002));
    expect(await versionsOf(['expand', guest, '--root', root], own())).toMatchObject({ libvirt: '10.0.0', qemu: '8.1' });
  });

  it('is what --libvirt and --capabilities ask for all the same', async () => {
    const file = await snapshotOf(machineWith('libvirt.so.0.9000.0', { 'a.xml': cached(8_001_002) }));
    expect(await versionsOf(['expand', guest, '--host', file, '--libvirt', '12.8'], own())).toMatchObject({ libvirt: '12.8.0', qemu: '11.1' });
    expect(await versionsOf(['expand', guest, '--host', file, '--capabilities', 'libvirt'], own())).toMatchObject({ libvirt: '9.0.0', qemu: '8.1' });
    const { status, stderr } = await hostdev(['expand', guest, '--host', await snapshotOf(bareMachine()), '--capabilities', 'libvirt'], '', own());
    expect([status, stderr]).toEqual([2, expect.stringMatching(/no capabilities of a QEMU for riscv64 that can be read/)]);
  });
});

describe('a snapshot', () => {
  it('has of the libraries only libvirt, and of what QEMUs can do all but the models of CPUs', async () => {
    const files = { [`${LIBRARIES}/libc.so.6`]: '', [`${LIBRARIES}/libvirt.so.0.9000.0`]: '', [`${CACHE}/a.xml`]: cached(8_001_002) };
    const snapshot = await takeSnapshot(await bareMachine([], { files }).context(), { redact: true, made: '', uid: 0 });
    expect(snapshot.directories[LIBRARIES]).toEqual(['libvirt.so.0.9000.0']);
    expect(snapshot.files[`${CACHE}/a.xml`]).toEqual({ text: cached(8_001_002).replace(/<cpu .*?\/>/, '') });
  });
});

describe('which libvirt a prediction over a connection is for', () => {
  let fake: FakeLibvirt;
  beforeEach(async () => (fake = await startFakeLibvirt()));
  afterEach(() => fake.stop());
  const uri = (): string => `qemu+unix:///system?socket=${fake.socket}`;

  it.each(['expand', 'topology', 'args'])("is the connection's, with the QEMU that it names, and %s says so", async (command) => {
    expect(await versionsOf([command, guest, '-c', uri()], machineWith('libvirt.so.0.9000.0'))).toMatchObject({ libvirt: '11.3.0', qemu: '10.0', said: true });
  });

  it('has the abilities that its libvirt keeps, unless another one has left them', async () => {
    const flags = "<flag name='pcie-root-port'/>";
    const refusal = async (libvirt: number): Promise<boolean> =>
      (await hostdev(['expand', guest, '-c', uri()], '', machineWith('x', { 'a.xml': cached(10_000_000, { libvirt }).replace(flags, '') }))).status !== 0;
    expect([await refusal(11_003_000), await refusal(9_000_000)]).toEqual([true, false]);
  });

  it.each([
    ['--libvirt', '9.0'],
    ['--root', '/'],
    ['--between', '9.0,11.3'],
  ])('is named once: -c does not go with %s', async (option, value) => {
    expect((await hostdev(['expand', guest, '-c', uri(), option, value])).status).toBe(2);
  });
});

describe('--libvirt list', () => {
  it.each(['expand', 'validate', 'args', 'topology'])('of %s needs no file and shows what is known, and how', async (command) => {
    const { status, stdout, stderr } = await hostdev([command, '--libvirt', 'list']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^11\.3 +10\.0 +Debian 13 +held against a real daemon$/m);
    expect(stdout).toMatch(/^10\.0 +8\.2 +Ubuntu 24\.04, RHEL 9\.4, SLES 15 SP6 +by table only$/m);
    expect(stdout.trimEnd().split('\n')).toHaveLength(KNOWN_LIBVIRTS.length + 1);
  });

  it('is data with --json', async () => {
    expect(itemsOf(await hostdev(['expand', '--libvirt', 'list', '--json']))).toEqual(KNOWN_LIBVIRTS.map((each) => ({ kind: 'libvirt', ...each })));
  });

  it('excuses nobody else from naming a file', async () => {
    const { status, stderr } = await hostdev(['expand', '--libvirt', '11.3']);
    expect(status).toBe(2);
    expect(stderr).toContain("missing required argument 'file'");
  });
});

describe('expand --between', () => {
  const between = (versions: string, ...more: string[]): ReturnType<typeof hostdev> =>
    hostdev(['expand', guest, '--host', 'none', '--between', versions, ...more]);

  it('tells what moves from one to the other, and what libvirt has changed', async () => {
    const { status, stdout } = await between('11.3,12.8');
    expect(status).toBe(0);
    expect(stdout).toContain('libvirt 11.3.0 with QEMU 10.0 → libvirt 12.8.0 with QEMU 11.1: 3 places differ');
    expect(stdout).toMatch(/^memballoon virtio +01:00\.0 +\(not there\)$/m);
    expect(stdout).toContain('RISC-V guests have no balloon without being asked');
  });

  it.each([
    ['9.0,12.8', 'before', 'after'],
    ['12.8,9.0', 'after', 'before'],
  ])('of %s tells what the older one leaves out and the newer one does not', async (versions, older, newer) => {
    const hostdevs = "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address bus='1' slot='0'/></source></hostdev>";
    writeFileSync(guest, `<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>${hostdevs}</devices></domain>\n`);
    const { status, stdout, stderr } = await between(versions);
    expect(stdout).toMatch(/, but one of them leaves out what the other knows \(1\)$/m);
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining(`${guest}:1:119: libvirt 9.0.0 leaves out iommufd='yes' of <driver>, which it does not know`),
    ]);
    expect(itemsOf(await between(versions, '--json'))).toMatchObject([
      { [older]: { leftOut: [{ code: 'left-out', severity: 'warning' }] }, [newer]: { leftOut: [] } },
    ]);
    expect((await between('12.1,12.8')).stderr).toBe('');
  });

  it('says that nothing moves, and no more', async () => {
    expect((await between('9.0,11.3')).stdout).toMatch(/: nothing moves\n$/);
  });

  it('tells which one refuses the definition, and why', async () => {
    writeFileSync(guest, "<domain type='qemu'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><iommu model='amd'/></devices></domain>\n");
    const { status, stdout, stderr } = await between('11.3,12.8');
    expect(status).toBe(1);
    expect(stdout).toContain('refused by libvirt 11.3.0 with QEMU 10.0');
    expect(stderr).toContain('which libvirt 11.3.0 does not know');
  });

  it('is data with --json', async () => {
    expect(itemsOf(await between('11.3,12.8', '--json'))).toMatchObject([
      {
        before: { ok: true, versions: { libvirt: '11.3.0' } },
        after: { ok: true, versions: { libvirt: '12.8.0' } },
        moves: expect.arrayContaining([{ name: 'memballoon virtio', before: '0000:01:00.0', after: null }]) as unknown[],
      },
    ]);
  });

  it.each([['9.0'], ['9.0,'], ['9.0,11.3,12.8'], ['old,new']])("'%s' is refused", async (versions) => {
    expect((await between(versions)).status).toBe(2);
  });

  it('does not go with what writes', async () => {
    expect((await between('9.0,11.3', '--in-place')).status).toBe(2);
    expect((await between('9.0,11.3', '--libvirt', '9.0')).status).toBe(2);
  });
});
