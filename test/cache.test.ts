import { existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cached } from '../lab/cache.ts';
import { removeLeftBehind } from '../lab/unused.ts';

const DAY_S = 24 * 60 * 60;
/** No process has it: above what the kernel gives. */
const GONE = 2 ** 22 + 1;

const ago = (days: number): number => Date.now() / 1000 - days * DAY_S;

describe('the cache of the laboratory', () => {
  let directory: string;
  beforeEach(() => {
    const base = mkdtempSync(join(tmpdir(), 'cache-'));
    vi.stubEnv('XDG_CACHE_HOME', base);
    directory = join(base, 'hostdev');
    mkdirSync(directory);
  });
  afterEach(() => vi.unstubAllEnvs());

  /** A place that was used last so many days ago. */
  function place(name: string, days: number): void {
    mkdirSync(join(directory, name));
    const complete = join(directory, name, '.complete');
    writeFileSync(complete, '');
    for (const path of [complete, join(directory, name)]) utimesSync(path, ago(days), ago(days));
  }
  const isThere = (name: string): boolean => existsSync(join(directory, name));
  const use = (name: string): Promise<string> => cached(name, async () => undefined);

  it.each([
    ['an image of another hash of the same kind', 'host-pc-0fa78bf54ed7'],
    ['what was being built of one', 'host-pc-0fa78bf54ed7.building'],
    ['what was being removed of one', 'host-pc-0fa78bf54ed7.unused.77'],
    ['a tree of other packages', 'cockpit-amd64-0ddc14b6', 'cockpit-amd64-6009bc1f'],
    ['a browser of other packages', 'browser-amd64-530e3f25', 'browser-amd64-79ac6fed'],
    ['a clean Debian of other packages', 'clean-13-b54335cf', 'clean-13-6a5771c4'],
  ])('loses %s that has not been used for more than 30 days', async (_, old, now = 'host-pc-4ce2c9d8c7c9') => {
    place(old, 31);
    await use(now);
    expect([isThere(old), isThere(now)]).toEqual([false, true]);
  });

  it.each([
    ['an image that was used 29 days ago', 'host-pc-0fa78bf54ed7', 29],
    ['an image of another kind', 'host-s390x-0fa78bf54ed7', 400],
    ['an emulator of another machine', 'emulator-x86-arm64-6785ec79', 400],
    ['what is named by its version', 'node-20.19.0-linux-x64', 400],
    ['the packages', 'packages', 400],
  ])('keeps %s', async (_, name, days) => {
    place(name, days);
    await use('host-pc-4ce2c9d8c7c9');
    await use('emulator-x86-amd64-6785ec79');
    expect(isThere(name)).toBe(true);
  });

  it.each([
    ['keeps what somebody builds', process.pid, true],
    ['loses what somebody built who was killed', GONE, false],
  ])('%s', async (_, pid, stays) => {
    place('host-pc-0fa78bf54ed7.building', 31);
    writeFileSync(join(directory, 'host-pc-0fa78bf54ed7.lock'), String(pid));
    await use('host-pc-4ce2c9d8c7c9');
    expect(isThere('host-pc-0fa78bf54ed7.building')).toBe(stays);
  });

  it('counts a use without building as one', async () => {
    place('host-pc-0fa78bf54ed7', 31);
    await cached('host-pc-0fa78bf54ed7', () => Promise.reject(new Error('it is there')));
    await use('host-pc-4ce2c9d8c7c9');
    expect(isThere('host-pc-0fa78bf54ed7')).toBe(true);
  });
});

describe('directories for the time of a run', () => {
  it.each<[string, string | undefined, number, boolean]>([
    ['goes when its process is gone', String(GONE), 0, false],
    ['stays while its process is there', String(process.pid), 400, true],
    ['stays when it has just been made and does not say whose it is', undefined, 0, true],
    ['goes when it has long not said whose it is', undefined, 2, false],
  ])('one of them %s', async (_, pid, days, stays) => {
    const directory = mkdtempSync(join(tmpdir(), 'runs-'));
    const place = join(directory, 'hostdev-lab-Xa1');
    mkdirSync(join(place, 'share'), { recursive: true });
    if (pid !== undefined) writeFileSync(join(place, 'pid'), pid);
    utimesSync(place, ago(days), ago(days));
    await removeLeftBehind(directory, 'hostdev-lab-');
    expect(existsSync(place)).toBe(stays);
  });

  it('of other programs stay', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'runs-'));
    mkdirSync(join(directory, 'hostdev-demo-Xa1'));
    utimesSync(join(directory, 'hostdev-demo-Xa1'), ago(400), ago(400));
    await removeLeftBehind(directory, 'hostdev-lab-');
    expect(existsSync(join(directory, 'hostdev-demo-Xa1'))).toBe(true);
  });
});
