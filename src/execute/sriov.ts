/** Changing how many virtual functions a physical function has. */
import { readNodeDevice } from '../host/inventory.ts';
import { readVfCount } from '../host/vf-count.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { vfCountSteps } from '../plan/vf.ts';
import type { ChangeKind } from './change.ts';

/** State: `count` is sriov_numvfs, `autoprobe` is sriov_drivers_autoprobe. */
export const VF_COUNT: ChangeKind = {
  read: (port, { subject }) => readVfCount(port, subject),
  steps: async (_, { subject }, from, to) => vfCountSteps(subject, from, to),
  // With the functions there, all that is left is whether drivers may take them.
  finish: (now, { wanted }) => now['count'] === wanted['count'],
  touches: async (port, { subject }) => (await readNodeDevice(port, parsePciAddress(subject)))?.sriov?.virtualFunctions ?? [],
};
