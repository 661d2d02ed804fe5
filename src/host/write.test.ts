import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { mayBlock, writeInChild, writeTimeoutMs } from './write.ts';

const LONG_MS = 60_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-write-'));
});

describe('a write in a child', () => {
  it('arrives whole, and cuts nothing off', async () => {
    const file = join(directory, 'unbind');
    writeFileSync(file, '................');
    await writeInChild(file, '0000:01:00.0', LONG_MS);
    expect(readFileSync(file, 'utf8')).toBe('0000:01:00.0....');
  });

  it('is one write', async () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // The reader keeps the pipe open for writing too: opening it for a moment must not look like its end.
    const reader = spawn('sh', ['-c', 'exec 3<>"$1"; exec dd bs=4096 count=1 status=none <&3', 'sh', fifo], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    reader.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const ended = new Promise((resolve) => reader.once('close', resolve));
    await writeInChild(fifo, '\n', LONG_MS);
    await ended;
    expect(text).toBe('\n');
  });

  it('that the kernel refuses has the error code of the kernel', async () => {
    // Every write to it ends like this, on any Linux.
    await expect(writeInChild('/dev/full', 'x', LONG_MS)).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  it('to a file that is not there creates none', async () => {
    await expect(writeInChild(join(directory, 'bind'), 'x', LONG_MS)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('that does not come back is left behind after the time limit', async () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // A full pipe that nobody empties: the writer waits in the kernel.
    const keeper = spawn('sh', ['-c', 'exec 3<>"$1"; dd if=/dev/zero of="$1" bs=65536 count=1 status=none; echo full; sleep 60', 'sh', fifo], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => keeper.stdout.once('data', resolve));
    try {
      await expect(writeInChild(fifo, 'x', 300)).rejects.toMatchObject({ code: 'ESTUCK' });
    } finally {
      keeper.kill();
    }
  });
});

describe('the time limit', () => {
  it.each([
    [undefined, 60_000],
    ['250', 250],
    ['', 60_000],
    ['0', 60_000],
    ['-1', 60_000],
    ['soon', 60_000],
  ])('is, when the environment says %j, %d ms', (given, expected) => {
    expect(writeTimeoutMs({ HOSTDEV_WRITE_TIMEOUT_MS: given })).toBe(expected);
  });
});

describe('attributes that may keep the writer', () => {
  it.each([
    ['/sys/bus/pci/devices/0000:01:00.0/driver/unbind', true],
    ['/sys/bus/pci/drivers_probe', true],
    ['/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs', true],
    ['/sys/bus/pci/slots/00000017/power', true],
    ['/sys/bus/pci/devices/0000:01:00.0/driver_override', false],
  ])('%s: %s', (path, expected) => {
    expect(mayBlock(path)).toBe(expected);
  });
});
