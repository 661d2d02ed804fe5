import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev, itemsOf } from '../../test/capture.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-validate-'));
});

const guest = (name: string, more = ''): string => `<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>${name}</name>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <driver name='vfio' iommufd='yes'/>
      <source><address domain='0' bus='0x15' slot='0' function='0'/></source>
    </hostdev>
  </devices>${more}
</domain>
`;
const write = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
interface Found {
  readonly file: string;
  readonly problems: readonly { readonly code: string; readonly message: string; readonly location: { readonly line: number } }[];
}
const shared = async (...files: string[]): Promise<string[]> => {
  const result = await hostdev(['validate', ...files, '--host', 'none', '--json']);
  return itemsOf<Found>(result).flatMap(({ problems }) =>
    problems.filter(({ code }) => code === 'hostdev-shared').map(({ message, location }) => `${location.line}: ${message}`),
  );
};

describe('a function of two guests of one run', () => {
  it('is noted at both, and is no error', async () => {
    const [a, b] = [write('a.xml', guest('a')), write('b.xml', guest('b'))];
    expect(await shared(a, b)).toEqual([
      `5: 0000:15:00.0 is in ${b} too: only one of these guests can run at a time`,
      `5: 0000:15:00.0 is in ${a} too: only one of these guests can run at a time`,
    ]);
    expect((await hostdev(['validate', a, b, '--host', 'none'])).status).toBe(0);
  });

  it('is not noted where the two are one guest', async () => {
    const a = write('a.xml', guest('a'));
    expect(await shared(a, a)).toEqual([]);
    expect(await shared(a, write('copy.xml', guest('a')))).toEqual([]);
    expect(await shared(a, write('broken.xml', '<domain>'))).toEqual([]);
  });
});

it('prints in one way: --json beside another --format is refused', async () => {
  const file = write('a.xml', guest('a'));
  for (const format of ['text', 'sarif']) {
    const result = await hostdev(['validate', file, '--host', 'none', '--json', '--format', format]);
    expect(result).toMatchObject({ status: 2, stderr: expect.stringMatching(/--json and --format (text|sarif) .*\[option-conflict\]/) as string });
    expect(itemsOf(result)).toEqual([]);
  }
  expect(itemsOf(await hostdev(['validate', file, '--host', 'none', '--json', '--format', 'json']))).toHaveLength(1);
});

it('what one device does not say hides nothing of what the host says of the others', async () => {
  const broken = "<hostdev mode='subsystem' type='pci'><source><address bus='x' slot='0'/></source></hostdev>";
  const machine = bareMachine([{ address: '0000:15:00.0', driver: 'nvme', iommuGroup: 3, express: true }]);
  const file = write('a.xml', guest('a').replace("managed='yes'", "managed='no'").replace('<devices>', `<devices>${broken}`));
  const result = await hostdev(['validate', file, '--json'], '', machine);
  const codes = itemsOf<Found>(result).flatMap(({ problems }) => problems.map(({ code }) => code));
  expect(codes).toEqual(expect.arrayContaining(['number-malformed', 'function-not-prepared']));
  expect(codes).not.toContain('function-unknown');
});

describe('what a prediction says beside the prediction', () => {
  const commandline = "<qemu:commandline><qemu:arg value='-device'/><qemu:arg value='e1000e'/></qemu:commandline>";

  it.each(['expand', 'args', 'topology', 'validate'])('%s tells that QEMU arguments of one’s own are outside it', async (command) => {
    const { status, stdout, stderr } = await hostdev([command, write('a.xml', guest('a', commandline)), '--host', 'none']);
    expect(status).toBe(0);
    expect(stdout + stderr).toContain('QEMU arguments of your own are outside the prediction');
  });

  it("args has QEMU's iommufd object before the devices that refer to it, in both forms and as JSON", async () => {
    const file = write('a.xml', guest('a'));
    const args = async (...options: string[]): Promise<string[]> => (await hostdev(['args', file, '--host', 'none', ...options])).stdout.trim().split('\n');
    const json = await args();
    expect(json[0]).toBe(`-object '{"qom-type":"iommufd","id":"iommufd0"}'`);
    expect(json.at(-1)).toMatch(/"host":"0000:15:00\.0","id":"hostdev0","iommufd":"iommufd0","bus"/);
    const classic = await args('--form', 'classic');
    expect([classic[0], classic.at(-1)]).toEqual([
      '-object iommufd,id=iommufd0',
      expect.stringContaining('vfio-pci,host=0000:15:00.0,id=hostdev0,iommufd=iommufd0,'),
    ]);
    expect(JSON.parse((await args('--json')).join('\n'))).toMatchObject({ items: [{ ok: true, objects: [{ 'qom-type': 'iommufd' }] }] });
  });

  it('args of a libvirt that does not know iommufd have none, and say so', async () => {
    const caps = write(
      'caps.xml',
      "<qemuCaps><selfvers>11003000</selfvers><arch>x86_64</arch><flag name='ich9-ahci'/><flag name='pcie-root-port'/><flag name='qemu-xhci'/><flag name='virtio-pci-non-transitional'/><flag name='vfio-pci'/><flag name='iommufd'/></qemuCaps>",
    );
    const { stdout, stderr } = await hostdev(['args', write('a.xml', guest('a')), '--host', 'none', '--capabilities', caps]);
    expect(stdout).toMatch(/"driver":"vfio-pci"/);
    expect(stdout).not.toContain('iommufd');
    expect(stderr).toMatch(/asks for iommufd, which libvirt 11\.3\.0 does not know and leaves out/);
  });
});

it('what is wrong with a definition as a whole is told with its file', async () => {
  const nics = "<interface type='user'><model type='virtio'/></interface>".repeat(260);
  const os = "<os><type arch='x86_64' machine='q35'>hvm</type></os>";
  const many = write('many.xml', `<domain type='kvm'><name>a</name><memory>1</memory>${os}<devices>${nics}</devices></domain>`);
  const one = write('one.xml', guest('b'));
  const { stdout } = await hostdev(['validate', many, one, '--host', 'none']);
  expect(stdout).toContain(`${many}: error: controller pci 241: no bus`);
  expect(stdout).not.toMatch(/^:/m);
  const [found] = itemsOf<{ problems: { message: string; subject: string | null; location: object | null }[] }>(
    await hostdev(['validate', many, one, '--host', 'none', '--json']),
  );
  for (const problem of found?.problems ?? []) expect(problem.location ?? problem.subject).not.toBeNull();
});
