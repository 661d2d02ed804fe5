import { describe, expect, it } from 'vitest';
import type { FleetConfig } from '../../fleet/config.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { keptStore } from './kept-store.ts';

const CONFIG = { store: { kind: 'directory', path: '/srv/fleet' }, host: 'kvm1' } as unknown as FleetConfig;

describe('the store of a fleet', () => {
  it('is not opened any more once it is closed: nobody would close it again', async () => {
    let opened = 0;
    let closed = 0;
    const open = async (): Promise<FleetStore> => {
      opened += 1;
      return { close: async () => void (closed += 1) } as unknown as FleetStore;
    };
    const store = keptStore({ config: async () => CONFIG, open });
    expect(await store.use(async () => 'read')).toBe('read');
    await store.close();
    await expect(store.use(async () => 'read')).rejects.toMatchObject({ code: 'interrupted' });
    expect([opened, closed]).toEqual([1, 1]);
  });
});
