import { spawn } from 'node:child_process';
import { chmod, chown, copyFile, cp, link, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { downloadSet } from './debian/tree.ts';
import { labReason } from './reason.ts';

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

function runProgram(
  command: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Ended> {
  const { input = '', env = process.env, cwd } = options;
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env, cwd });
    let output = '';
    const take = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('close', (status) => resolve({ status, output }));
    child.stdin.end(input);
  });
}

const runDemo = (...words: readonly string[]): Promise<Ended> => runProgram([process.execPath, 'build/lab/demo.mjs', ...words]);

describeUnless(await labReason('z-host'), 'the demonstration', () => {
  it('gives a function to a guest through libvirt, sees it there, and gets it back', async () => {
    const { status, output } = await runDemo();
    expect(output).toMatch(/guest: 0021:00:00\.0 uid=0x0021 fid=0x00000055 slot=00000055/);
    expect(output).toMatch(/✓ +[\d.]+ s {2}0007:00:00\.0 is back with nvme/);
    expect(status, output).toBe(0);
  });

  it('refuses words it does not know', async () => {
    const { status, output } = await runDemo('--frobnicate');
    expect(status).toBe(2);
    expect(output).toMatch(/frobnicate/);
  });

  const notRoot = process.geteuid?.() === 0 ? '' : 'only root can become another user';
  describeUnless(notRoot, 'of another user than root, without apt, dpkg and gpgv', () => {
    it('builds everything from the packages, does the same without libvirt, and leaves a shell when asked', async () => {
      const place = await layForUser();
      try {
        const { status, output } = await runProgram(
          ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, join(place, 'build/lab/demo.mjs'), '--direct', '--keep'],
          {
            input: 'echo in $(uname -m)\n',
            cwd: place,
            env: { PATH: join(place, 'bin'), HOME: place, XDG_CACHE_HOME: join(place, 'cache'), TMPDIR: join(place, 'tmp') },
          },
        );
        expect(output).toMatch(/building the images of the IBM Z host/);
        expect(output).not.toMatch(/downloading/);
        expect(output).toMatch(/-device zpci,uid=33,fid=85,target=h0/);
        expect(output).toMatch(/guest: 0021:00:00\.0 uid=0x0021 fid=0x00000055 slot=00000055/);
        expect(output).toMatch(/in s390x/);
        expect(status, output).toBe(0);
      } finally {
        await rm(place, { recursive: true, force: true });
      }
    });
  });
});

describeUnless(await labReason('pc-host'), 'the demonstration on a PC', () => {
  it('gives a virtual function with MAC address and VLAN to a guest that runs, sees it there, and gets it back', async () => {
    const { status, output } = await runDemo('--pc');
    expect(output).toMatch(/guest: 0000:\d\d:00\.0 driver=igbvf mac=52:54:00:aa:bb:42/);
    expect(output).toMatch(/vf 0 +link\/ether 52:54:00:aa:bb:42 .*vlan 42/);
    expect(output).toMatch(/✓ +[\d.]+ s {2}0000:02:00\.0 is as before/);
    expect(status, output).toBe(0);
  });

  it('does not do without libvirt', async () => {
    const { status, output } = await runDemo('--pc', '--direct');
    expect(status).toBe(2);
    expect(output).toMatch(/--direct is for the IBM Z host/);
  });
});

/** All that a user needs: what is built, the downloaded packages, and programs of which none is apt, dpkg or gpgv. */
async function layForUser(): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'hostdev-user-'));
  await chmod(place, 0o755);
  await cp('build', join(place, 'build'), { recursive: true, filter: (path) => !path.startsWith('build/skip-') });
  await cp('dist', join(place, 'dist'), { recursive: true });
  const packages = join(place, 'cache/hostdev/packages');
  await mkdir(packages, { recursive: true });
  const sets = ['tools', 'emulator-s390x', 'host-s390x'] as const;
  for (const path of new Set((await Promise.all(sets.map((set) => downloadSet(set)))).flat())) {
    const to = join(packages, basename(path));
    // Linked where that can be; a directory for temporary files can be on another disk.
    await link(path, to).catch(() => copyFile(path, to));
  }
  await mkdir(join(place, 'bin'));
  await mkdir(join(place, 'tmp'));
  for (const program of ['sh', 'tar', 'xz', 'setpriv', 'unshare', 'mount']) await symlink(whereIs(program), join(place, 'bin', program));
  // The packages themselves stay root's: links share an owner.
  for (const name of ['cache', 'cache/hostdev', 'cache/hostdev/packages', 'tmp']) await chown(join(place, name), 65534, 65534);
  return place;
}

function whereIs(program: string): string {
  const found = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no ${program}`);
  return found;
}
