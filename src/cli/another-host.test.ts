/** `--host ssh://HOST`: reading commands look at another machine, through a program in the place of ssh. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { captureIo, hostdev, itemsOf } from '../../test/capture.ts';
import { executable, type FakeSsh, fakeSsh } from '../../test/fake-ssh.ts';
import { layTree } from '../../test/lay-tree.ts';
import { KINDS, EVERY_KIND } from '../../test/verdicts/kinds-of-functions.ts';
import { ask } from './complete/ask.ts';

let root: string;
let ssh: FakeSsh;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostdev-there-'));
  layTree(root, EVERY_KIND);
  use(fakeSsh(root));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function use(fake: FakeSsh): void {
  ssh = fake;
  vi.stubEnv('PATH', [fake.directory, process.env['PATH']].join(delimiter));
}

const HOST = ['--host', 'ssh://root@kvm7:2222'];

describe('--host ssh://HOST', () => {
  it('lists, checks and shows what is there as a look at its tree does', async () => {
    const items = async (...words: string[]): Promise<unknown[]> => itemsOf(await hostdev([...words, '--json']));
    const near = await items('list', '--root', root);
    expect(near.length).toBeGreaterThan(10);
    expect((await items('list', ...HOST)).map((each) => (each as { hostAddress: string }).hostAddress)).toEqual(
      near.map((each) => (each as { hostAddress: string }).hostAddress),
    );
    expect(await items('show', KINDS.free, ...HOST)).toEqual(await items('show', KINDS.free, '--root', root));
    expect(await hostdev(['check', KINDS.network, ...HOST])).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/in use\n {2}eth0 → default route/) as string,
    });
    expect(ssh.calls()[0]).toEqual(['-T', '-e', 'none', '-o', 'ConnectTimeout=20', '-p', '2222', '-l', 'root', '--', 'kvm7', 'exec sh -s']);
  });

  it('plans, and changes nothing there', async () => {
    const planned = await hostdev(['prepare', KINDS.free, '--dry-run', ...HOST]);
    expect(planned).toMatchObject({ status: 0, stdout: expect.stringContaining(`/sys/bus/pci/devices/${KINDS.free}/driver_override`) as string });
    expect(await hostdev(['prepare', KINDS.free, ...HOST])).toMatchObject({ status: 2, stderr: expect.stringContaining('cannot be changed') as string });
  });

  it.each([
    ['show', '99:00.0'],
    ['prepare', '99:00.0', '--dry-run'],
    ['list', '99:00.0'],
    ['check', '99:00.0', '98:00.0'],
    ['check', 'fid=0x7', 'x:y'],
  ])('is asked once in a command line that names what is not there (%s %s), and named', async (...words) => {
    const said = await hostdev([...words, ...HOST]);
    expect(ssh.calls()).toHaveLength(1);
    expect(said.stderr).toMatch(/hostdev: ssh:\/\/root@kvm7:2222 has no PCI function /);
    expect(said.stderr).not.toContain('this machine');
  });

  it('is named where it has no function at all', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'hostdev-empty-'));
    mkdirSync(join(empty, 'sys/bus/pci/devices'), { recursive: true });
    use(fakeSsh(empty));
    expect((await hostdev(['list', ...HOST])).stderr).toBe('hostdev: ssh://root@kvm7:2222 has no PCI functions\n');
  });

  it('is asked once where it does not answer', async () => {
    const silent = executable(join(ssh.directory, 'ssh'), `echo >> '${ssh.directory}/log'; echo; exit 255`);
    expect((await hostdev(['check', '99:00.0', 'x:y', ...HOST])).status).toBe(2);
    expect(readFileSync(join(ssh.directory, 'log'), 'utf8'), silent).toBe('\n');
  });

  it('is the host that a definition is meant for', async () => {
    const file = join(root, 'guest.xml');
    const [domain, bus] = ['0x0000', `0x${KINDS.storage.slice(5, 7)}`];
    writeFileSync(
      file,
      `<domain type='kvm'><name>web</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='${domain}' bus='${bus}' slot='0x00' function='0x0'/></source></hostdev></devices></domain>`,
    );
    const said = await hostdev(['validate', file, '--libvirt', '11.3', ...HOST]);
    expect(said.stdout + said.stderr).toMatch(/0000:03:00\.0.*mounted on \//);
  });

  it('asks the hostdev there, where one is, and the files themselves where that fails', async () => {
    const made = (await hostdev(['snapshot', ...HOST])).stdout;
    const other = JSON.parse(made) as { files: Record<string, unknown> };
    other.files[`/sys/bus/pci/devices/${KINDS.free}/vendor`] = { text: '0x10de\n' };
    writeFileSync(join(root, 'own.json'), JSON.stringify(other));
    const vendor = async (): Promise<string | undefined> => itemsOf<{ vendor: string }>(await hostdev(['list', KINDS.free, '--json', ...HOST]))[0]?.vendor;
    expect(await vendor()).toBe('0x8086');
    use(fakeSsh(root, { hostdev: `[ "$*" = snapshot ] && cat '${root}/own.json'` }));
    expect(await vendor()).toBe('0x10de');
    use(fakeSsh(root, { hostdev: `head -c 50 '${root}/own.json'; exit 1` }));
    expect(await vendor()).toBe('0x8086');
  });

  it('makes a file of that machine, which says who looked', async () => {
    const found = JSON.parse((await hostdev(['snapshot', '--redact', ...HOST])).stdout) as Record<string, unknown>;
    expect(found).toMatchObject({ format: 'hostdev-snapshot', redacted: true, reader: { uid: process.geteuid?.() } });
  });

  it.each<[string, string, number, RegExp]>([
    ['an option in the place of a host', 'ssh://-oProxyCommand=touch%20x', 2, /names no machine that ssh can reach.*\[host-malformed\]\n {2}hint: /],
    ['a machine without PCI', 'ssh://bare', 1, /ssh:\/\/bare: there is no PCI bus.*\[no-pci\]\n {2}hint: /],
  ])('of %s is refused in one sentence', async (_, word, status, message) => {
    use(fakeSsh(mkdtempSync(join(tmpdir(), 'hostdev-bare-'))));
    const said = await hostdev(['list', '--host', word]);
    expect(said).toMatchObject({ status, stdout: '' });
    expect(said.stderr).toMatch(message);
  });

  it('is not asked while somebody is still writing the line', async () => {
    const { io } = captureIo();
    expect(await ask(io, 'function', { host: 'ssh://kvm7' })).toEqual([]);
    expect(ssh.calls()).toEqual([]);
  });
});
