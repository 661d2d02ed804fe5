/** Functions, slots and guests as the server lists them, with what a test cares about. */
import type { WholeState } from '../../../src/server/api/state.ts';

type Listed = WholeState['functions'][number];

export function functionAt(hostAddress: string, more: Partial<Listed> = {}): Listed {
  return {
    ...{ hostAddress, class: '0x0200', className: 'Ethernet controller', vendor: '0x8086', vendorName: 'Intel', device: '0x1563', deviceName: 'X550' },
    ...{ driver: 'ixgbe', iommuGroup: 1, pcie: true, physicalFunction: null, fid: null, uid: null, pchid: null, port: null, verdict: 'free' },
    ...{ evidence: [], companions: [], classWord: 'nic', kernelNames: [], why: [], behind: null, answers: true },
    ...more,
  };
}

export function slotOf(fid: string, more: Partial<WholeState['slots'][number]> = {}): WholeState['slots'][number] {
  return {
    ...{ fid, state: 'standby', hostAddress: null, uid: null, driver: null, pchid: null, port: null, pft: null, functionType: null, classWord: null },
    ...{ vendor: null, vendorName: null, device: null, deviceName: null, answers: null },
    ...more,
  };
}

export function guestWith(guest: string, hostAddresses: readonly string[]): WholeState['guests'][number] {
  const functions = hostAddresses.map((hostAddress) => ({
    ...{ hostAddress, guestAddress: '0000:00:01.0', uid: '0x0021', fid: '0x00000000', managed: true, live: true, config: true, alias: null, mac: null },
  }));
  return { guest, uuid: guest, id: 1, state: 'running', persistent: true, autostart: false, functions, problems: [] };
}

/** Members of one IOMMU group. */
export function together(iommuGroup: number, addresses: readonly string[]): Listed[] {
  return addresses.map((address) =>
    functionAt(address, {
      iommuGroup,
      companions: addresses.filter((each) => each !== address).map((hostAddress) => ({ hostAddress, className: 'x', driver: null, mustGo: true, uses: [] })),
    }),
  );
}
