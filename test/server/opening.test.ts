/** A host that cannot be looked at yet, and one that is left while many wait for it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { AppContext } from '../../src/app/context.ts';
import { type FleetSource, fleetSource } from '../../src/fleet/fleet-source.ts';
import { HANDLERS, type Parts } from '../../src/server/handlers.ts';
import type { ServedHost } from '../../src/server/host.ts';
import { atOnce } from '../../src/server/http/at-once.ts';
import { liveHost } from '../../src/server/live/live-host.ts';
import { messages } from '../../src/server/live/messages.ts';
import { rereadHost } from '../../src/server/live/reread-host.ts';
import { fakeKernel } from '../../src/testing/fake-kernel.ts';
import { openServer } from './scene.ts';

const kernel = fakeKernel([{ address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 }]);
let looked: number;
const CONTEXT: AppContext = {
  port: {
    ...kernel,
    list: async (path) => {
      if (path === '/sys/bus/pci/devices') looked += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return kernel.list(path);
    },
  },
  isRoot: true,
  readPciIds: async () => undefined,
};
const hostOf = (context: () => Promise<AppContext>): ServedHost => ({
  ...{ context, stateDirectory: mkdtempSync(join(tmpdir(), 'hostdev-opening-')), libvirtUri: 'qemu+unix:///system?socket=/nowhere' },
  fleet: fleetSource('/nowhere/fleet.conf'),
  ...{ name: 'x', version: '0', readOnly: true },
});
const failingOnce = (): ServedHost => {
  let asked = 0;
  return hostOf(async () => {
    asked += 1;
    if (asked === 1) throw new Error('not yet');
    return CONTEXT;
  });
};

beforeEach(() => {
  looked = 0;
});

describe('a host that cannot be opened at first', () => {
  it('is opened again by whoever asks next', async () => {
    const reread = rereadHost(failingOnce(), () => true);
    await expect(reread.readAll()).rejects.toThrow('not yet');
    expect((await reread.readAll()).functions).toHaveLength(1);
    await reread.close();
  });

  it('keeps nothing from going on when libvirt tells of a guest meanwhile', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const reread = rereadHost(failingOnce(), () => true);
    const reading = reread.readAll();
    reread.guestChanged();
    await expect(reading).rejects.toThrow('not yet');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unhandled).toEqual([]);
    await reread.close();
  });
});

describe('a fleet that could not be loaded', () => {
  it('is loaded again by whoever asks next, and keeps no server from ending', async () => {
    const real = fleetSource('/nowhere/fleet.conf');
    let isThere = false;
    const fleet = new Proxy(real, {
      get: (_, name: keyof FleetSource) => {
        if (!isThere) throw new Error('its file is another one');
        return real[name];
      },
    });
    const bugs: unknown[] = [];
    const scene = await openServer({ fleet, onBug: (bug) => void bugs.push(bug) });
    expect((await scene.ask('GET', '/fleet/hosts')).status).toBe(500);
    isThere = true;
    expect((await scene.ask('GET', '/fleet/hosts')).json()).toMatchObject({ code: 'fleet-absent' });
    expect(bugs).toHaveLength(1);
    await scene.end();
    isThere = false;
    const other = await openServer({ fleet, onBug: () => undefined });
    expect((await other.ask('GET', '/fleet/hosts')).status).toBe(500);
    await other.end();
  });
});

describe('a host that many wait for', () => {
  it('is not read for them any more when the server ends', async () => {
    const live = liveHost(
      hostOf(async () => CONTEXT),
      messages(),
      { onBug: () => undefined },
    );
    await live.current();
    const before = looked;
    const waiting = Array.from({ length: 8 }, () => live.current().catch(({ code }: { code: string }) => code));
    await expect.poll(() => looked).toBeGreaterThan(before);
    await live.close();
    const afterwards = looked;
    expect((await Promise.all(waiting)).filter((each) => each === 'interrupted').length).toBeGreaterThan(4);
    expect(looked).toBe(afterwards);
    expect(afterwards - before).toBeLessThan(6);
  });

  it('is not read for whoever has gone while he waited', async () => {
    let opened = 0;
    const host = hostOf(async () => {
      opened += 1;
      return CONTEXT;
    });
    const parts = { host, reads: atOnce(1, 1) } as unknown as Parts;
    const asked = { response: { destroyed: true }, parts: {} } as unknown as Parameters<(typeof HANDLERS)['snapshot']>[1];
    expect(await HANDLERS.snapshot(parts, asked)).toBeUndefined();
    expect(opened).toBe(0);
  });
});
