import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bareMachine } from '../../../test/bare-machine.ts';
import { hostdev } from '../../../test/capture.ts';
import { KNOWN_LIBVIRTS } from '../../addressing/libvirt/known.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../testing/fake-libvirt/fake-libvirt.ts';
import type { CommandRow } from '../command/row.ts';
import { COMMANDS, GROUPS } from '../command/table.ts';
import type { Machine } from '../machine.ts';

const MACHINE = bareMachine([
  { address: '0000:02:00.0', attributes: { class: '0x020000\n' }, driver: 'igb' },
  { address: '0000:03:00.0', attributes: { class: '0x010802\n', function_id: '0x00000017\n' } },
]);

/** What is offered at the end of a line; the last word may be empty. */
async function offered(line: string, machine: Machine = MACHINE): Promise<string[]> {
  const { stdout, stderr, status } = await hostdev(['complete', '--', ...line.split(' ')], '', machine);
  expect([status, stderr]).toEqual([0, '']);
  return stdout
    .trimEnd()
    .split('\n')
    .map((row) => row.split('\t')[0] ?? '');
}

describe('completion', () => {
  it.each<[string, string[]]>([
    ['pre', ['prepare']],
    ['mig', ['migrate-check']],
    ['vf ', ['create', 'remove', 'set']],
    ['vf c', ['create']],
    ['persistent r', ['remove']],
    ['help pre', ['prepare']],
    ['help vf s', ['set']],
    ['prepare ', ['0000:02:00.0', '0000:03:00.0', 'fid=0x00000017']],
    ['prepare 0000:03', ['0000:03:00.0']],
    ['prepare 0000:02:00.0 0000:0', ['0000:02:00.0', '0000:03:00.0']],
    ['prepare fid', ['fid=0x00000017']],
    ['prepare --dry', ['--dry-run']],
    ['prepare --dry-run --d', ['--driver']],
    ['prepare --driver ', ['vfio-pci']],
    ['prepare --driver=', ['--driver=vfio-pci']],
    ['xml --managed ', ['yes', 'no']],
    ['xml --managed=n', ['--managed=no']],
    ['xml --rom ', ['on', 'off', 'none', ':files']],
    ['xml --mac ', ['']],
    ['xml --uid 0x21 --guest-address ', ['']],
    ['vf set 0000:02:00.0 --trust ', ['on', 'off']],
    ['vf create 0000:02:00.0 ', ['']],
    ['swap web ', ['0000:02:00.0', '0000:03:00.0', 'fid=0x00000017']],
    ['validate ', [':files']],
    ['validate --format ', ['text', 'json', 'sarif']],
    ['list --root ', [':directories']],
    ['list --root=/t', [':directories']],
    ['list --host ', [':files', 'ssh://']],
    ['--json li', ['list']],
    ['--root /nowhere lis', ['list']],
    ['list --root /nowhere ', ['']],
    ['report ', ['']],
    ['report -o ', [':files']],
    ['report -- pre', ['prepare']],
    ['report -- prepare 0000:03', ['0000:03:00.0']],
    ['list -- --r', ['']],
    ['list --no-such ', ['0000:02:00.0', '0000:03:00.0', 'fid=0x00000017']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['list --class n', ['nvme', 'nic']],
    ['list --class=gpu,n', ['--class=gpu,nvme', '--class=gpu,nic']],
    ['list --class gpu,nv', ['gpu,nvme']],
    ['list --columns id,dr', ['id,driver']],
    ['list --sort add', ['address']],
    ['list --columns address,gr', ['address,group']],
    ['list --columns address,add', ['']],
    ['list --class=gpu,gp', ['']],
    ['schema vf', ['vf-create', 'vf-remove', 'vf-set']],
    ['schema lis', ['list']],
    ['check 02', ['02:00.0']],
    ['check 03:00', ['03:00.0']],
    ['swap web 02:00.0 3', ['']],
    ['list --driver ', ['igb', 'none']],
    ['list --group 7 ', ['0000:02:00.0', '0000:03:00.0', 'fid=0x00000017']],
    ['check --group ', ['0000:02:00.0', '0000:03:00.0', 'fid=0x00000017']],
    ['pool create ', ['']],
    ['guests --connect qemu:///se', ['qemu:///session']],
    ['nonsense ', ['']],
  ])('of "%s" offers what may stand there', async (line, candidates) => {
    expect(await offered(line)).toEqual(candidates);
  });

  it('offers every command, and every option of each', async () => {
    const first = new Set([...Object.keys(COMMANDS), ...Object.keys(GROUPS)].map((name) => name.split(' ')[0]));
    expect((await offered('')).toSorted()).toEqual([...first, 'help'].toSorted());
    for (const [name, { options }] of Object.entries<CommandRow>(COMMANDS)) {
      const long = options.map(({ flags }) => /--[\w-]+/.exec(flags)?.[0]);
      expect(await offered(`${name} --`), name).toEqual([...long, '--help']);
    }
  });

  it('offers the libvirts that are known', async () => {
    expect(await offered('validate --libvirt ')).toEqual([...KNOWN_LIBVIRTS.map(({ version }) => version), 'list']);
  });

  it('tells each with what it is', async () => {
    const { stdout } = await hostdev(['complete', '--', 'check', ''], '', MACHINE);
    expect(stdout.split('\n')[0]).toBe('0000:02:00.0\tEthernet controller (igb)');
  });

  it('offers a slot by its function id', async () => {
    const z = bareMachine([{ address: '0002:00:00.0', fid: 0x17 }]);
    expect(await offered('slot off ', z)).toEqual(['0x00000017']);
  });
});

describe('completion of names that libvirt has', () => {
  let fake: FakeLibvirt;
  beforeEach(async () => {
    fake = await startFakeLibvirt();
    fake.qemu.define("<domain type='kvm'><name>web</name><memory>1</memory><os><type arch='x86_64'>hvm</type></os></domain>");
  });
  afterEach(() => fake.stop());
  const uri = (): string => `qemu+unix:///system?socket=${fake.socket}`;

  it('offers guests, beside files where a file may be meant', async () => {
    expect(await offered(`swap -c ${uri()} `)).toEqual(['web']);
    expect(await offered(`--connect=${uri()} attach w`)).toEqual(['web', ':files']);
  });

  it('asks no libvirt that is reached over ssh, which may have a question of its own', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hostdev-ssh-'));
    await writeFile(join(directory, 'ssh'), `#!/bin/sh\n: > ${directory}/asked\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`);
    expect(await offered('swap -c qemu+ssh://kvm1.example.com/system ')).toEqual(['']);
    expect(await readdir(directory)).toEqual(['ssh']);
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
  });

  it('offers nothing of a libvirt that is not there', async () => {
    expect(await offered('swap ')).toEqual(['']);
    expect(await offered('attach ')).toEqual([':files']);
  });
});
