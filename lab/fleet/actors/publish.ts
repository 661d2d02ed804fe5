/** What hosts publish of the world, as their agents would: claims are chosen by it. */
import { encodeHostRecord } from '../../../src/fleet/host-record-bytes.ts';
import { inventoryKey } from '../../../src/fleet/model/keys.ts';
import type { HostRecord, PublishedFunction } from '../../../src/fleet/model/records.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { type FleetFunction, FUNCTIONS, HOSTS, physicalOf } from '../world.ts';

export async function publishWorld(store: FleetStore): Promise<void> {
  for (const host of HOSTS) {
    const record: HostRecord = {
      ...{ version: 1, host, uuid: host, bootId: 'boot', sequence: 1, hostdev: '0', at: 'now', architecture: 'x86_64', libvirt: null, qemu: null },
      ...{ memoryKib: null, problems: [], functions: FUNCTIONS.filter(({ hosts }) => hosts.includes(host)).map(publishedOf) },
    };
    const { outcome } = await store.commit({ compares: [], operations: [{ kind: 'put', key: inventoryKey(host), value: await encodeHostRecord(record) }] });
    if (outcome !== 'done') throw new Error(`${host} was not published: ${outcome}`);
  }
}

/** Functions of IBM Z all like one fid, and the lowest uid: claims of them are at odds. */
const LIKED = '0x00000010';

function publishedOf({ key, group }: FleetFunction, at: number): PublishedFunction {
  return {
    ...{
      key,
      address: `0000:${at.toString(16).padStart(2, '0')}:00.0`,
      class: '0x020000',
      vendor: '0x8086',
      device: '0x1572',
      fingerprint: key,
      verdict: 'free',
    },
    ...{ evidence: [], driver: null, iommuGroup: at, numaNode: null, companions: group.filter((each) => each !== key) },
    ...{ physicalFunction: physicalOf(key) ?? null, uid: null, fid: key.startsWith('cpc/') ? LIKED : null, physicalNetwork: null, heldBy: [] },
  };
}
