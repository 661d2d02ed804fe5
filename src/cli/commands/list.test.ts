import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { bareMachine } from '../../../test/bare-machine.ts';
import { captureIo, hostdev as run } from '../../../test/capture.ts';
import { main } from '../main.ts';
import type { Terminal } from '../terminal.ts';

const NAMES = `10de  NVIDIA Corporation
\t2204  GA102 [GeForce RTX 3090]
\t1aef  GA102 High Definition Audio Controller
8086  Intel Corporation
\t1572  Ethernet Controller X710 for 10GbE SFP+
\t154c  Ethernet Virtual Function 700 Series
`;

/** A PC: a graphics card with its sound behind a port of the same group, a network card with a virtual function, the disk of /. */
const FUNCTIONS = [
  { address: '0000:00:01.0', vendor: 0x8086, device: 0x1901, pciClass: 0x060400, headerType: 1, driver: 'pcieport', iommuGroup: 2 },
  { address: '0000:00:1f.3', vendor: 0x8086, device: 0xa170, pciClass: 0x040300, driver: 'snd_hda_intel', iommuGroup: 8 },
  { address: '0000:01:00.0', vendor: 0x10de, device: 0x2204, pciClass: 0x030000, driver: 'nouveau', iommuGroup: 2, behind: '0000:00:01.0' },
  { address: '0000:01:00.1', vendor: 0x10de, device: 0x1aef, pciClass: 0x040300, driver: 'snd_hda_intel', iommuGroup: 2, behind: '0000:00:01.0' },
  { address: '0000:02:00.0', vendor: 0x144d, device: 0xa80a, pciClass: 0x010802, driver: 'nvme', iommuGroup: 10 },
  {
    address: '0000:3b:00.0',
    vendor: 0x8086,
    device: 0x1572,
    pciClass: 0x020000,
    driver: 'i40e',
    iommuGroup: 20,
    netdev: 'ens1f0',
    sriov: { total: 2, driver: 'iavf' },
  },
  { address: '0000:3b:00.1', vendor: 0x8086, device: 0x1572, pciClass: 0x020000, iommuGroup: 21, behind: '0000:00:03.0' },
] as const;

async function machine(): Promise<ReturnType<typeof bareMachine>> {
  const disk = '/sys/devices/pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1';
  const bare = bareMachine(FUNCTIONS, {
    files: {
      '/sys/class/block/nvme0n1': `→ ../..${disk.slice(4)}`,
      '/sys/class/block/nvme0n1p2': `→ ../..${disk.slice(4)}/nvme0n1p2`,
      [`${disk}/dev`]: '259:0\n',
      [`${disk}/nvme0n1p2/dev`]: '259:2\n',
      [`${disk}/nvme0n1p2/partition`]: '2\n',
      '/proc/self/mountinfo': '21 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n',
    },
  });
  const context = await bare.context();
  await context.port.write('/sys/bus/pci/devices/0000:3b:00.0/sriov_numvfs', '1');
  return { ...bare, context: async () => ({ ...context, readPciIds: async () => new TextEncoder().encode(NAMES) }) };
}

/** An IBM Z: network functions that nearly all do nothing. */
function machineOfZ(): ReturnType<typeof bareMachine> {
  return bareMachine(
    [0x20, 0x21, 0x22, 0x23].map((uid) => ({
      ...{ address: `00${uid.toString(16)}:00:00.0`, vendor: 0x15b3, device: 0x1016, pciClass: 0x020000, fid: 0x80 + uid, iommuGroup: uid },
      ...{ driver: 'mlx5_core', netdev: `eno${uid}`, ...(uid === 0x20 ? { sriov: { total: 2, driver: 'mlx5_core' } } : {}) },
      attributes: { uid: `0x${uid.toString(16)}`, pchid: '0x0128', port: '1' },
    })),
  );
}

const hostdev = async (words: readonly string[]): ReturnType<typeof run> => run(words, '', await machine());

async function onTerminal(words: readonly string[], terminal: Partial<Terminal>): Promise<string> {
  const { io, stdout } = captureIo('', await machine(), { width: 80, hasUnicode: true, hasColors: false, ...terminal });
  await main(words, { ...io, colors: picocolors.createColors(terminal.hasColors === true) });
  return stdout();
}

const addresses = (text: string): string[] => text.match(/^\S*[\da-f]{4}:[\da-f]{2}:[\da-f]{2}\.\d/gm) ?? [];

describe('hostdev list', () => {
  it('answers the first questions, the functions of a group together', async () => {
    const { stdout } = await hostdev(['list']);
    expect(stdout).toMatchInlineSnapshot(`
      "ADDRESS       GROUP  CLASS   DRIVER         VERDICT            NAME     NOTE                DEVICE
      0000:00:01.0  2      bridge  pcieport       not assignable     -        -                   Intel Corporation [8086:1901]
      0000:01:00.0  2      gpu     nouveau        free with 1 other  -        -                   NVIDIA Corporation GA102 [GeForce RTX 3090] [10de:2204]
      0000:01:00.1  2      audio   snd_hda_intel  free with 1 other  -        -                   NVIDIA Corporation GA102 High Definition Audio Controller [10de:1aef]
      0000:00:1f.3  8      audio   snd_hda_intel  free               -        -                   Intel Corporation [8086:a170]
      0000:02:00.0  10     nvme    nvme           in use             nvme0n1  /                   [144d:a80a]
      0000:3b:00.0  20     nic     i40e           in use             ens1f0   PF with 1 VF        Intel Corporation Ethernet Controller X710 for 10GbE SFP+ [8086:1572]
      0000:3b:00.1  21     nic     -              free               -        -                   Intel Corporation Ethernet Controller X710 for 10GbE SFP+ [8086:1572]
      0000:3b:10.0  1000   nic     iavf           free               -        VF of 0000:3b:00.0  Intel Corporation [8086:0010]
      "
    `);
  });

  it('fits 80 columns', async () => {
    expect(await onTerminal(['list'], { width: 80 })).toMatchInlineSnapshot(`
      "ADDRESS       GROUP   CLASS   DRIVER    VERDICT  NAME     NOTE       DEVICE
      0000:00:01.0  2    ┌  bridge  pcieport  no       -        -          [8086:1901]
      0000:01:00.0  2    │  gpu     nouveau   free +1  -        -          [10de:2204]
      0000:01:00.1  2    └  audio   snd_hda…  free +1  -        -          [10de:1aef]
      0000:00:1f.3  8       audio   snd_hda…  free     -        -          [8086:a170]
      0000:02:00.0  10      nvme    nvme      in use   nvme0n1  /          [144d:a80a]
      0000:3b:00.0  20      nic     i40e      in use   ens1f0   PF with…   [8086:1572]
      0000:3b:00.1  21      nic     -         free     -        -          [8086:1572]
      0000:3b:10.0  1000    nic     iavf      free     -        VF of 3b…  [8086:0010]
      "
    `);
  });

  it('without UTF-8 is ASCII, and aligned', async () => {
    expect(await onTerminal(['list', '--columns', 'address,group,device'], { width: 50, hasUnicode: false })).toMatchInlineSnapshot(`
      "ADDRESS       GROUP   DEVICE
      0000:00:01.0  2    /  Intel Corporati~ [8086:1901]
      0000:01:00.0  2    |  GA102 [GeForce~ [10de:2204]
      0000:01:00.1  2    \\  GA102 High Defi~ [10de:1aef]
      0000:00:1f.3  8       Intel Corporati~ [8086:a170]
      0000:02:00.0  10      [144d:a80a]
      0000:3b:00.0  20      Ethernet Contro~ [8086:1572]
      0000:3b:00.1  21      Ethernet Contro~ [8086:1572]
      0000:3b:10.0  1000    Intel Corporati~ [8086:0010]
      "
    `);
  });

  it.each([40, 60, 80, 100, 120, 160])('is no wider than %d columns', async (width) => {
    for (const words of [['list'], ['list', '--tree'], ['list', '--columns', 'address,device']])
      for (const hasUnicode of [true, false]) {
        const lines = (await onTerminal(words, { width, hasUnicode })).split('\n');
        expect(lines.filter((line) => [...line].length > width)).toEqual([]);
      }
  });

  it.each([40, 48, 60])('columns that are chosen are no wider than %d columns either; what is left out is said', async (width) => {
    const said: string[] = [];
    const { io, stdout } = captureIo('', await machine(), { width, hasUnicode: true, hasColors: false });
    await main(['list', '--columns', 'address,device,note,vendor,kind'], { ...io, progress: (message) => void said.push(message) });
    expect(
      stdout()
        .split('\n')
        .filter((line) => [...line].length > width),
    ).toEqual([]);
    expect(stdout()).toMatch(/^ADDRESS {7}DEVICE/);
    expect(said).toEqual(stdout().includes('KIND') ? [] : [expect.stringMatching(/^hostdev: there is no room for .*kind; --wide shows it all$/)]);
  });

  async function expectColumns(words: string[], width: number, titles: readonly string[]): Promise<void> {
    const { io, stdout } = captureIo('', machineOfZ(), { width, hasUnicode: true, hasColors: false });
    expect(await main(words, io)).toBe(0);
    const lines = stdout().split('\n');
    expect(lines[0]?.split(/ +/)).toEqual(titles);
    expect(lines.filter((line) => line.length > width)).toEqual([]);
  }

  it.each<[number, string[]]>([
    [80, ['ADDRESS', 'FID', 'UID', 'PCHID', 'GROUP', 'CLASS', 'DRIVER', 'VERDICT']],
    [52, ['ADDRESS', 'FID', 'UID', 'PCHID', 'VERDICT']],
    [40, ['ADDRESS', 'FID', 'VERDICT']],
    [36, ['ADDRESS', 'FID', 'VERDICT']],
  ])('on IBM Z %d columns have what names a function there', async (width, titles) => {
    await expectColumns(['list'], width, titles);
  });

  it.each<[number, string[]]>([
    [80, ['FID', 'STATE', 'ADDRESS', 'UID', 'PCHID', 'DRIVER', 'DEVICE']],
    [60, ['FID', 'STATE', 'ADDRESS', 'UID', 'PCHID']],
    [40, ['FID', 'STATE', 'ADDRESS']],
  ])('slot list on %d columns as well', async (width, titles) => {
    await expectColumns(['slot', 'list'], width, titles);
  });

  it('--wide is as wide on a terminal as in a pipe', async () => {
    const wide = await onTerminal(['list', '--wide', '--columns', 'address,verdict,device'], { width: 40 });
    expect(wide).toBe((await hostdev(['list', '--columns', 'address,verdict,device'])).stdout);
  });

  it('colours verdicts only', async () => {
    const text = await onTerminal(['list', '--columns', 'address,verdict'], { hasColors: true });
    const { green, yellow, red, dim } = picocolors.createColors(true);
    for (const verdict of [green('free'), yellow('free with 1 other'), red('in use'), dim('not assignable')]) expect(text).toContain(verdict);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
    expect(text.replaceAll(/\u001b\[\d+m/g, '')).toBe(await onTerminal(['list', '--columns', 'address,verdict'], {}));
  });

  it('--tree shows groups, and what is behind a bridge of them', async () => {
    expect(await onTerminal(['list', '--tree'], { width: 100 })).toMatchInlineSnapshot(`
      "GROUP AND FUNCTION  CLASS   DRIVER         VERDICT  NAME     NOTE                DEVICE
      IOMMU group 2
      └─ 0000:00:01.0     bridge  pcieport       no       -        -                   Intel… [8086:1901]
         ├─ 0000:01:00.0  gpu     nouveau        free +1  -        -                   GA102… [10de:2204]
         └─ 0000:01:00.1  audio   snd_hda_intel  free +1  -        -                   GA102… [10de:1aef]
      IOMMU group 8
      └─ 0000:00:1f.3     audio   snd_hda_intel  free     -        -                   Intel… [8086:a170]
      IOMMU group 10
      └─ 0000:02:00.0     nvme    nvme           in use   nvme0n1  /                   [144d:a80a]
      IOMMU group 20
      └─ 0000:3b:00.0     nic     i40e           in use   ens1f0   PF with 1 VF        Ethern… [8086:1572]
      IOMMU group 21
      └─ 0000:3b:00.1     nic     -              free     -        behind 0000:00:03…  Ethern… [8086:1572]
      IOMMU group 1000
      └─ 0000:3b:10.0     nic     iavf           free     -        VF of 3b:00.0       Intel… [8086:0010]
      "
    `);
  });
});

describe('what list is asked for', () => {
  it.each<[string[], string[]]>([
    [['--class', 'gpu'], ['0000:01:00.0']],
    [
      ['--class', 'nic,NVMe'],
      ['0000:02:00.0', '0000:3b:00.0', '0000:3b:00.1', '0000:3b:10.0'],
    ],
    [['--class', 'storage'], ['0000:02:00.0']],
    [['--free'], ['0000:00:1f.3', '0000:01:00.0', '0000:01:00.1', '0000:3b:00.1', '0000:3b:10.0']],
    [['--class', 'audio', '--free', '--group', '2'], ['0000:01:00.1']],
    [['--driver', 'none'], ['0000:3b:00.1']],
    [['--driver', 'igb,nvme'], ['0000:02:00.0']],
    [
      ['--group', '2,10'],
      ['0000:00:01.0', '0000:01:00.0', '0000:01:00.1', '0000:02:00.0'],
    ],
    [
      ['--vendor', '10de'],
      ['0000:01:00.0', '0000:01:00.1'],
    ],
    [['--vendor', '0x144D'], ['0000:02:00.0']],
    [
      ['--vendor', 'nvidia'],
      ['0000:01:00.0', '0000:01:00.1'],
    ],
    [['01:00.0', '02:00.0', '--class', 'nvme'], ['0000:02:00.0']],
    [['--class', 'gpu', '--driver', 'nvme'], []],
  ])('%j', async (words, found) => {
    const { status, stdout, stderr } = await hostdev(['list', ...words]);
    expect({ status, stderr, found: addresses(stdout).toSorted() }).toEqual({ status: 0, stderr: '', found });
    const rows = (JSON.parse((await hostdev(['list', ...words, '--json'])).stdout) as { items: { hostAddress: string }[] }).items;
    expect(rows.map(({ hostAddress }) => hostAddress)).toEqual(found);
  });

  it.each<[string[], RegExp, RegExp]>([
    [
      ['--driver', 'nouveua'],
      /^hostdev: warning: no function has the driver 'nouveua' \[usage\]/,
      /there are i40e, iavf, none, nouveau, nvme, pcieport, snd_hda_intel\n/,
    ],
    [['--vendor', 'mellanox'], /no function is of the vendor 'mellanox'/, /there are Intel Corporation, NVIDIA Corporation, 0x10de, 0x144d, 0x8086\n/],
    [['--vendor', '15b3'], /no function is of the vendor '15b3'/, /there are Intel/],
    [['--fid', '0x60'], /no function here has a fid, which only IBM Z gives/, /leave --fid out/],
    [['--uid', '0x60', '--class', 'gpu'], /no function here has a uid/, /leave --uid out/],
  ])('%j finds nothing, and it is said why', async (words, message, hint) => {
    for (const more of [[], ['--json']]) {
      const { status, stdout, stderr } = await hostdev(['list', ...words, ...more]);
      expect([status, stderr.split('\n').length]).toEqual([0, 3]);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(hint);
      if (more.length === 0) expect(stdout).toBe('');
      else expect(JSON.parse(stdout)).toMatchObject({ items: [], problems: [{ severity: 'warning' }] });
    }
  });

  it('where no pci.ids is installed no vendor has a name, and it is said that an id works', async () => {
    const nameless = { ...(await machine()), context: async () => ({ ...(await (await machine()).context()), readPciIds: async () => undefined }) };
    const { status, stderr } = await run(['list', '--vendor', 'nvidia'], '', nameless);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /no vendor's name is known here, so none is found by 'nvidia' \[usage\]\n {2}hint: an id works: there are 0x10de, 0x144d, 0x8086; .*pci\.ids/,
    );
    expect((await run(['list', '--vendor', '10de'], '', nameless)).stderr).toBe('');
  });

  it.each<[string[], string[]]>([
    [['--fid', '0x100'], ['0001:00:00.0']],
    [['--fid', '00000101'], ['0002:00:00.0']],
    [['--uid', '0x2'], ['0002:00:00.0']],
    [
      ['--pchid', '0x128'],
      ['0001:00:00.0', '0002:00:00.0'],
    ],
    [['--pchid', '0x128', '--uid', '1'], ['0001:00:00.0']],
    [
      ['--fid', '0x100,0x101'],
      ['0001:00:00.0', '0002:00:00.0'],
    ],
    [['--uid', '1,3', '--pchid', '0x128,0x148'], ['0001:00:00.0']],
  ])('on IBM Z %j', async (words, found) => {
    const z = (uid: number, fid: number) => ({ address: `000${uid}:00:00.0`, fid, iommuGroup: uid, attributes: { uid: `0x${uid}`, pchid: '0x128' } });
    const { stdout } = await run(['list', ...words], '', bareMachine([z(1, 0x100), z(2, 0x101)]));
    expect(addresses(stdout)).toEqual(found);
  });

  it('is sorted by columns, numbers as numbers, what has no value last', async () => {
    const sorted = async (...words: string[]): Promise<string[]> => addresses((await hostdev(['list', '--sort', ...words])).stdout);
    expect((await sorted('group')).map((address) => address.slice(5))).toEqual([
      '00:01.0',
      '01:00.0',
      '01:00.1',
      '00:1f.3',
      '02:00.0',
      '3b:00.0',
      '3b:00.1',
      '3b:10.0',
    ]);
    expect((await sorted('driver')).at(-1)).toBe('0000:3b:00.1');
    expect(await sorted('class,address', '--class', 'audio,gpu')).toEqual(['0000:00:1f.3', '0000:01:00.1', '0000:01:00.0']);
  });

  it('says on a terminal that nothing has all of it', async () => {
    const said: string[] = [];
    const { io } = captureIo('', await machine());
    expect(await main(['list', '--class', 'crypto'], { ...io, progress: (message) => void said.push(message) })).toBe(0);
    expect(said).toEqual(['hostdev: no function of this machine has all that is asked for']);
  });

  it.each<[string[], RegExp, RegExp]>([
    [['--columns', 'address,colour'], /--columns names no column 'colour'/, /address, fid, .*behind/],
    [['--sort', ''], /--sort names no column ''/, /address, fid/],
    [['--class', 'graphics'], /--class knows no 'graphics'/, /gpu, nvme/],
    [['--driver', ''], /--driver names nothing/, /none/],
    [['--driver', 'nvme,'], /--driver names nothing/, /none/],
    [['--vendor', ''], /--vendor names nothing/, /10de/],
    [['--vendor', '0x1ffff'], /--vendor '0x1ffff' is no vendor's id/, /four hexadecimal digits/],
    [['--group', 'x'], /--group is a number/, /hostdev list/],
    [['--tree', '--json'], /--tree and --json exclude each other/, /iommuGroup/],
    [['--tree', '--sort', 'class'], /--tree and --sort/, /leave one/],
  ])('%j is refused in one message', async (words, message, hint) => {
    const { status, stdout, stderr } = await hostdev(['list', ...words]);
    expect([status, stderr.split('\n').length]).toEqual([2, 3]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(hint);
    if (!words.includes('--json')) expect(stdout).toBe('');
  });
});
