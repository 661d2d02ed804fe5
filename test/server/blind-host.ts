import { fleetSource } from '../../src/fleet/fleet-source.ts';
import type { ServedHost } from '../../src/server/host.ts';

/** A host that nobody looks at: for what a server decides before that. */
export const BLIND_HOST: ServedHost = {
  context: () => Promise.reject(new Error('nobody looks')),
  stateDirectory: '/nowhere',
  fleet: fleetSource('/nowhere/fleet.conf'),
  ...{ name: 'x', version: '0', readOnly: true },
};
