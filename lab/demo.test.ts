import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { labReason } from './reason.ts';

function runDemo(words: readonly string[], input = ''): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['build/lab/demo.mjs', ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('close', (status) => resolve({ status, output }));
    child.stdin.end(input);
  });
}

describeUnless(await labReason('z-host'), 'the demonstration', () => {
  it('gives a function to a guest through libvirt, sees it there, and gets it back', async () => {
    const { status, output } = await runDemo([]);
    expect(output).toMatch(/guest: 0021:00:00\.0 uid=0x0021 fid=0x00000055 slot=00000055/);
    expect(output).toMatch(/✓ +[\d.]+ s {2}0007:00:00\.0 is back with nvme/);
    expect(status, output).toBe(0);
  });

  it('does the same without libvirt, and leaves a shell when asked', async () => {
    const { status, output } = await runDemo(['--direct', '--keep'], 'echo in $(uname -m)\n');
    expect(output).toMatch(/-device zpci,uid=33,fid=85,target=h0/);
    expect(output).toMatch(/guest: 0021:00:00\.0 uid=0x0021 fid=0x00000055 slot=00000055/);
    expect(output).toMatch(/in s390x/);
    expect(status, output).toBe(0);
  });

  it('refuses words it does not know', async () => {
    const { status, output } = await runDemo(['--frobnicate']);
    expect(status).toBe(2);
    expect(output).toMatch(/frobnicate/);
  });
});
