import { describe, expect, it } from 'vitest';
import { hostRecord, publishedOf } from '../../test/fleet/fleet-records.ts';
import { fleetInMemory } from '../../test/fleet/fleet-in-memory.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { inventoryKey } from './model/keys.ts';
import { readPublishedNetworks } from './published-networks.ts';

const SERIAL = '8561-02-abcde';
const NIC = {
  ...{ address: { domain: 1, bus: 0, slot: 0, function: 0 }, netdevs: [], zpci: { fid: 0xa0, uid: 1 } },
  ...{ vendor: 0x15b3, device: 0x1016, pciClass: 0x020000 },
} as unknown as NodeDevice;
const onNetwork = (host: string, physicalNetwork: string | null) => hostRecord([publishedOf(0, { key: `cpc/${SERIAL}/000000a0`, physicalNetwork })], { host });

describe('the network of a function that partitions share', () => {
  it.each([
    ['is what all of them say', ['physnet1', 'physnet1'], { network: 'physnet1' }],
    ['is none where none says one', [null, null], {}],
    ['is unclear where they disagree', ['physnet1', 'physnet2'], { unclear: 'on physnet1 as lpar1 says, and on physnet2 as lpar2 says' }],
    ['is unclear where one says none', [null, 'physnet2'], { unclear: 'on no network as lpar1 says, and on physnet2 as lpar2 says' }],
  ])('%s', async (_, [own = null, other = null], said) => {
    const fleet = await fleetInMemory(onNetwork('lpar1', own), onNetwork('lpar2', other), hostRecord([publishedOf(0)], { host: 'kvm1' }));
    const { networkOf, problems } = await readPublishedNetworks(fleet.store, [NIC], { host: 'lpar1', serial: SERIAL });
    expect([networkOf(NIC), problems]).toEqual([said, []]);
  });

  it('is told with what could not be read', async () => {
    const fleet = await fleetInMemory(onNetwork('lpar1', 'physnet1'));
    await fleet.store.commit({ compares: [], operations: [{ kind: 'put', key: inventoryKey('lpar2'), value: new Uint8Array(3) }] });
    const { networkOf, problems } = await readPublishedNetworks(fleet.store, [NIC], { host: 'lpar1', serial: SERIAL });
    expect([networkOf(NIC), problems]).toMatchObject([{ network: 'physnet1' }, [{ code: 'fleet-record-malformed' }]]);
  });
});
