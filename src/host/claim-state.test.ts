/** How a disk is asked whether something has it: for no longer than it takes. */
import { pbkdf2 } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openMachine } from './machine-port.ts';

const directory = mkdtempSync(join(tmpdir(), 'hostdev-claim-state-'));
const disk = join(directory, 'disk');
writeFileSync(disk, '');
afterAll(() => rmSync(directory, { recursive: true }));

/** More than Node has threads for such work, three times over. */
const JOBS = 12;

describe('a disk that is asked whether something has it', () => {
  it('is let go of at once, whatever else this process has to do', async () => {
    const asked = openMachine().claimState(disk);
    let done = 0;
    const all = Array.from(
      { length: JOBS },
      () =>
        new Promise<void>((resolve, reject) => {
          pbkdf2('a', 'b', 200_000, 32, 'sha512', (error) => {
            done += 1;
            if (error === null) resolve();
            else reject(error);
          });
        }),
    );
    expect(await asked).toBe('free');
    expect(done).toBeLessThan(JOBS / 2);
    await Promise.all(all);
  });

  it.each([
    ['is free where it is not there', () => join(directory, 'none'), 'free'],
    ['is unreadable where its name is none', () => join(disk, 'below'), 'unreadable'],
  ] as const)('%s', async (_, path, state) => {
    expect(await openMachine().claimState(path())).toBe(state);
  });
});
