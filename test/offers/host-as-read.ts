/** What other programs see of a host's functions: read from sysfs by itself, without anything of ours that judges. */
import type { HostPort } from '../../src/host/port.ts';

export interface SeenFunction {
  readonly address: string;
  readonly vendor: string;
  readonly device: string;
  readonly subsystem: string | undefined;
  readonly group: number | undefined;
  readonly driver: string | undefined;
  readonly isBridge: boolean;
  readonly parent: string | undefined;
  readonly totalVfs: number;
  readonly hasMdevTypes: boolean;
}

const ROOT = '/sys/bus/pci/devices';

export async function seenFunctions(port: HostPort): Promise<SeenFunction[]> {
  const names = (await port.list(ROOT)) ?? [];
  return Promise.all(names.map((name) => seen(port, name)));
}

async function seen(port: HostPort, address: string): Promise<SeenFunction> {
  const text = async (name: string): Promise<string | undefined> => {
    const bytes = await port.read(`${ROOT}/${address}/${name}`);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes).trim().replace(/^0x/, '');
  };
  const end = async (name: string): Promise<string | undefined> => (await port.readlink(`${ROOT}/${address}/${name}`))?.split('/').at(-1);
  const [vendor = '', device = '', sv, sd] = await Promise.all(['vendor', 'device', 'subsystem_vendor', 'subsystem_device'].map(text));
  const group = await end('iommu_group');
  return {
    ...{ address, vendor, device },
    subsystem: sv === undefined || sd === undefined ? undefined : `${sv}:${sd}`,
    group: group === undefined ? undefined : Number(group),
    driver: await end('driver'),
    isBridge: (await text('class'))?.startsWith('06') === true,
    parent: await end('physfn'),
    totalVfs: Number((await text('sriov_totalvfs')) ?? 0),
    hasMdevTypes: (await port.list(`${ROOT}/${address}/mdev_supported_types`)) !== undefined,
  };
}
