/** The package as others run it: built, in processes of some Node. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import { describeUnless } from '../skip.ts';
import type { NodeBinary } from './node-binary.ts';
import { type Ended, type NodeProcess, type NodeProcessOptions, runNode, startNode } from './node-process.ts';

const PROGRAM = 'dist/cli/cli.cjs';
const PCI = '/sys/bus/pci/devices';
const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
const XML = "<domain type='kvm'><name>web</name><memory unit='MiB'>64</memory><os><type arch='s390x'>hvm</type></os><devices/></domain>";
const SOURCE = "<source><address domain='0x0007' bus='0x00' slot='0x00' function='0x0'/></source>";
const WITH_HOSTDEV = XML.replace('<devices/>', `<devices><hostdev mode='subsystem' type='pci' managed='yes'>${SOURCE}</hostdev></devices>`);
/** A schema that every domain matches: with it the validator is loaded and asked. */
const SCHEMA = `<grammar xmlns='http://relaxng.org/ns/structure/1.0'>
  <start><element name='domain'><ref name='anything'/></element></start>
  <define name='anything'>
    <zeroOrMore><choice><attribute><anyName/></attribute><text/><element><anyName/><ref name='anything'/></element></choice></zeroOrMore>
  </define>
</grammar>`;

/** What holds whichever Node it is; `name` is what it is called in the titles. */
export function describeProcesses(name: string, node: NodeBinary): void {
  const built = existsSync(PROGRAM) ? '' : `${PROGRAM} is not built: npm run build`;
  describeUnless(built === '' ? node.reason : built, `the package as processes of ${name}`, () => {
    /** The machine, the guest and the schemas that the processes are shown. */
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'hostdev-process-'));
      const nic = join(directory, 'sys/bus/pci/devices/0000:02:00.0');
      await mkdir(nic, { recursive: true });
      for (const [name, text] of Object.entries({ vendor: '0x8086', device: '0x10c9', class: '0x020000' })) await writeFile(join(nic, name), `${text}\n`);
      await symlink('../../../../kernel/iommu_groups/4', join(nic, 'iommu_group'));
      await writeFile(join(directory, 'guest.xml'), WITH_HOSTDEV);
      await writeFile(join(directory, 'domain.rng'), SCHEMA);
    });

    let fake: FakeLibvirt;
    beforeEach(async () => {
      fake = await startFakeLibvirt();
      fake.qemu.define(XML);
    });
    afterEach(() => fake.stop());

    const hostdev = (args: readonly string[], options?: NodeProcessOptions): NodeProcess => startNode(node.path, [PROGRAM, ...args], options);
    const uri = (): string => `qemu+unix:///system?socket=${fake.socket}`;
    const complete = (text: string): string => text.replace('DIRECTORY', directory).replace('URI', uri());

    it('are of the version that is meant', async () => {
      expect(await runNode(node.path, ['-p', 'process.versions.node'])).toEqual({ status: 0, stdout: `${node.version}\n`, stderr: '' });
    });

    it.each<[string, string[], RegExp, string?]>([
      ['--version', ['--version'], new RegExp(`^${PACKAGE.version.replaceAll('.', '\\.')}\n$`)],
      ['--help', ['--help'], /^Usage: hostdev .*\nExit status: 0 done/s],
      ['list', ['list', '--root', 'DIRECTORY'], /^ADDRESS .*\n0000:02:00\.0 .* free /],
      ['list --json', ['list', '--root', 'DIRECTORY', '--json'], /^\{\n {2}"formatVersion": 1,.*"hostAddress": "0000:02:00\.0"/s],
      ['snapshot', ['snapshot', '--root', 'DIRECTORY'], /^\{\n {2}"format": "hostdev-snapshot"/],
      ['xml', ['xml', '0000:02:00.0', '--uid', '0x21', '--root', 'DIRECTORY'], /^<hostdev .*domain='0x0000' bus='0x02'.*uid='0x0021'/s],
      ['expand', ['expand', 'DIRECTORY/guest.xml', '--host', 'none', '--libvirt', '11.3'], /<zpci uid='0x0001' fid='0x00000000'\/>/],
      ['expand of standard input', ['expand', '-', '--host', 'none', '--libvirt', '11.3', '--explain'], /^controller pci 0 \(pci-root\) .* added: /m, XML],
      ['validate, with a schema', ['validate', 'DIRECTORY/guest.xml', '--host', 'none', '--libvirt', '11.3'], /guest\.xml: nothing wrong found\n$/],
      ['args', ['args', 'DIRECTORY/guest.xml', '--host', 'none', '--libvirt', '11.3'], /^-device '.*"zpci".*\n-device '.*"vfio-pci"/],
      ['topology', ['topology', 'DIRECTORY/guest.xml', '--host', 'none', '--libvirt', '11.3'], /the guest sees 0001:00:00\.0/],
      ['attach to a file', ['attach', 'DIRECTORY/guest.xml', '0000:02:00.0', '--root', 'DIRECTORY', '--libvirt', '11.3', '--dry-run'], /^\+ .*bus='0x02'/m],
      ['guests', ['guests', '-c', 'URI'], /^web /m],
    ])('%s does what it is asked for and says nothing else', async (_, words, printed, stdin = '') => {
      const args = words.map(complete);
      const result = await hostdev(args, { stdin, env: { HOSTDEV_LIBVIRT_SCHEMAS: directory } }).ended;
      expect(result).toEqual({ status: 0, stdout: expect.stringMatching(printed) as string, stderr: '' });
    });

    it.each([
      [
        'hostdev',
        "const { formatPciAddress, parsePciAddress } = await import('hostdev'); console.log(formatPciAddress(parsePciAddress('2:0.0')))",
        '0000:02:00.0',
      ],
      ['hostdev/xml', "const { parseXml } = await import('hostdev/xml'); console.log(parseXml('<a/>').root.name)", 'a'],
      [
        'hostdev/host',
        "const { openMachine, readInventory } = await import('hostdev/host'); console.log((await readInventory(openMachine('DIRECTORY'))).length)",
        '1',
      ],
      [
        'hostdev/libvirt',
        "const libvirt = await (await import('hostdev/libvirt')).connectLibvirt('URI'); console.log((await libvirt.listDomains()).length); await libvirt.close()",
        '1',
      ],
      [
        'hostdev/testing',
        "const fake = await (await import('hostdev/testing')).startFakeLibvirt(); console.log(fake.test.named('test').id); await fake.stop()",
        '1',
      ],
    ])('%s can be imported and answers', async (_, code, printed) => {
      const result = await runNode(node.path, ['--input-type=module', '--eval', complete(code)]);
      expect(result).toEqual({ status: 0, stdout: `${printed}\n`, stderr: '' });
    });

    /** With `full`, a file to which nothing can be written. */
    const withFull = async (args: readonly string[], full: 'stdout' | 'stderr'): Promise<Ended> => {
      const file = await open('/dev/full', 'w');
      try {
        return await hostdev(args, { [full]: file.fd }).ended;
      } finally {
        await file.close();
      }
    };

    it('say when what is printed cannot be written', async () => {
      expect(await withFull(['--version'], 'stdout')).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^hostdev: what is printed cannot be written: ENOSPC[^\n]*\n$/) as string,
      });
    });

    it('do what they were asked for when they cannot say anything', async () => {
      expect(await withFull(['no-such-command'], 'stderr')).toMatchObject({ status: 2 });
    });

    // The one thing of its machine that the command cannot do without.
    describeUnless(existsSync(PCI) ? '' : `there is no ${PCI} on this machine`, 'that watch', () => {
      it('end when whoever reads it has gone', async () => {
        const { child, ended } = hostdev(['watch', '--json', '--every', '0.2', '-c', uri()]);
        await expect.poll(() => fake.qemu.listeners.size).toBeGreaterThan(0);
        const said = new Promise((resolve) => child.stdout?.once('data', resolve));
        fake.qemu.start(fake.qemu.named('web'), false);
        await said;
        child.stdout?.destroy();
        fake.qemu.destroy(fake.qemu.named('web'));
        expect(await ended).toMatchObject({ status: 0, stderr: '' });
      });

      it.each([
        ['SIGHUP', 129],
        ['SIGINT', 130],
        ['SIGTERM', 143],
      ] as const)('end at %s with the status that shells expect', async (signal, status) => {
        const { child, ended } = hostdev(['watch', '-c', uri()]);
        await expect.poll(() => fake.qemu.listeners.size).toBeGreaterThan(0);
        child.kill(signal);
        expect(await ended).toMatchObject({ status, stderr: '' });
      });
    });
  });
}
