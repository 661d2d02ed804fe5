import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev, itemsOf } from '../../test/capture.ts';
import { expandDomain } from '../addressing/expand.ts';
import { treePort } from '../testing/tree-port.ts';

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'hostdev-attach-file-')), 'guest.xml');
});

const pc = (os: string, devices: string): string => `<domain type='kvm'>
  <name>pc</name>
  <os><type arch='x86_64' machine='q35'>hvm</type>${os}</os>
  <devices>
    ${devices}
  </devices>
</domain>
`;
const DISK = "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><boot order='1'/></disk>";
/** As libvirt dumps it: every device has its ids. */
const Z = `<domain type='kvm'>
  <os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source><address domain='0x0007' bus='0' slot='0' function='0'/></source>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'><zpci uid='0x0001' fid='0x00000000'/></address>
    </hostdev>
    <video>
      <model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'><zpci uid='0x0002' fid='0x00000001'/></address>
    </video>
    <memballoon model='none'/>
  </devices>
</domain>
`;

describe('a boot order for a function in a file', () => {
  it.each<[string, string, RegExp]>([
    [
      'beside <os><boot>',
      pc("<boot dev='hd'/>", ''),
      /^hostdev: hostdev 0000:15:00\.0 has boot order 1, but <os> has <boot dev='hd'\/>, and the two exclude each other \[boot-order\]$/m,
    ],
    ['that a disk has', pc('', DISK), /^hostdev: hostdev 0000:15:00\.0 wants boot order 1, which disk sda has \[boot-order\]$/m],
  ])('%s is refused, with no line of a file that is not written', async (_, text, message) => {
    writeFileSync(file, text);
    const result = await hostdev(['attach', file, '15:00.0', '--boot-order', '1']);
    expect(result).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(message) as string });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('that nobody has is written', async () => {
    writeFileSync(file, pc('', DISK));
    expect((await hostdev(['attach', file, '15:00.0', '--boot-order', '2'])).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain("<boot order='2'/>");
  });
});

describe('iommufd for a function in a file', () => {
  it('is written for a libvirt that knows it', async () => {
    writeFileSync(file, pc('', DISK));
    expect((await hostdev(['attach', file, '15:00.0', '--iommufd', '--libvirt', '12.8'])).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain("<driver name='vfio' iommufd='yes'/>");
    // Again, nothing is to be done.
    expect((await hostdev(['attach', file, '15:00.0', '--iommufd', '--libvirt', '12.8', '--json'])).stdout).toContain('"changed": false');
  });

  it.each([
    ['11.3', 'hostdev: 0000:15:00.0 shall go over iommufd, which libvirt 11.3.0 does not know and leaves out [iommufd-unknown]'],
    ['9.0', 'hostdev: 0000:15:00.0 shall go over iommufd, which libvirt 9.0.0 does not know and leaves out [iommufd-unknown]'],
  ])('is refused for libvirt %s, which would leave it out', async (libvirt, message) => {
    writeFileSync(file, pc('', DISK));
    const printed = await hostdev(['xml', '15:00.0', '--iommufd', '--libvirt', libvirt]);
    const result = await hostdev(['attach', file, '15:00.0', '--iommufd', '--libvirt', libvirt]);
    expect(printed).toEqual(result);
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining(message) as string });
    expect(readFileSync(file, 'utf8')).toBe(pc('', DISK));
  });

  it('that a definition does not have is not said by one without', async () => {
    writeFileSync(file, pc('', DISK));
    await hostdev(['attach', file, '15:00.0', '--libvirt', '12.8']);
    const result = await hostdev(['attach', file, '15:00.0', '--iommufd', '--libvirt', '12.8']);
    expect([result.status, result.stderr]).toEqual([1, expect.stringContaining('hostdev-present') as string]);
  });
});

describe('ids for a function in the file of a guest of IBM Z', () => {
  it.each<[string, string[], string | undefined]>([
    ['a uid alone gets a fid that nobody has', ['--uid', '0x21'], "<zpci uid='0x0021' fid='0x00000002'/>"],
    ['a fid alone gets a uid that nobody has', ['--fid', '0x55'], "<zpci uid='0x0003' fid='0x00000055'/>"],
    ['both stay as they are given', ['--uid', '9', '--fid', '9'], "<zpci uid='0x0009' fid='0x00000009'/>"],
    ['none leaves it to libvirt', [], undefined],
  ])('%s', async (_, options, zpci) => {
    writeFileSync(file, Z);
    expect(await hostdev(['attach', file, '0009:00:00.0', ...options])).toMatchObject({ status: 0 });
    const text = readFileSync(file, 'utf8');
    expect(text.match(/<zpci [^>]*>/g)).toHaveLength(zpci === undefined ? 2 : 3);
    if (zpci !== undefined) expect(text).toContain(zpci);
    expect(expandDomain(text)).toMatchObject({ ok: true, problems: [] });
  });
});

describe('what --json says of a function in a file', () => {
  it('is what the definition says, also where it has been there before; a place that is left to libvirt is null', async () => {
    writeFileSync(file, Z);
    for (const changed of [true, false]) {
      const result = await hostdev(['attach', file, '0009:00:00.0', '--uid', '0x21', '--json']);
      const [item] = itemsOf(result) as { functions: unknown[] }[];
      expect(item?.functions).toEqual([
        expect.objectContaining({ hostAddress: '0009:00:00.0', guestAddress: null, uid: '0x0021', fid: '0x00000002', live: false, config: true, changed }),
      ]);
    }
  });
});

describe('a file with a fault', () => {
  const broken = Z.replace("uid='0x0002'", "uid='0'");

  it('gets its function all the same, and the fault is mentioned where it stands', async () => {
    writeFileSync(file, broken);
    const result = await hostdev(['attach', file, '0009:00:00.0', '--uid', '3']);
    expect(result).toMatchObject({ status: 0, stderr: expect.stringContaining(`warning: ${file}:10:7: video virtio has zPCI uid 0x0000`) as string });
  });

  it('is no excuse for another fault', async () => {
    writeFileSync(file, broken);
    const result = await hostdev(['attach', file, '0009:00:00.0', '--uid', '1']);
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining('wants zPCI uid 0x0001, which hostdev 0007:00:00.0 has') as string });
    expect(readFileSync(file, 'utf8')).toBe(broken);
  });
});

describe('the libvirt that a function in a file is looked at for', () => {
  const AMD = pc('', "<iommu model='amd'/><memballoon model='none'/>");
  const attach = (...more: string[]): ReturnType<typeof hostdev> => hostdev(['attach', file, '15:00.0', '--dry-run', ...more]);
  beforeEach(() => writeFileSync(file, AMD));

  it('is the one that is asked for, and --json names it with its QEMU', async () => {
    const warnings = async (libvirt: string): Promise<unknown> => {
      const result = await attach('--libvirt', libvirt, '--json');
      const { problems } = JSON.parse(result.stdout) as { problems: { code: string }[] };
      return [itemsOf<{ versions: unknown }>(result)[0]?.versions, problems.some(({ code }) => code === 'device-unsupported')];
    };
    expect(await warnings('11.3')).toEqual([{ libvirt: '11.3.0', said: true, qemu: '10.0', evidence: 'measured' }, true]);
    expect(await warnings('12.8')).toEqual([{ libvirt: '12.8.0', said: true, qemu: '11.1', evidence: 'measured' }, false]);
  });

  it("is this machine's, and the newest that is known, which is said, where it has none", async () => {
    const files = { '/usr/lib64/libvirt.so.0.11003.0': '' };
    expect((await hostdev(['attach', file, '15:00.0', '--dry-run'], '', bareMachine([], { files }))).stderr).toContain('which libvirt 11.3.0 does not know');
    expect((await attach()).stderr).toMatch(/^note: for libvirt .* \(the newest that is known; --libvirt names another\)$/m);
  });

  it('is said to leave out what came after it, for xml too', async () => {
    const words = ['--driver-model', 'mlx5_vfio_pci'];
    const note = "warning: libvirt 9.0.0 leaves out model='mlx5_vfio_pci' of <driver>, which it does not know";
    expect((await attach('--libvirt', '9.0', ...words)).stderr).toContain(note);
    expect((await hostdev(['xml', '15:00.0', '--libvirt', '9.0', ...words])).stderr).toContain(note);
    expect((await attach('--libvirt', '12.8', ...words)).stderr).not.toContain('leaves out');
    const known = await hostdev(['xml', '15:00.0', '--libvirt', '10.0', ...words]);
    expect(known.status).toBe(0);
    expect(known.stderr).not.toContain('leaves out');
    expect((await hostdev(['xml', '--libvirt', 'list'])).stdout).toContain('Debian 13');
  });

  it('has the QEMU that is named', async () => {
    expect(itemsOf(await attach('--libvirt', '11.3', '--capabilities', 'x86_64', '--json'))).toMatchObject([{ versions: { qemu: '11.1' } }]);
    expect((await attach('--capabilities', 's390x')).status).toBe(2);
  });

  it('is nothing to ask for where the guest has one', async () => {
    for (const guest of ['qmp:/nowhere', 'web']) {
      const { status, stderr } = await hostdev(['attach', guest, '15:00.0', '--libvirt', '9.0']);
      expect([status, stderr]).toEqual([2, expect.stringContaining('--libvirt is for definitions in files')]);
    }
  });

  it('is one of those that --libvirt list shows', async () => {
    expect((await hostdev(['attach', '--libvirt', 'list'])).stdout).toContain('Debian 13');
  });
});

describe('an interface that validate would find fault with', () => {
  const [PF, VF] = ['0000:3b:00.0', '0000:3b:02.0'];
  const host = (flags: string): ReturnType<typeof bareMachine> => {
    const ids = (at: string): Record<string, string> => ({
      [`/sys/bus/pci/devices/${at}/vendor`]: '0x8086\n',
      [`/sys/bus/pci/devices/${at}/device`]: '0x1572\n',
      [`/sys/bus/pci/devices/${at}/class`]: '0x020000\n',
    });
    const net = { [`/sys/bus/pci/devices/${PF}/net/ens1f0/mtu`]: '1500\n', '/sys/class/net/ens1f0/flags': `${flags}\n` };
    const port = treePort({ ...ids(PF), ...ids(VF), [`/sys/bus/pci/devices/${VF}/physfn`]: `→ ../${PF}`, ...net });
    const machine = bareMachine();
    return { ...machine, context: async () => ({ ...(await machine.context()), port }) };
  };
  const QBG = ['--virtualport-type', '802.1Qbg', '--virtualport-managerid', '1', '--virtualport-typeid', '2', '--virtualport-typeidversion', '3'];

  it.each<[string, string, string, string[], string | undefined]>([
    ['a VF whose PF is down', VF, '0x1002', [], 'vf-unreachable'],
    ['a VF whose PF is up', VF, '0x1003', [], undefined],
    ['a function that is no VF', PF, '0x1003', [], 'vf-unreachable'],
    ['a virtual port of a type that a host device cannot have', VF, '0x1003', QBG, 'interface-invalid'],
  ])('is written with a warning: %s', async (_, address, flags, words, code) => {
    writeFileSync(file, pc('', DISK));
    const attach = (at: string, ...more: string[]): ReturnType<typeof hostdev> => hostdev(['attach', file, at, '--libvirt', '12.8', ...more], '', host(flags));
    const told = ({ stdout }: { readonly stdout: string }): string[] =>
      (JSON.parse(stdout) as { problems: { code: string; severity: string }[] }).problems.flatMap((each) =>
        each.code === 'vf-unreachable' || each.code === 'interface-invalid' ? [`${each.severity} ${each.code}`] : [],
      );
    const result = await attach(address, '--interface', ...words, '--json');
    expect([result.status, told(result)]).toEqual([0, code === undefined ? [] : [`warning ${code}`]]);
    // What the file had before is no fault of the next one.
    expect(told(await attach('0000:15:00.0', '--json'))).toEqual([]);
  });
});
