import { expect, it } from 'vitest';
import { surroundingsOf } from './surroundings.ts';

const USUAL = {
  stateDirectory: '/var/lib/hostdev',
  schemas: ['/usr/share/libvirt/schemas', '/usr/local/share/libvirt/schemas'],
  capabilityCaches: ['/var/cache/libvirt/qemu/capabilities', '/home/ali/.cache/libvirt/qemu/cache/capabilities'],
  libraries: expect.arrayContaining(['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib']) as string[],
  libvirtUri: undefined,
};

it.each([
  ['nothing', {}, {}],
  ['where the journal is', { HOSTDEV_STATE_DIR: '/srv/state' }, { stateDirectory: '/srv/state' }],
  ['where the schemas are', { HOSTDEV_LIBVIRT_SCHEMAS: '/srv/schemas' }, { schemas: ['/srv/schemas'] }],
  [
    'where caches are',
    { XDG_CACHE_HOME: '/srv/cache' },
    { capabilityCaches: ['/var/cache/libvirt/qemu/capabilities', '/srv/cache/libvirt/qemu/cache/capabilities'] },
  ],
])('an environment that says %s decides that alone', (_, env, expected) => {
  expect(surroundingsOf({ HOME: '/home/ali', ...env })).toEqual({ ...USUAL, ...expected });
});
