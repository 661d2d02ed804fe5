/** The store of a round, wherever it is. */
import { openFileStore } from '../../../src/fleet/file-store/file-store.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import type { Place } from './message.ts';

export async function openPlace(place: Place): Promise<FleetStore> {
  if (place.kind === 'directory') return openFileStore(place.path);
  const { openEtcdStore } = await import('../../../src/fleet/etcd/etcd-store.ts');
  return openEtcdStore(place);
}
