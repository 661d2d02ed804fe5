import { describe, expect, it } from 'vitest';
import { context, fake, link, onPc, options, port, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import { formatPciAddressXml } from '../../pci/address.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { type FakeFunction, fakeKernel } from '../../testing/fake-kernel.ts';
import { prepareFunctions } from '../prepare.ts';
import { createVfs } from '../virtual-functions.ts';
import { listPools } from './pool.ts';
import { attachFromPool } from './pool-attach.ts';
import { createPool } from './pool-create.ts';

const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };
const at = parsePciAddress;

useGuests([NIC]);

const vfElement = (address: string): string =>
  `<interface type='hostdev' managed='yes'><source><address type='pci' ${formatPciAddressXml(at(address))}/></source></interface>`;

describe('pools', () => {
  const VF_1 = '0000:02:10.1';
  const USED = `${VF_1} is in use: eth3 → address 192.0.2.9`;

  /** Two virtual functions behind eno1, of which the host uses the second. */
  const poolInUse = async (): Promise<void> => {
    Object.assign(
      port,
      fakeKernel([NIC], {
        addresses: new Map([['eth3', ['192.0.2.9']]]),
        files: { '/sys/class/net/eth3': `→ ../../devices/pci0000:00/${VF_1}/net/eth3` },
      }),
    );
    await createVfs(context(), at(NIC.address), 2, { dryRun: false, stateDirectory });
  };

  it.each<[string, string[]]>([
    ['of a physical function', [NIC.address]],
    ['of virtual ones', ['0000:02:10.0', VF_1]],
  ])('%s say what this host uses of them, and hand that out only when somebody insists', async (_, addresses) => {
    await poolInUse();
    const libvirt = await link.get();
    const losses: string[] = [];
    const wish = { name: 'vfs', addresses: addresses.map(at) };
    const make = { dryRun: false, autostart: false };
    await expect(createPool(context(), libvirt, wish, make)).rejects.toMatchObject({ code: 'function-in-use', subject: VF_1 });
    expect(fake.qemu.networks.size).toBe(0);
    await createPool(context(), libvirt, wish, { ...make, force: true, onLoss: ({ message }) => losses.push(message) });
    expect(losses).toEqual([`with --force this is lost: ${USED}`]);
    expect((await listPools(context(), libvirt, 'vfs'))[0]?.members).toMatchObject([
      { address: '0000:02:10.0', verdict: 'free' },
      { address: VF_1, verdict: 'in use', evidence: ['eth3 → address 192.0.2.9'] },
    ]);
    running(onPc('win', 3));
    const wanted = { network: 'vfs', mac: '52:54:00:00:00:07', vlan: undefined };
    await expect(attachFromPool(context(), link, { word: 'win', ...wanted }, options())).rejects.toMatchObject({ code: 'function-in-use', subject: VF_1 });
    await attachFromPool(context(), link, { word: 'win', ...wanted }, options({ force: true, onLoss: ({ message }) => losses.push(message) }));
    // A plan is made twice, and tells both times.
    expect([losses.length > 1, new Set(losses).size]).toEqual([true, 1]);
  });

  it('whose functions are free hand them out, beside one that a guest holds', async () => {
    const STATUS = '/run/libvirt/qemu/other.xml';
    const held = `<domstatus state='running'><domain type='kvm'><name>other</name><devices>${vfElement(VF_1)}</devices></domain></domstatus>`;
    Object.assign(port, fakeKernel([NIC], { files: { [STATUS]: held } }));
    await createVfs(context(), at(NIC.address), 2, { dryRun: false, stateDirectory });
    await prepareFunctions(context(), [at(VF_1)], { dryRun: false, stateDirectory });
    await createPool(context(), await link.get(), { name: 'vfs', addresses: [at(NIC.address)] }, { dryRun: false, autostart: false });
    expect((await listPools(context(), await link.get()))[0]?.members).toMatchObject([
      { address: '0000:02:10.0', verdict: 'free', evidence: [] },
      { address: VF_1, verdict: 'held', evidence: ["libvirt's running guest other"] },
    ]);
    running(onPc('win', 3));
    await attachFromPool(context(), link, { word: 'win', network: 'vfs', mac: undefined, vlan: undefined }, options());
  });
});
