import { describe, expect, it } from 'vitest';
import { formatPciAddress, pciAddress } from '../pci/address.ts';
import { type Tree, treePort } from '../testing/tree-port.ts';
import { readHostFacts } from './host-facts.ts';

const [PF, VF] = [pciAddress(0, 0x3b, 0, 0), pciAddress(0, 0x3b, 2, 0)];
const at = (address: typeof PF): string => `/sys/bus/pci/devices/${formatPciAddress(address)}`;
const ids = (address: typeof PF): Tree => ({
  [`${at(address)}/vendor`]: '0x8086\n',
  [`${at(address)}/device`]: '0x1572\n',
  [`${at(address)}/class`]: '0x020000\n',
});
const machine = (more: Tree): Tree => ({ ...ids(PF), ...ids(VF), [`${at(VF)}/physfn`]: `→ ../${formatPciAddress(PF)}`, ...more });

describe('the facts of a virtual function', () => {
  it.each<[string, Tree, object]>([
    [
      'whose physical function is up',
      { [`${at(PF)}/net/ens1f0/mtu`]: '1500\n', '/sys/class/net/ens1f0/flags': '0x1003\n' },
      { physicalFunctionReachable: true, physicalInterface: { name: 'ens1f0', up: true } },
    ],
    [
      'whose physical function is down',
      { [`${at(PF)}/net/ens1f0/mtu`]: '1500\n', '/sys/class/net/ens1f0/flags': '0x1002\n' },
      { physicalFunctionReachable: true, physicalInterface: { name: 'ens1f0', up: false } },
    ],
    ['whose interface says nothing', { [`${at(PF)}/net/ens1f0/mtu`]: '1500\n' }, { physicalFunctionReachable: true, physicalInterface: undefined }],
    ['whose physical function has no interface', {}, { physicalFunctionReachable: false, physicalInterface: undefined }],
  ])('%s', async (_, more, facts) => {
    const host = await readHostFacts(treePort(machine(more)), [VF]);
    expect(host.pciFunction(VF)).toMatchObject({ physicalFunction: PF, ...facts });
  });

  it('are not those of another function', async () => {
    const host = await readHostFacts(treePort(machine({ [`${at(PF)}/net/ens1f0/mtu`]: '1500\n', '/sys/class/net/ens1f0/flags': '0x1002\n' })), [PF]);
    expect(host.pciFunction(PF)).not.toHaveProperty('physicalInterface');
    expect(host.pciFunction(VF)).toBeUndefined();
  });
});
