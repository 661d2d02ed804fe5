import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev, itemsOf } from '../../test/capture.ts';

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
    [
      'other ids for a function that the guest has',
      ['attach', 'GUEST', '0007:00:00.0', '--uid', '0x22'],
      1,
      /guest\.xml:7:5: the guest already has 0007:00:00\.0/,
    ],
    ['a guest address with a domain', ['attach', 'GUEST', '2:0.0', '--guest-address', '0021:00:00.0'], 1, /has domain 0x21/],
    ['a file that is not there', ['attach', '/nowhere/guest.xml', '2:0.0'], 2, /there is no file \/nowhere\/guest\.xml/],
    ['a directory for a file', ['expand', 'DIRECTORY'], 2, /is a directory, not a file/],
    ['the same function twice', ['xml', '2:0.0', '0000:02:00.0'], 2, /named twice/],
    ['one id for two functions', ['xml', '2:0.0', '3:0.0', '--uid', '1'], 2, /can only belong to one function/],
    ['a MAC without --interface', ['xml', '2:0.0', '--mac', '52:54:00:00:00:01'], 2, /--mac needs --interface/],
    ['--multifunction without a place', ['xml', '2:0.0', '2:0.1', '--multifunction'], 2, /needs --guest-address/],
    ['a managed that is neither yes nor no', ['xml', '2:0.0', '--managed', 'maybe'], 2, /'yes' or 'no'/],
    ['a relative ROM file', ['xml', '2:0.0', '--rom', 'rom.bin'], 2, /absolute path/],
    ['standard input to change in place', ['attach', '-', '2:0.0'], 2, /standard input/],
    ['a sysfs tree that is none', ['list', '--root', '/nowhere'], 2, /holds no sysfs tree/],
    ['a copy of a machine to change', ['prepare', '2:0.0', '--root', '/'], 2, /cannot be changed/],
    ['--in-place with --explain', ['expand', 'GUEST', '--in-place', '--explain'], 2, /exclude each other/],
  ])('%s', async (_, words, status, message) => {
    const result = await hostdev(words.map((word) => (word === 'GUEST' ? guest : word === 'DIRECTORY' ? directory : word)));
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
    [['foo'], /^hostdev: unknown command 'foo' \[usage\]\n(?!.*Did you mean)/],
    [['help', 'foo'], /^hostdev: unknown command 'foo' \[usage\]\n(?!.*Did you mean)/],
    [['prepar'], /\(Did you mean prepare\?\)/],
    [['list', '--jsn'], /\(Did you mean --json\?\)/],
    [['detach', 'web', '--pool', 'p'], /unknown option '--pool' \[usage\]\n {2}hint: .*--mac ADDRESS\n(?!.*Did you mean)/],
    [['detach', 'web', '--yes'], /no PCI function is named \[usage\]\n {2}hint: .*--mac ADDRESS\n/],
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
  it.each([
    ['attach', ['0007:00:00.0'], '0007:00:00.0 is attached to GUEST, as it was before\n'],
    ['attach', ['0007:00:00.0', '--uid', '0x21'], '0007:00:00.0 is attached to GUEST, as it was before\n'],
    ['detach', ['0002:00:00.0'], '0002:00:00.0 is not attached to GUEST, as it was before\n'],
  ])('%s %j changes nothing where it is so already, and is no failure', async (verb, words, stdout) => {
    for (const more of [[], ['--dry-run']])
      expect(await hostdev([verb, guest, ...words, ...more])).toEqual({ status: 0, stdout: stdout.replace('GUEST', guest), stderr: '' });
    expect(await readFile(guest, 'utf8')).toBe(GUEST);
    const said: unknown = JSON.parse((await hostdev([verb, guest, ...words, '--json'])).stdout);
    expect(said).toMatchObject({ changed: false, items: [{ functions: [{ hostAddress: words[0], changed: false }], xml: GUEST }] });
  });

  it('change what is not so yet, and say of the rest that it was so', async () => {
    const attached = await hostdev(['attach', guest, '0007:00:00.0', '0002:00:00.0']);
    expect(attached).toMatchObject({ status: 0, stdout: `0007:00:00.0 is attached to ${guest}, as it was before\n0002:00:00.0 attached to ${guest}\n` });
    const detached = await hostdev(['detach', guest, '0003:00:00.0', '0002:00:00.0']);
    expect(detached).toMatchObject({ status: 0, stdout: `0003:00:00.0 is not attached to ${guest}, as it was before\n0002:00:00.0 detached from ${guest}\n` });
    expect(await readFile(guest, 'utf8')).toBe(GUEST);
  });

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
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ dryRun: true, changed: true, problems: [{ code: 'function-unknown', severity: 'warning' }] },
      items: [{ guest, source: 'file', functions: [{ hostAddress: '0000:02:00.0', changed: true }] }],
    });
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
    const elements = itemsOf<{ xml: string }>(await hostdev(['xml', '1:0.0', '1:0.1', '--multifunction', '--guest-address', '0:5.0', '--json']));
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
    const { stdout } = await hostdev(['expand', guest, '--explain', '--libvirt', '11.3']);
    expect(stdout).toMatchInlineSnapshot(`
      "DEVICE                       ADDRESS  UID     FID         WHY
      hostdev 0007:00:00.0         00:01.0  0x0021  0x00000055  address: lowest free slot of the first bus that takes it; uid and fid: you
      controller pci 0 (pci-root)  -        -       -           added: every s390-ccw-virtio guest has one
      for libvirt 11.3.0 with QEMU 10.0
      "
    `);
  });

  it('--in-place replaces the file, once', async () => {
    expect((await hostdev(['expand', guest, '--in-place', '--libvirt', '12.8'])).stderr).toBe(`${guest}: expanded\n`);
    expect((await hostdev(['expand', guest, '--in-place', '--libvirt', '12.8'])).stderr).toBe(`${guest}: nothing to add\n`);
  });
});

describe('validate', () => {
  const wrong = GUEST.replace(/ {4}<hostdev[\s\S]*<\/hostdev>\n/, (hostdev) => `${hostdev}${hostdev}`).replace(
    "mode='subsystem' type='pci' managed='yes'>",
    "mode='capabilities' type='pci' managed='yes'>",
  );

  it('prints all problems in one run, with line, caret, code and hint', async () => {
    await writeFile(guest, wrong);
    const { status, stdout } = await hostdev(['validate', guest, '--host', 'none']);
    expect(status).toBe(1);
    expect(stdout.replaceAll(guest, 'guest.xml')).toMatchInlineSnapshot(`
      "guest.xml: warning: libvirt is not installed here, so its schemas are not either [schema-missing]
        hint: the PCI rules were checked all the same; install libvirt-daemon-common (or libvirt-daemon-system) for the schema
      guest.xml:7:5: error: hostdev 0007:00:00.0 has mode capabilities, which QEMU guests do not have [hostdev-invalid]
          7 |     <hostdev mode='capabilities' type='pci' managed='yes'>
            |     ^
        hint: write mode='subsystem'
      guest.xml:15:5: error: hostdev 0007:00:00.0 is given to the guest twice [hostdev-duplicate]
         15 |     <hostdev mode='subsystem' type='pci' managed='yes'>
            |     ^
        hint: remove one of the two
      guest.xml:19:7: error: hostdev 0007:00:00.0 wants zPCI uid 0x0021, which hostdev 0007:00:00.0 has [zpci-uid-in-use]
         19 |       <address type='pci'>
            |       ^
        hint: choose another uid, or leave it out to have one generated
      3 problems
      "
    `);
  });

  it('--format sarif has rules, levels and regions', async () => {
    await writeFile(guest, wrong);
    const sarif = JSON.parse((await hostdev(['validate', guest, '--host', 'none', '--format', 'sarif'])).stdout) as {
      version: string;
      runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number; level: string; locations?: unknown[] }[] }[];
    };
    const [run] = sarif.runs;
    expect(sarif.version).toBe('2.1.0');
    for (const result of run?.results ?? []) expect(run?.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
    expect(run?.results.filter((result) => result.level === 'error').map((result) => result.ruleId)).toEqual([
      'hostdev-invalid',
      'hostdev-duplicate',
      'zpci-uid-in-use',
    ]);
  });

  it('has nothing to say about a good definition', async () => {
    const { status, stdout } = await hostdev(['validate', guest, '--host', 'none']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[^\n]* libvirt is not installed here[^\n]* \[schema-missing\]\n[^\n]*\n[^\n]*: no errors, 1 warning\n$/);
  });

  it('says that a function is not on the host that a file describes', async () => {
    const host = join(directory, 'host.json');
    await writeFile(host, JSON.stringify([{ address: '0009:00:00.0', pcie: true }]));
    expect((await hostdev(['validate', guest, '--host', host])).stdout).toMatch(/warning: hostdev 0007:00:00\.0 is not on this host/);
    await writeFile(host, JSON.stringify([{ address: '0007:00:00.0', pcie: true, driver: 'nvme', iommuGroup: 1 }]));
    await writeFile(guest, GUEST.replace("managed='yes'", "managed='no'"));
    const { stdout, status } = await hostdev(['validate', guest, '--host', host]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/is with nvme, and managed is not 'yes' \[function-not-prepared\]/);
  });

  it.each<[string, string, RegExp]>([
    ['not JSON', '{', /not JSON/],
    ['neither a snapshot nor a list', '{}', /not a snapshot/],
    ['a snapshot of a later hostdev', '{"format":"hostdev-snapshot","version":3}', /is of version 3, and this hostdev knows versions up to 2/],
    ['half a snapshot', '{"format":"hostdev-snapshot","version":1,"files":{}}', /links is missing/],
    ['a snapshot with nonsense', '{"format":"hostdev-snapshot","version":1,"files":{"/sys/x":3}}', /\/sys\/x is not what it should be/],
    ['a list of something else', '[1]', /entry 1/],
  ])('refuses a host file that is %s', async (_, text, message) => {
    const host = join(directory, 'host.json');
    await writeFile(host, text);
    const result = await hostdev(['validate', guest, '--host', host]);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
  });
});

describe('args and topology', () => {
  it("print QEMU's objects, zpci before its device, in both forms", async () => {
    expect((await hostdev(['args', guest])).stdout).toBe(
      `-device '{"driver":"zpci","uid":33,"fid":85,"target":"hostdev0","id":"zpci33"}'\n-device '{"driver":"vfio-pci","host":"0007:00:00.0","id":"hostdev0","bus":"pci.0","addr":"0x1"}'\n`,
    );
    expect((await hostdev(['args', guest, '--form', 'classic'])).stdout).toBe(
      '-device zpci,uid=33,fid=85,target=hostdev0,id=zpci33\n-device vfio-pci,host=0007:00:00.0,id=hostdev0,bus=pci.0,addr=0x1\n',
    );
  });

  it("show the tree and what the guest's kernel will see", async () => {
    expect((await hostdev(['topology', guest])).stdout).toMatchInlineSnapshot(`
      "bus 0 (pci-root, 30 free for hot-plug)
      └─ 00:01.0  hostdev 0007:00:00.0  → the guest sees 0021:00:00.0 in slot 00000055
      30 free slots for hot-plug
      "
    `);
  });

  it.each(['dot', 'mermaid', 'svg'])('draw the tree as %s', async (format) => {
    const { stdout, status } = await hostdev(['topology', guest, '--format', format]);
    expect(status).toBe(0);
    expect(stdout).toMatch(format === 'dot' ? /^digraph guest \{/ : format === 'mermaid' ? /^flowchart LR/ : /^<svg /);
    expect(stdout).toMatch(/hostdev 0007:00:00\.0/);
  });

  it('refuse what cannot be placed', async () => {
    await writeFile(guest, GUEST.replace("uid='0x0021'", "uid='0'"));
    for (const command of ['args', 'topology']) {
      const result = await hostdev([command, guest]);
      expect(result).toMatchObject({ status: 1, stdout: '' });
      expect(result.stderr).toMatch(/uid 0x0000/);
    }
  });
});

describe('--capabilities', () => {
  it.each<[string, string, number, RegExp]>([
    ['a preset', 's390x', 0, /zpci uid='0x0021'/],
    ['a QEMU of another architecture', 'x86_64', 2, /is a QEMU for x86_64, but the guest is s390x/],
    ['neither preset nor file', 'nonsense', 2, /no preset and no file 'nonsense'/],
  ])('%s', async (_, name, status, message) => {
    const result = await hostdev(['expand', guest, '--capabilities', name]);
    expect(result.status).toBe(status);
    expect(result.stdout + result.stderr).toMatch(message);
  });

  it("reads libvirt's cache files and domain capabilities", async () => {
    const file = join(directory, 'caps.xml');
    await writeFile(file, "<qemuCaps><arch>s390x</arch><flag name='pci-bridge'/></qemuCaps>");
    expect((await hostdev(['expand', guest, '--capabilities', file])).stderr).toMatch(/has no zPCI/);
    await writeFile(file, '<domainCapabilities><arch>s390x</arch><machine>s390-ccw-virtio-10.0</machine></domainCapabilities>');
    expect((await hostdev(['expand', guest, '--capabilities', file])).status).toBe(0);
    await writeFile(file, '<capabilities/>');
    expect(await hostdev(['expand', guest, '--capabilities', file])).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('what libvirt has on the machine', () => {
  const lay = async (name: string, text: string): Promise<string> => {
    const at = join(directory, name);
    await mkdir(at);
    await writeFile(join(at, 'domain.rng'), text);
    return at;
  };
  const SCHEMA = "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><start><element name='nothing'><empty/></element></start></grammar>";
  const CACHE = "<qemuCaps><arch>s390x</arch><flag name='pci-bridge'/></qemuCaps>";

  it('judges definitions: its schema', async () => {
    const machine = bareMachine([], { schemas: ['/nowhere', await lay('schemas', SCHEMA)] });
    const { status, stdout } = await hostdev(['validate', guest, '--host', 'none'], '', machine);
    expect(status).toBe(1);
    expect(stdout).toMatch(/does not match libvirt's schema.* \[schema-invalid\]/);
    const installed = { ...bareMachine([], { files: { '/usr/lib64/libvirt.so.0.11003.0': '' } }), schemas: machine.schemas };
    expect((await hostdev(['validate', guest, '--host', 'none'], '', installed)).stdout).toMatch(/does not match the schema of libvirt 11\.3\.0: /);
    // A schema that somebody names is not the installed libvirt's.
    expect((await hostdev(['validate', guest, '--host', 'none'], '', { ...installed, schemasAreInstalled: false })).stdout).toMatch(/libvirt's schema in \//);
  });

  it('says what QEMU can do: its cache', async () => {
    const machine = bareMachine([], { files: { '/var/cache/libvirt/qemu/capabilities/a.xml': CACHE } });
    expect((await hostdev(['expand', guest, '--capabilities', 'libvirt'], '', machine)).stderr).toMatch(/has no zPCI/);
    expect(await hostdev(['expand', guest, '--capabilities', 'libvirt'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/has no capabilities of a QEMU for s390x/) as string,
    });
  });
});

describe('what a review found', () => {
  const at = (replacement: string): string => GUEST.replace(/<hostdev[\s\S]*<\/hostdev>/, replacement);

  it('--in-place writes with --json as well, and says so', async () => {
    const said = async (): Promise<unknown> => JSON.parse((await hostdev(['expand', guest, '--in-place', '--json'])).stdout);
    expect(await said()).toMatchObject({ changed: true, items: [{ ok: true, changed: true }] });
    expect(await readFile(guest, 'utf8')).toContain("slot='0x01'");
    expect(await said()).toMatchObject({ changed: false, items: [{ ok: true, changed: false }] });
  });

  it('one bad file keeps nobody from the others', async () => {
    const validated = await hostdev(['validate', guest, join(directory, 'nofile.xml'), '--json', '--host', 'none']);
    expect(itemsOf<{ problems: { code: string }[] }>(validated).map(({ problems }) => problems.some((p) => p.code === 'file-not-found'))).toEqual([
      false,
      true,
    ]);
    const expanded = await hostdev(['expand', join(directory, 'nofile.xml'), guest, '--in-place']);
    expect(expanded.status).toBe(2);
    expect(await readFile(guest, 'utf8')).toContain("slot='0x01'");
  });

  it.each<[string, string, RegExp]>([
    [
      'a host address out of range',
      "<hostdev mode='subsystem' type='pci'><source><address bus='0x100'/></source></hostdev>",
      /guest\.xml:7:\d+: .*bus 0x100 of the host address/,
    ],
    ['a host device without source', "<hostdev mode='subsystem' type='pci'/>", /guest\.xml:7:5: .*does not say which function/],
    ['a host device without type', "<hostdev mode='subsystem'><source/></hostdev>", /guest\.xml:7:5: .*has no type/],
    ['an interface without source', "<interface type='hostdev'/>", /guest\.xml:7:5: .*does not say which function/],
    [
      'a mediated device with an empty uuid',
      "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid=''/></source></hostdev>",
      /has no uuid/,
    ],
    ['a controller without model', "<controller type='pci' index='1'/>", /guest\.xml:7:5: .*has no model/],
    [
      'a controller of an unknown model',
      "<controller type='pci' index='1' model='constructor'/>",
      /guest\.xml:7:5: .*'constructor', which libvirt does not know/,
    ],
    ['a controller index beyond all bounds', "<controller type='pci' index='4000000000' model='pci-bridge'/>", /guest\.xml:7:5: .*has index 4000000000/],
    ['an entity named like a property of all objects', '<description>&toString;</description>', /guest\.xml:7:18: .*known reference/],
    ['a disk that would need a million controllers', "<disk type='file'><target dev='sdzzzzz' bus='scsi'/></disk>", /needs scsi controller 1765232/],
  ])('%s is refused with its place', async (_, text, message) => {
    await writeFile(guest, at(text));
    const { status, stderr, stdout } = await hostdev(['expand', guest, '--host', 'none']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
    const validated = await hostdev(['validate', guest, '--host', 'none']);
    expect(validated.status).toBe(1);
  });

  it('a change never makes a document that cannot be read', async () => {
    for (const text of [GUEST, GUEST.replace("mode='subsystem'", "mode='capabilities'")]) {
      await writeFile(guest, text);
      const result = await hostdev(['attach', guest, '2:0.0', '--rom', '/a\u0001b']);
      expect(result).toMatchObject({ status: 1, stdout: '' });
      expect(await readFile(guest, 'utf8')).toBe(text);
    }
    const declared = `<?xml version='1.0' encoding='ISO-8859-1'?>\n${GUEST}`;
    await writeFile(guest, declared);
    expect((await hostdev(['attach', guest, '2:0.0', '--rom', '/ü.rom'])).stderr).toMatch(/declares encoding 'iso-8859-1'/);
    expect(await readFile(guest, 'utf8')).toBe(declared);
  });

  it('args are words for a shell, whatever the definition says', async () => {
    await writeFile(guest, GUEST.replace('<source>', `<rom file="/a'; touch pwn; 'b"/><source>`));
    for (const form of ['json', 'classic']) {
      const { stdout } = await hostdev(['args', guest, '--form', form]);
      expect(stdout).toContain(`/a'\\''; touch pwn; '\\''b`);
    }
  });

  it('a name with control characters does not reach the terminal', async () => {
    const odd = join(directory, 'a\u001b[31m.xml');
    await writeFile(odd, GUEST.replace("type='pci' managed", "type='pci' model='x&#10;fake:1:1: error: owned' managed").replace("uid='0x0021'", "uid='0'"));
    expect((await hostdev(['validate', odd, '--host', 'none'])).stdout).not.toMatch(/\u001b|^fake:/m);
  });

  it('--root is understood by every command that reads this machine', async () => {
    await mkdir(join(directory, 'sys/bus/pci/devices'), { recursive: true });
    for (const command of ['expand', 'validate', 'args', 'topology']) {
      expect(await hostdev([command, guest, '--libvirt', '12.8', '--root', directory]), command).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it('a group mate in a host file is noticed', async () => {
    const host = join(directory, 'host.json');
    await writeFile(
      host,
      JSON.stringify([
        { address: '0007:00:00.0', pcie: true, iommuGroup: 3 },
        { address: '0007:00:00.1', pcie: true, iommuGroup: 3, driver: 'nvme' },
      ]),
    );
    expect((await hostdev(['validate', guest, '--host', host])).stdout).toMatch(/shares IOMMU group \d+ with 0007:00:00\.1 \(a function, nvme\)/);
    await writeFile(host, JSON.stringify([{ address: '0007:00:00.0', pcie: true, physicalFunction: 5 }]));
    expect(await hostdev(['validate', guest, '--host', host])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/entry 1: physicalFunction is no text/) as unknown,
    });
  });
});

describe('list and show', () => {
  it('print JSON with every key for every function', async () => {
    const functions = [
      { address: '0000:01:00.0', driver: 'nvme', iommuGroup: 1 },
      { address: '0007:00:00.0', fid: 0x12 },
    ];
    const result = await hostdev(['list', '--json'], '', bareMachine(functions));
    expect(result.status).toBe(0);
    const rows = itemsOf<object>(result);
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(Object.keys(row)).toHaveLength(23);
  });

  it('say which function was meant', async () => {
    const result = await hostdev(['show', 'ffff:fe:1f.7']);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/no PCI function ffff:fe:1f\.7/);
  });
});

describe('a host that can only be looked at', () => {
  let tree: string;
  const NIC = '0000:02:00.0';
  beforeEach(async () => {
    tree = join(directory, 'other');
    const at = join(tree, 'sys/bus/pci/devices', NIC);
    await mkdir(at, { recursive: true });
    const attributes = {
      vendor: '0x8086',
      device: '0x10c9',
      class: '0x020000',
      driver_override: '(null)',
      sriov_totalvfs: '7',
      sriov_numvfs: '0',
      sriov_drivers_autoprobe: '1',
    };
    for (const [name, text] of Object.entries(attributes)) await writeFile(join(at, name), `${text}\n`);
    await symlink('../../../bus/pci/drivers/igb', join(at, 'driver'));
    await symlink('../../../kernel/iommu_groups/4', join(at, 'iommu_group'));
    await mkdir(join(tree, 'sys/bus/pci/slots/00000017'), { recursive: true });
    await writeFile(join(tree, 'sys/bus/pci/slots/00000017/power'), '0\n');
  });

  it.each<[string, string[], RegExp]>([
    [
      'prepare',
      ['prepare', NIC],
      /^load the module vfio-pci {2}# the driver is not there yet\nwrite "vfio-pci" to .*driver_override {2}# only vfio-pci may take it from now on\nwrite .*unbind.*\nwrite .*drivers_probe/,
    ],
    [
      'prepare --persist',
      ['prepare', NIC, '--persist'],
      /\nwrite the file \/etc\/udev\/rules\.d\/10-hostdev-0000-02-00-0\.rules {2}# the rule for the next boots\n$/,
    ],
    ['vf create', ['vf', 'create', NIC, '4'], /^write "0" to .*autoprobe.*\nwrite "4" to .*sriov_numvfs.*\n$/],
    ['vf remove', ['vf', 'remove', NIC], /^0000:02:00\.0 has 0 virtual functions, as it had before\n$/],
    ['slot on', ['slot', 'on', '0x17'], /^write "1" to \/sys\/bus\/pci\/slots\/00000017\/power {2}# the function is configured\n$/],
    ['slot on, as sysfs names it', ['slot', 'on', '00000017'], /00000017\/power/],
  ])('%s says what it would do', async (_, words, expected) => {
    for (const machine of [
      ['--root', tree],
      ['--host', await snapshotOf(tree)],
    ]) {
      const result = await hostdev([...words, '--dry-run', ...machine]);
      expect(result).toMatchObject({ status: 0, stderr: '' });
      expect(result.stdout).toMatch(expected);
    }
  });

  it.each([
    ['prepare', ['prepare', NIC]],
    ['vf create', ['vf', 'create', NIC, '1']],
    ['slot on', ['slot', 'on', '0x17']],
    ['persistent remove', ['persistent', 'remove', NIC]],
  ])('%s changes nothing there', async (_, words) => {
    for (const machine of [
      ['--root', tree],
      ['--host', await snapshotOf(tree)],
    ]) {
      const result = await hostdev([...words, ...machine]);
      expect(result).toMatchObject({ status: 2, stdout: '' });
      expect(result.stderr).toMatch(/copy of another machine, which cannot be changed/);
    }
  });

  it('is read by every command that reads', async () => {
    const host = await snapshotOf(tree);
    for (const words of [['list'], ['show', NIC], ['check'], ['check', NIC], ['slot', 'list'], ['persistent']]) {
      const [root, snapshot] = [await hostdev([...words, '--json', '--root', tree]), await hostdev([...words, '--json', '--host', host])];
      expect([words, snapshot]).toEqual([words, root]);
    }
  });

  it.each<[string, string[], number, RegExp]>([
    ['both ways of naming it', ['list', '--root', '/', '--host', 'x'], 2, /--root and --host name two machines/],
    ['a driver that gives nothing to guests', ['prepare', NIC, '--driver', 'nvme'], 1, /'nvme' is not the name of a VFIO driver/],
    ['a number of virtual functions that is none', ['vf', 'create', NIC, 'many'], 2, /the count of virtual functions is a number 1 or higher, not 'many'/],
    ['far more virtual functions', ['vf', 'create', NIC, '99999', '--dry-run'], 1, /can have 1 to 7 virtual functions, not 99999 .*\n.*'hostdev vf remove/],
    ['more virtual functions than there can be', ['vf', 'create', NIC, '8', '--dry-run'], 1, /can have 1 to 7 virtual functions, not 8/],
    ['no virtual functions at all', ['vf', 'create', NIC, '0', '--dry-run'], 1, /can have 1 to 7 virtual functions, not 0/],
    ['a VLAN out of range', ['vf', 'set', NIC, '--vlan', '4095'], 2, /--vlan is a number from 0 to 4094/],
    ['a MAC address that is none', ['vf', 'set', NIC, '--mac', '01:00:00:00:00:00'], 2, /MAC/],
    ['trust that is neither', ['vf', 'set', NIC, '--trust', 'maybe'], 2, /--trust is 'on' or 'off'/],
    ['nothing to set', ['vf', 'set', NIC], 2, /changes nothing without an option/],
    ['a physical function to set', ['vf', 'set', NIC, '--vlan', '5', '--dry-run'], 1, /is not a virtual function/],
    ['a function id that is none', ['slot', 'off', 'seventeen'], 2, /fid 'seventeen' is not a number/],
    ['a slot that is not there', ['slot', 'off', '0x18', '--dry-run'], 1, /no slot for function id 0x00000018/],
    ['a time to wait that is none', ['prepare', NIC, '--dry-run', '--wait=long'], 2, /--wait is a number of seconds/],
  ])('%s is refused in one clear message', async (_, words, status, message) => {
    const result = await hostdev(words.includes('--root') ? words : [...words, '--root', tree, ...(words.includes('--dry-run') ? [] : ['--dry-run'])]);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^hostdev: .*\n {2}hint: .*\n$/);
  });

  it.each([
    ['a slot that is off already', ['slot', 'off', '0x17'], '0x00000017: standby, as it was before\n'],
    ['a rule that is not there', ['persistent', 'remove', NIC], `there is no rule for ${NIC}, so nothing is removed\n`],
  ])('%s is left as it is, and that is no failure', async (_, words, stdout) => {
    expect(await hostdev([...words, '--root', tree, '--dry-run'])).toEqual({ status: 0, stdout, stderr: '' });
  });

  it('shows what others keep and what is wrong with it, with a status of its own', async () => {
    await mkdir(join(tree, 'etc/driverctl.d'), { recursive: true });
    await writeFile(join(tree, 'etc/driverctl.d/10000:e1:00.0'), 'vfio-pci\n');
    const { status, stdout } = await hostdev(['persistent', '--root', tree]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^10000:e1:00\.0 +vfio-pci +by driverctl +there is no function at that address +\/etc\/driverctl\.d\/10000:e1:00\.0$/m);
  });

  async function snapshotOf(root: string): Promise<string> {
    const { stdout } = await hostdev(['snapshot', '--root', root]);
    await writeFile(join(directory, 'host.json'), stdout);
    return join(directory, 'host.json');
  }
});

describe('--help', () => {
  it.each(['vf create', 'vf remove', 'vf set', 'slot list', 'slot on', 'slot off', 'persistent remove', 'pool show', 'pool create', 'pool remove'])(
    'of %s prints usage on stdout',
    async (words) => {
      const result = await hostdev([...words.split(' '), '--help']);
      expect(result).toMatchObject({ status: 0, stderr: '' });
      expect(result.stdout).toMatch(new RegExp(`^Usage: hostdev ${words}`));
    },
  );

  it.each(['vf', 'slot', 'pool'])('%s alone says what there is', async (word) => {
    const result = await hostdev([word]);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(new RegExp(`^Usage: hostdev ${word}`));
  });

  it.each([
    'list',
    'show',
    'xml',
    'attach',
    'detach',
    'expand',
    'validate',
    'args',
    'topology',
    'check',
    'prepare',
    'release',
    'status',
    'history',
    'recover',
    'vf',
    'slot',
    'persistent',
    'guests',
    'swap',
    'ports',
    'migrate-check',
    'pool',
    'watch',
    'snapshot',
  ])('of %s prints usage on stdout', async (name) => {
    const result = await hostdev([name, '--help']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(new RegExp(`^Usage: hostdev ${name}`));
  });
});
