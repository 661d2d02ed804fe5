/** Virtual functions and their settings, as a wish. */
import { HostdevError } from '../../errors.ts';
import type { HostPort } from '../../host/port.ts';
import { readVfCount } from '../../host/vf-count.ts';
import { readVfSettings } from '../../host/vf-settings.ts';
import { formatPciAddress } from '../../pci/address.ts';
import type { NodeDevice } from '../../state/node-device.ts';
import type { PersistentRule, PersistentVfs } from '../../state/persist/persistent-rule.ts';
import { VF_SETTINGS, type VfSetting, type VfSettings } from '../../state/vf-settings.ts';
import type { WishFile, WrittenSettings } from '../../wish/schema.ts';

type WrittenVfs = NonNullable<WishFile['virtualFunctions']>[number];

/** Physical functions that have virtual ones. */
export async function exportVfs(port: HostPort, functions: readonly NodeDevice[], rules: readonly PersistentRule[]): Promise<WrittenVfs[]> {
  const physical = functions.filter(({ sriov }) => (sriov?.numVfs ?? 0) > 0);
  return Promise.all(
    physical.map(async (device) => {
      const name = formatPciAddress(device.address);
      const kept = rules.find(({ address }) => address === name)?.vfs ?? undefined;
      return exportOne(port, device, kept);
    }),
  );
}

async function exportOne(port: HostPort, { address, netdevs, sriov }: NodeDevice, kept: PersistentVfs | undefined): Promise<WrittenVfs> {
  const name = formatPciAddress(address);
  const autoprobe = (await readVfCount(port, name))?.autoprobe ?? null;
  const settings = await settingsOf(port, netdevs[0]);
  const hostDrivers = autoprobe === '1';
  const numVfs = sriov?.numVfs ?? 0;
  const isKept = kept !== undefined && kept.count === numVfs && kept.hostDrivers === hostDrivers && [...settings].every((each) => isKeptSetting(kept, each));
  const written = [...settings].flatMap(([index, values]) => writtenSettings(index, values)).filter(({ index }) => index < numVfs);
  return {
    physicalFunction: name,
    numVfs,
    ...(autoprobe === null ? {} : { hostDrivers }),
    ...(isKept ? { persist: true } : {}),
    ...(written.length === 0 ? {} : { settings: written }),
  };
}

/** Not every function has an interface whose driver could be asked, and a copy has none. */
async function settingsOf(port: HostPort, netdev: string | undefined): Promise<ReadonlyMap<number, VfSettings>> {
  if (netdev === undefined) return new Map();
  try {
    return await readVfSettings(port, netdev);
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return new Map();
  }
}

/** What is set that is not what a driver begins with: those settings are somebody's wish. */
function isSet(name: VfSetting, value: string | null): value is string {
  if (value === null) return false;
  return name === 'mac' ? !/^(00:)*00$/.test(value) : name === 'trust' ? value === 'on' : name === 'spoofchk' ? value === 'off' : value !== '0';
}

/** Whether the rule sets what is set, so that keeping it would write nothing else. */
function isKeptSetting({ settings }: PersistentVfs, [index, values]: readonly [number, VfSettings]): boolean {
  return (Object.keys(VF_SETTINGS) as VfSetting[]).every((name) => !isSet(name, values[name]) || settings[index]?.[VF_SETTINGS[name]] === values[name]);
}

function writtenSettings(index: number, values: VfSettings): WrittenSettings[] {
  const { mac, vlan, trust, spoofchk, rate } = values;
  const written = {
    ...(isSet('mac', mac) ? { mac } : {}),
    ...(isSet('vlan', vlan) ? { vlan: Number(vlan) } : {}),
    ...(isSet('trust', trust) ? { trust: true } : {}),
    ...(isSet('spoofchk', spoofchk) ? { spoofchk: false } : {}),
    ...(isSet('rate', rate) ? { rate: Number(rate) } : {}),
  };
  return Object.keys(written).length === 0 ? [] : [{ index, ...written }];
}
