import { beforeEach, describe, expect, it } from 'vitest';
import { judge } from '../state/judge.ts';
import { type FakeFunction, fakeKernel, type FakeKernel } from '../testing/fake-kernel.ts';
import { readHostState } from './host-state.ts';
import { type KeptReads, keptReads } from './kept-reads.ts';
import type { HostPort } from './port.ts';

const FUNCTIONS = Array.from(
  { length: 1000 },
  (_, at): FakeFunction => ({
    address: `${(at >> 5).toString(16).padStart(4, '0')}:${(at & 0x1f).toString(16).padStart(2, '0')}:00.0`,
    driver: 'nvme',
    iommuGroup: at,
  }),
);
const ONE = '0003:04:00.0';
const AT = `/sys/bus/pci/devices/${ONE}`;

let kernel: FakeKernel;
let paths: string[];
let kept: KeptReads;

/** The functions that the machine itself was asked about. */
const asked = (): string[] => [...new Set(paths.flatMap((path) => /^\/sys\/bus\/pci\/devices\/([^/]+)/.exec(path)?.[1] ?? []))];
const driverOf = async (name: string): Promise<string | undefined> =>
  (await readHostState(kept.port)).functions.find(
    ({ address: { domain, bus } }) => domain === Number(`0x${name.slice(0, 4)}`) && bus === Number(`0x${name.slice(5, 7)}`),
  )?.driver;

/** The machine, and which paths it is asked about. */
function noting(port: HostPort): HostPort {
  const note = (path: string): void => void paths.push(path);
  return {
    ...port,
    read: (path, limit) => (note(path), port.read(path, limit)),
    list: (path) => (note(path), port.list(path)),
    readlink: (path) => (note(path), port.readlink(path)),
    attributes: (directory, names) => (note(directory), port.attributes(directory, names)),
  };
}

beforeEach(async () => {
  kernel = fakeKernel(FUNCTIONS, { files: { '/proc/1/comm': 'init', '/proc/1/fd/0': '→ /dev/null', '/proc/self/mountinfo': '' } });
  paths = [];
  kept = keptReads(noting(kernel));
  await readHostState(kept.port);
  expect(asked()).toHaveLength(1000);
  paths = [];
});

describe('a machine that is looked at over and over', () => {
  it('is not asked again about functions of which nothing is known to have happened', async () => {
    await kernel.write(`${AT}/driver/unbind`, ONE);
    expect(await driverOf(ONE)).toBe('nvme');
    expect(asked()).toEqual([]);
  });

  it('is asked about the one function that has changed, and not about 999 others', async () => {
    await kernel.write(`${AT}/driver/unbind`, ONE);
    kept.forgetFunctions([ONE]);
    expect(await driverOf(ONE)).toBeUndefined();
    expect(asked()).toEqual([ONE]);
  });

  it('is asked again what is mounted each time, and what programs have open once that is forgotten', async () => {
    await readHostState(kept.port);
    expect(paths).toContain('/proc/self/mountinfo');
    expect(paths.filter((path) => path.startsWith('/proc/1'))).toEqual([]);
    kept.forgetUsers();
    await readHostState(kept.port);
    expect(paths.filter((path) => path.startsWith('/proc/1/fd'))).not.toEqual([]);
    expect(asked()).toEqual([]);
  });

  it('is asked about everything once everything is forgotten', async () => {
    kept.forgetAll();
    await readHostState(kept.port);
    expect(asked()).toHaveLength(1000);
  });

  it('answers from what was kept while everything is read anew, and from that once it was read', async () => {
    await kernel.write(`${AT}/driver/unbind`, ONE);
    let read: (() => void) | undefined;
    const renewed = kept.renew(async (port) => {
      await readHostState(port);
      await new Promise<void>((resolve) => (read = resolve));
    });
    await expect.poll(() => read).toBeDefined();
    expect(await driverOf(ONE)).toBe('nvme');
    read?.();
    await renewed;
    paths = [];
    expect(await driverOf(ONE)).toBeUndefined();
    expect(asked()).toEqual([]);
  });

  it('is asked once more about a function of which something was told while everything was read anew', async () => {
    await kept.renew(async (port) => {
      await readHostState(port);
      await kernel.write(`${AT}/driver/unbind`, ONE);
      kept.forgetFunctions([ONE]);
    });
    paths = [];
    expect(await driverOf(ONE)).toBeUndefined();
    expect(asked()).toEqual([ONE]);
  });

  it('keeps what it had where reading anew fails', async () => {
    await expect(kept.renew(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await driverOf(ONE)).toBe('nvme');
    expect(asked()).toEqual([]);
  });

  it('is judged from what is kept as from what is read', async () => {
    expect(judge(await readHostState(kept.port))).toEqual(judge(await readHostState(kernel)));
  });

  it('is asked once more about a function that changes while it is read', async () => {
    kept.forgetFunctions([ONE]);
    const reading = kept.port.readlink(`${AT}/driver`);
    kept.forgetFunctions([ONE]);
    await reading;
    await kernel.write(`${AT}/driver/unbind`, ONE);
    expect(await kept.port.readlink(`${AT}/driver`)).toBeUndefined();
  });
});
