import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostdevError } from '../errors.ts';
import { checkFunctions } from '../app/check.ts';
import { listFunctions } from '../app/list.ts';
import { checkReadiness } from '../app/readiness.ts';
import { showFunction } from '../app/show.ts';
import { takeSnapshot } from '../app/snapshot.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type Tree, treePort } from '../testing/tree-port.ts';
import type { HostPort } from './port.ts';
import { parseSnapshot } from '../state/snapshot.ts';
import { snapshotPort } from './snapshot-port.ts';

const ADDRESS = '0000:01:00.0';
const at = `/sys/bus/pci/devices/${ADDRESS}`;
const MAC = '52:54:00:ab:cd:ef';
const TREE: Tree = {
  [`${at}/vendor`]: '0x8086',
  [`${at}/device`]: '0x10d3',
  [`${at}/class`]: '0x020000',
  [`${at}/driver`]: '→ ../../bus/pci/drivers/e1000e',
  [`${at}/iommu_group`]: '→ ../../kernel/iommu_groups/7',
  [`${at}/net/eno1/address`]: MAC,
  '/sys/class/net/eno1': `→ ../../devices/pci0000:00/${ADDRESS}/net/eno1`,
  '/sys/class/net/eno1/address': MAC,
  '/sys/kernel/iommu_groups/7/devices/0000:01:00.0': '→ x',
  '/proc/cpuinfo': 'vendor_id : GenuineIntel\n',
  '/proc/cmdline': `root=UUID=0f0e0d0c-0b0a-4909-8807-060504030201 intel_iommu=on ip=192.0.2.77 mac=${MAC}\n`,
  '/proc/self/mountinfo': '1 1 0:50 / /home rw - nfs4 203.0.113.5:/home rw,vers=4.2,addr=203.0.113.5\n',
  '/proc/net/route': `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neno1\t00000000\t0571A8C0\t0003\t0\t0\t100\t00000000\neno1\t0071A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\n`,
  '/run/libvirt/qemu/web.xml': `<domstatus><domain type='kvm'><name>web</name><devices><graphics type='vnc' passwd='s3cret'/><hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev></devices></domain></domstatus>`,
  '/proc/42/fd/3': '→ /dev/vfio/7',
  '/proc/42/comm': 'qemu',
  '/proc/42/cmdline': 'qemu\0-name\0guest=web,debug-threads=on\0-vnc\0password=s3cret',
};
const OPTIONS = { addresses: { lo: ['127.0.0.1'], eno1: ['192.0.2.77', 'fe80::5054:ff:feab:cdef'] }, sessionAddress: '192.0.2.77' };

const context = (port: HostPort) => ({ port, isRoot: true, readPciIds: async () => undefined });
const snapshot = (redact: boolean) => takeSnapshot(context(treePort(TREE, OPTIONS)), { redact, made: '2026-01-01T00:00:00.000Z', uid: 0 });
const reopened = async (redact = false): Promise<HostPort> => snapshotPort(parseSnapshot(JSON.stringify(await snapshot(redact)), 'host.json'));

describe('a snapshot', () => {
  it('answers every reading command as the machine did', async () => {
    const [live, later] = [context(treePort(TREE, OPTIONS)), context(await reopened())];
    const address = parsePciAddress(ADDRESS);
    expect(await listFunctions(later)).toEqual(await listFunctions(live));
    expect(await showFunction(later, address)).toEqual(await showFunction(live, address));
    expect(await checkFunctions(later, [address])).toEqual(await checkFunctions(live, [address]));
    expect(await checkReadiness(later)).toEqual(await checkReadiness(live));
    const [report] = await checkFunctions(later, [address]);
    expect(report?.uses).toContain('eno1 → address 192.0.2.77 → your own session comes in here');
    expect(report?.evidence).toEqual(['/dev/vfio/7 → guest web, qemu (pid 42)']);
  });

  it('has no password of a guest, redacted or not', async () => {
    expect(JSON.stringify(await snapshot(false))).not.toContain('s3cret');
  });

  it('cannot be changed', async () => {
    const port = await reopened();
    await expect(port.write(`${at}/driver_override`, 'vfio-pci')).rejects.toMatchObject({ code: 'option-conflict' });
    await expect(port.replaceFile('/etc/x', 'y')).rejects.toMatchObject({ code: 'option-conflict' });
  });

  it('says of a disk that nobody looked at that it is unknown', async () => {
    expect(await (await reopened()).claimState('/dev/sda')).toBe('unreadable');
  });
});

describe('a redacted snapshot', () => {
  it('has no MAC address, IP address, UUID or serial number of the machine left', async () => {
    const text = JSON.stringify(await snapshot(true));
    for (const secret of [MAC, '192.0.2.77', '0f0e0d0c', 'feab:cdef', '203.0.113.5', '71A8C0']) expect(text).not.toContain(secret);
    expect(text).toContain('127.0.0.1');
  });

  it('comes to the same verdicts', async () => {
    const verdicts = async (redact: boolean) =>
      (await listFunctions(context(await reopened(redact)))).map(({ verdict, evidence }) => [verdict, evidence.length]);
    expect(await verdicts(true)).toEqual(await verdicts(false));
  });
});

describe('secrets that people put where the kernel reads them', () => {
  const CMDLINE = 'root=/dev/vda1 intel_iommu=on vfio-pci.ids=10de:2184 systemd.set_credential=ipxe:s3cret ip=192.0.2.7 rd.luks.key="/a key" quiet';
  const OPTIONS_FILE =
    'options vfio-pci ids=10de:2184\noptions cfg80211 key="top s3cret" x=1\ninstall nouveau /bin/false\ninstall mlx5_core curl s3cret | sh\nsoftdep a pre: b\n';
  const tree = { ...TREE, '/proc/cmdline': CMDLINE, '/etc/modprobe.d/vfio.conf': OPTIONS_FILE };
  const made = async (redact: boolean) => (await takeSnapshot(context(treePort(tree, OPTIONS)), { redact, made: '2026-01-01T00:00:00.000Z', uid: 0 })).files;

  it('are hidden with --redact, and what plans depend on stays', async () => {
    const files = await made(true);
    expect(files['/proc/cmdline']).toEqual({
      text: 'root=/dev/vda1 intel_iommu=on vfio-pci.ids=10de:2184 systemd.set_credential=hidden ip=hidden rd.luks.key=hidden quiet',
    });
    expect(files['/etc/modprobe.d/vfio.conf']).toEqual({
      text: 'options vfio-pci ids=10de:2184\noptions cfg80211 key=hidden x=hidden\ninstall nouveau /bin/false\ninstall mlx5_core hidden\nsoftdep a pre: b\n',
    });
  });

  it('are kept without it', async () => {
    expect((await made(false))['/proc/cmdline']).toEqual({ text: CMDLINE });
  });
});

describe('a snapshot of a machine with the other byte order', () => {
  const big = { ...TREE, '/proc/cpuinfo': 'vendor_id       : IBM/S390\n', ...carriedBy('eno1', 'CB007100') };
  /** NFS from 203.0.113.5 over a route that a big-endian kernel has written. */
  function carriedBy(name: string, network: string): Tree {
    return { '/proc/net/route': `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n${name}\t${network}\t00000000\t0001\t0\t0\t100\tFFFFFF00\n` };
  }
  const uses = async (port: HostPort) => (await checkFunctions(context(port), [parsePciAddress(ADDRESS)]))[0]?.uses;

  it('has its routes read as they were written', async () => {
    const written = await takeSnapshot(context({ ...treePort(big, OPTIONS), byteOrder: 'big' }), { redact: false, made: '', uid: 0 });
    expect(written.reader).toEqual({ uid: 0, byteOrder: 'big' });
    expect(await uses(snapshotPort(written))).toContain('eno1 → NFS 203.0.113.5:/home mounted on /home');
  });

  it('is known by its processor where 0.1.0 did not write it down', async () => {
    const { reader, refused, ...old } = await takeSnapshot(context({ ...treePort(big, OPTIONS), byteOrder: undefined }), { redact: false, made: '', uid: 0 });
    expect([reader?.byteOrder, refused]).toEqual(['big', {}]);
    expect(await uses(snapshotPort({ ...old, version: 1 }))).toContain('eno1 → NFS 203.0.113.5:/home mounted on /home');
  });
});

describe('a snapshot of somebody who could not read everything', () => {
  const atVfio: Tree = { ...TREE, [`${at}/driver`]: '→ ../../bus/pci/drivers/vfio-pci', '/proc/1/fd/3': '→ /dev/null', '/proc/42/fd/3': '→ /dev/null' };
  const verdictOf = async (port: HostPort) => (await checkFunctions(context(port), [parsePciAddress(ADDRESS)]))[0]?.uses;

  it('says the same later: what was refused is written down', async () => {
    const port = treePort({ ...atVfio, '/run/libvirt/qemu/web.xml': '' }, { refused: ['/proc/1/fd', '/proc/42/fd'] });
    const written = await takeSnapshot(context(port), { redact: false, made: '', uid: 1000 });
    expect(written).toMatchObject({ reader: { uid: 1000 }, refused: { '/proc/1/fd': 'EACCES', '/proc/42/fd': 'EACCES' } });
    expect(await verdictOf(snapshotPort(written))).toEqual(await verdictOf(port));
    expect((await verdictOf(port))?.at(-1)).toMatch(/^which processes have it open → .*run as root/);
  });
});

describe('a snapshot that is damaged', () => {
  const json = (value: unknown): fc.Arbitrary<unknown> => fc.oneof(fc.constant(value), fc.jsonValue());

  it.each([
    ['refused', null],
    ['refused', { '/proc/1/fd': 5 }],
    ['reader', null],
    ['reader', { uid: 0, byteOrder: 'middle' }],
  ])('is refused though it is of 0.1.0, which wrote neither: %s is %j', async (key, value) => {
    const { reader: _reader, refused: _refused, ...old } = await snapshot(false);
    expect(() => parseSnapshot(JSON.stringify({ ...old, version: 1 }), 'host.json')).not.toThrow();
    expect(() => parseSnapshot(JSON.stringify({ ...old, version: 1, [key]: value }), 'host.json')).toThrow(`${key} is`);
  });

  it('gives a problem or verdicts, never an internal error', async () => {
    const whole = JSON.parse(JSON.stringify(await snapshot(false))) as Record<string, Record<string, unknown>>;
    const paths = Object.entries(whole).flatMap(([key, map]) =>
      typeof map === 'object' && map !== null ? Object.keys(map).map((path) => [key, path] as const) : [],
    );
    const junk = fc.oneof(
      fc.record({ text: fc.string({ unit: 'binary' }) }),
      fc.record({ base64: fc.base64String() }),
      fc.string(),
      fc.array(fc.oneof(fc.string(), fc.constantFrom('0000:02:00.0', '42', 'web.xml', 'vfio3', 'input1'))),
      json(null),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...paths), junk), { minLength: 1, maxLength: 6 }), async (changes) => {
        const damaged = structuredClone(whole);
        for (const [[key, path], value] of changes) (damaged[key] ??= {})[path] = value;
        try {
          const port = snapshotPort(parseSnapshot(JSON.stringify(damaged), 'host.json'));
          await listFunctions(context(port));
          await checkReadiness(context(port));
        } catch (error) {
          expect(error).toBeInstanceOf(HostdevError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
