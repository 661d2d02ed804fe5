import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostdev } from '../../test/capture.ts';

const GUEST = `<domain type='kvm'>
  <name>web1</name>
  <os>
    <type arch='s390x' machine='s390-ccw-virtio'>hvm</type>
  </os>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source>
        <address domain='0x0007' bus='0x00' slot='0x00' function='0x0'/>
      </source>
      <address type='pci'>
        <zpci uid='0x0021' fid='0x00000055'/>
      </address>
    </hostdev>
  </devices>
</domain>
`;

let directory: string;
let guest: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostdev-cli-'));
  guest = join(directory, 'guest.xml');
  await writeFile(guest, GUEST);
});
afterEach(() => rm(directory, { recursive: true }));

describe('bad input gets one clear line and a hint, and changes nothing', () => {
  it.each<[string, string[], number, RegExp]>([
    ['a malformed address', ['attach', 'GUEST', 'nonsense'], 2, /'nonsense' is not a PCI address/],
    ['an address out of range', ['attach', 'GUEST', '0002:00:20.0'], 2, /slot 0x20 .* out of range/],
    ['uid 0', ['attach', 'GUEST', '2:0.0', '--uid', '0'], 2, /uid 0 is outside/],
    ['a uid too large', ['attach', 'GUEST', '2:0.0', '--uid', '0x10000'], 2, /uid 0x10000 is outside/],
    ['a fid too large', ['attach', 'GUEST', '2:0.0', '--fid', '0x100000000'], 2, /fid 0x100000000 is outside/],
    ['a uid that is no number', ['attach', 'GUEST', '2:0.0', '--uid', 'one'], 2, /--uid 'one' is not a number/],
    ['a uid that the guest uses', ['attach', 'GUEST', '2:0.0', '--uid', '0x21'], 1, /uid 0x0021, which hostdev 0007:00:00\.0 has/],
    ['a fid that the guest uses', ['attach', 'GUEST', '2:0.0', '--fid', '0x55'], 1, /fid 0x00000055, which hostdev 0007:00:00\.0 has/],
    ['a function that the guest has', ['attach', 'GUEST', '0007:00:00.0'], 1, /guest\.xml:7:5: the guest already has 0007:00:00\.0/],
    ['a function that the guest has not', ['detach', 'GUEST', '0002:00:00.0'], 1, /does not have 0002:00:00\.0/],
    ['a guest address with a domain', ['attach', 'GUEST', '2:0.0', '--guest-address', '0021:00:00.0'], 1, /has domain 0x21/],
    ['a file that is not there', ['attach', '/nowhere/guest.xml', '2:0.0'], 1, /there is no file \/nowhere\/guest\.xml/],
    ['a directory for a file', ['expand', '/tmp'], 1, /is a directory/],
    ['the same function twice', ['xml', '2:0.0', '0000:02:00.0'], 2, /named twice/],
    ['one id for two functions', ['xml', '2:0.0', '3:0.0', '--uid', '1'], 2, /can only belong to one function/],
    ['a MAC without --interface', ['xml', '2:0.0', '--mac', '52:54:00:00:00:01'], 2, /--mac needs --interface/],
    ['--multifunction without a place', ['xml', '2:0.0', '2:0.1', '--multifunction'], 2, /needs --guest-address/],
    ['a managed that is neither yes nor no', ['xml', '2:0.0', '--managed', 'maybe'], 2, /'yes' or 'no'/],
    ['a relative ROM file', ['xml', '2:0.0', '--rom', 'rom.bin'], 2, /absolute path/],
    ['standard input to change in place', ['attach', '-', '2:0.0'], 2, /standard input/],
    ['a sysfs tree that is none', ['list', '--root', '/nowhere'], 1, /holds no sysfs tree/],
    ['--in-place with --explain', ['expand', 'GUEST', '--in-place', '--explain'], 2, /exclude each other/],
  ])('%s', async (_, words, status, message) => {
    const result = await hostdev(words.map((word) => (word === 'GUEST' ? guest : word)));
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr.split('\n').filter((line) => !line.startsWith('hostdev: warning') && !line.startsWith('  hint'))).toHaveLength(2);
    expect(result.stderr).toMatch(/^ {2}hint: \S/m);
    expect(await readFile(guest, 'utf8')).toBe(GUEST);
    expect(await readdir(directory)).toEqual(['guest.xml']);
  });

  it.each([
    ['<domain><devices></domain>', /guest\.xml:1:18: <\/domain> closes <devices>/],
    ['<!DOCTYPE domain><domain/>', /guest\.xml:1:1: a DOCTYPE is not accepted/],
    ['<network/>', /guest\.xml:1:1: the root element is <network>/],
    ['', /guest\.xml:1:1: there is no root element/],
  ])('a file with %j', async (text, message) => {
    await writeFile(guest, text);
    for (const words of [
      ['attach', guest, '2:0.0'],
      ['detach', guest, '2:0.0'],
      ['expand', guest, '--in-place'],
    ]) {
      const result = await hostdev(words);
      expect(result).toMatchObject({ status: 1, stdout: '' });
      expect(result.stderr).toMatch(message);
    }
    expect(await readFile(guest, 'utf8')).toBe(text);
  });

  it.each<[string[], RegExp]>([
    [[], /Usage: hostdev/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['list', '--frobnicate'], /unknown option '--frobnicate'/],
    [['attach', 'guest.xml'], /missing required argument 'address'/],
  ])('the words %j', async (words, message) => {
    const result = await hostdev(words);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
  });

  it('what a name brings along cannot write on the terminal', async () => {
    const result = await hostdev(['attach', '/nowhere/\u001b[31mred\n', '2:0.0']);
    expect(result.stderr).not.toMatch(/\u001b/);
  });
});

describe('attach and detach on a file', () => {
  it('add the element, keep everything else, and take it out again', async () => {
    const attached = await hostdev(['attach', guest, '0002:00:00.0']);
    expect(attached).toMatchObject({ status: 0, stdout: `0002:00:00.0 attached to ${guest}\n` });
    expect(attached.stderr).toMatch(/warning: this machine has no PCI function 0002:00:00\.0/);
    const text = await readFile(guest, 'utf8');
    expect(text).toContain("<address domain='0x0002' bus='0x00' slot='0x00' function='0x0'/>");
    expect((await hostdev(['detach', guest, '0002:00:00.0'])).status).toBe(0);
    expect(await readFile(guest, 'utf8')).toBe(GUEST);
  });

  it('--dry-run prints a unified diff and writes nothing', async () => {
    const before = await stat(guest);
    const { stdout, status } = await hostdev(['attach', guest, '2:0.0', '--dry-run']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^--- .*guest\.xml\n\+\+\+ .*guest\.xml\n@@ -12,5 \+12,11 @@/);
    expect(stdout.split('\n').filter((line) => /^-(?!--)/.test(line))).toEqual([]);
    expect((await stat(guest)).ino).toBe(before.ino);
  });

  it('--json prints the new definition, on stdout alone', async () => {
    const { stdout } = await hostdev(['attach', guest, '2:0.0', '--json', '--dry-run']);
    expect(JSON.parse(stdout)).toMatchObject({ guest, addresses: ['0000:02:00.0'], written: false, warnings: [{ code: 'function-unknown' }] });
  });

  it('keep mode and symbolic link of the file', async () => {
    const link = join(directory, 'link.xml');
    await symlink('guest.xml', link);
    await chmod(guest, 0o640);
    expect((await hostdev(['attach', link, '2:0.0'])).status).toBe(0);
    expect((await stat(guest)).mode & 0o777).toBe(0o640);
    expect(await readdir(directory)).toEqual(['guest.xml', 'link.xml']);
    expect(await readFile(link, 'utf8')).toContain("bus='0x02'");
  });

  it('a definition that libvirt refuses already can still be changed, with a warning', async () => {
    await writeFile(guest, GUEST.replace("uid='0x0021'", "uid='0'"));
    const result = await hostdev(['attach', guest, '2:0.0']);
    expect(result).toMatchObject({ status: 0 });
    expect(result.stderr).toMatch(/warning: .*uid 0x0000/);
  });
});

describe('xml', () => {
  it('prints the element for every notation', async () => {
    const outputs = await Promise.all(
      ['0002:00:00.0', '0x0002:0x00:0x00.0x0', 'pci_0002_00_00_0', '0002:00:00.0 Ethernet controller: Mellanox'].map((word) => hostdev(['xml', word])),
    );
    expect(new Set(outputs.map((output) => output.stdout)).size).toBe(1);
    expect(outputs[0]?.stdout).toMatchInlineSnapshot(`
      "<hostdev mode='subsystem' type='pci' managed='yes'>
        <driver name='vfio'/>
        <source>
          <address domain='0x0002' bus='0x00' slot='0x00' function='0x0'/>
        </source>
      </hostdev>
      "
    `);
  });

  it('prints an interface with MAC, VLAN and place', async () => {
    const { stdout } = await hostdev([
      'xml',
      '0:3:10.2',
      '--interface',
      '--mac',
      '52:54:00:6d:90:02',
      '--vlan',
      '42',
      '--guest-address',
      '0:5.0',
      '--boot-order',
      '1',
    ]);
    expect(stdout).toMatchInlineSnapshot(`
      "<interface type='hostdev' managed='yes'>
        <mac address='52:54:00:6d:90:02'/>
        <driver name='vfio'/>
        <source>
          <address type='pci' domain='0x0000' bus='0x03' slot='0x10' function='0x2'/>
        </source>
        <vlan>
          <tag id='42'/>
        </vlan>
        <boot order='1'/>
        <address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>
      </interface>
      "
    `);
  });

  it('makes one guest device of several functions', async () => {
    const { stdout } = await hostdev(['xml', '1:0.0', '1:0.1', '--multifunction', '--guest-address', '0:5.0', '--json']);
    const elements = JSON.parse(stdout) as { xml: string }[];
    expect(elements.map(({ xml }) => /<address type='pci' .*/.exec(xml)?.[0])).toEqual([
      "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0' multifunction='on'/>",
      "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x1'/>",
    ]);
  });
});

describe('expand', () => {
  it('writes what is missing into the text and keeps the rest', async () => {
    const { stdout, status } = await hostdev(['expand', guest]);
    expect(status).toBe(0);
    expect(stdout).toContain("<address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'>");
    expect(stdout).toContain("<controller type='pci' index='0' model='pci-root'/>");
  });

  it('reads standard input', async () => {
    expect((await hostdev(['expand', '-'], GUEST)).stdout).toBe((await hostdev(['expand', guest])).stdout);
  });

  it('explains who decided', async () => {
    const { stdout } = await hostdev(['expand', guest, '--explain']);
    expect(stdout).toMatchInlineSnapshot(`
      "DEVICE                       ADDRESS  UID     FID         WHY
      hostdev 0007:00:00.0         00:01.0  0x0021  0x00000055  address: lowest free slot of the first bus that takes it; uid and fid: you
      controller pci 0 (pci-root)  -        -       -           added: every s390-ccw-virtio guest has one
      "
    `);
  });

  it('--in-place replaces the file, once', async () => {
    expect((await hostdev(['expand', guest, '--in-place'])).stderr).toBe(`${guest}: expanded\n`);
    expect((await hostdev(['expand', guest, '--in-place'])).stderr).toBe(`${guest}: nothing to add\n`);
  });
});

describe('list and show', () => {
  it('print JSON with every key for every function', async () => {
    const { stdout, status } = await hostdev(['list', '--json']);
    expect(status).toBe(0);
    for (const row of JSON.parse(stdout) as object[]) expect(Object.keys(row)).toHaveLength(15);
  });

  it('say which function was meant', async () => {
    const result = await hostdev(['show', 'ffff:fe:1f.7']);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/no PCI function ffff:fe:1f\.7/);
  });
});

describe('--help', () => {
  it.each(['list', 'show', 'xml', 'attach', 'detach', 'expand', 'validate', 'args', 'topology', 'prepare', 'release'])(
    'of %s prints usage on stdout',
    async (name) => {
      const result = await hostdev([name, '--help']);
      expect(result).toMatchObject({ status: 0, stderr: '' });
      expect(result.stdout).toMatch(new RegExp(`^Usage: hostdev ${name}`));
    },
  );
});
