import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeLibvirt, startFakeLibvirt } from '../src/testing/fake-libvirt/fake-libvirt.ts';
import { describeUnless } from './skip.ts';

const PROGRAM = 'dist/cli/cli.mjs';
const XML = "<domain type='kvm'><name>web</name><memory unit='MiB'>64</memory><os><type arch='s390x'>hvm</type></os><devices/></domain>";

describeUnless(existsSync(PROGRAM) ? '' : `${PROGRAM} is not built: npm run build`, 'the command as a process', () => {
  let fake: FakeLibvirt;
  beforeEach(async () => {
    fake = await startFakeLibvirt();
    fake.qemu.define(XML);
  });
  afterEach(() => fake.stop());

  /** With `full`, a file to which nothing can be written. */
  const withFull = async (args: readonly string[], full: 'stdout' | 'stderr'): Promise<{ readonly status: number | null; readonly stderr: string }> => {
    const file = await open('/dev/full', 'w');
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', full === 'stdout' ? file.fd : 'ignore', full === 'stderr' ? file.fd : 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    await file.close();
    return { status, stderr };
  };

  it('says when what it prints cannot be written', async () => {
    expect(await withFull(['--version'], 'stdout')).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^hostdev: what is printed cannot be written: ENOSPC[^\n]*\n$/) as string,
    });
  });

  it('does what it was asked for when it cannot say anything', async () => {
    expect(await withFull(['no-such-command'], 'stderr')).toMatchObject({ status: 2 });
  });

  it('ends watching when whoever reads it has gone', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'watch', '--json', '--every', '0.2', '-c', `qemu+unix:///system?socket=${fake.socket}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await expect.poll(() => fake.qemu.listeners.size).toBeGreaterThan(0);
    fake.qemu.start(fake.qemu.named('web'), false);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdout.destroy();
    fake.qemu.destroy(fake.qemu.named('web'));
    expect(await ended).toBe(0);
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends watching at %s with the status that shells expect', async (signal, status) => {
    const child = spawn(process.execPath, [PROGRAM, 'watch', '-c', `qemu+unix:///system?socket=${fake.socket}`], { stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await expect.poll(() => fake.qemu.listeners.size).toBeGreaterThan(0);
    child.kill(signal);
    expect(await ended).toBe(status);
  });
});
