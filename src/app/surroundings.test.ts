import { expect, it } from 'vitest';
import { surroundingsOf } from './surroundings.ts';

const USUAL = {
  stateDirectory: '/var/lib/hostdev',
  schemas: ['/usr/share/libvirt/schemas', '/usr/local/share/libvirt/schemas'],
  schemasAreInstalled: true,
  userCapabilityCache: '/home/ali/.cache/libvirt/qemu/cache/capabilities',
  fleetFile: '/etc/hostdev/fleet.conf',
  libvirtUri: undefined,
};

it.each([
  ['nothing', {}, {}],
  ['where the journal is', { HOSTDEV_STATE_DIR: '/srv/state' }, { stateDirectory: '/srv/state' }],
  ['where the schemas are', { HOSTDEV_LIBVIRT_SCHEMAS: '/srv/schemas' }, { schemas: ['/srv/schemas'], schemasAreInstalled: false }],
  ['which fleet it is of', { HOSTDEV_FLEET: '/srv/fleet.conf' }, { fleetFile: '/srv/fleet.conf' }],
  ['nothing of a fleet', { HOSTDEV_FLEET: '' }, {}],
  ['where caches are', { XDG_CACHE_HOME: '/srv/cache' }, { userCapabilityCache: '/srv/cache/libvirt/qemu/cache/capabilities' }],
])('an environment that says %s decides that alone', (_, env, expected) => {
  expect(surroundingsOf({ HOME: '/home/ali', ...env })).toEqual({ ...USUAL, ...expected });
});
