/** What a physical function's network driver is told about one of its virtual functions: MAC, VLAN, trust, spoof check, rate. */
import { HostdevError } from '../errors.ts';
import { readNodeDevice } from '../host/inventory.ts';
import type { HostPort } from '../host/port.ts';
import { samePciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { ChangeKind } from './change.ts';
import type { State } from './journal/record.ts';
import type { Step } from '../plan/step.ts';

/** Names of the settings, with the words that ip(8) has for them. */
export const VF_SETTINGS = { mac: 'mac', vlan: 'vlan', trust: 'trust', spoofchk: 'spoofchk', rate: 'max_tx_rate' } as const;

export type VfSetting = keyof typeof VF_SETTINGS;

/** State: one fact a setting, `on`/`off` or the value; null where the driver does not tell it. The subject is the VF. */
export const VF_SETTING: ChangeKind = {
  read: async (port, { subject, before }) => {
    const place = await readVfPlace(port, subject);
    const all = place === undefined ? undefined : await readVfSettings(port, place);
    return all === undefined ? undefined : Object.fromEntries(Object.keys(before).map((name) => [name, all[name] ?? null]));
  },
  // Its settings go back to what they were; nothing is taken from anybody.
  touches: async () => [],
  steps: async (port, { subject }, from, to) => {
    const place = await readVfPlace(port, subject);
    return place === undefined ? [] : vfSettingSteps(place, from, to);
  },
};

/** Where the driver of the physical function knows a virtual function. */
export interface VfPlace {
  /** Network interface of the physical function. */
  readonly netdev: string;
  readonly index: number;
}

/** undefined when the function is no VF, or its PF has no network interface. */
export async function readVfPlace(port: HostPort, vf: string): Promise<VfPlace | undefined> {
  const address = parsePciAddress(vf);
  const physical = (await readNodeDevice(port, address))?.physicalFunction;
  const pf = physical === undefined ? undefined : await readNodeDevice(port, physical);
  const index = pf?.sriov?.virtualFunctions.findIndex((each) => samePciAddress(each, address)) ?? -1;
  const netdev = pf?.netdevs[0];
  return netdev === undefined || index === -1 ? undefined : { netdev, index };
}

/** What ip(8) says in JSON about one VF; older versions call the MAC differently. */
interface VfInfo {
  readonly vf?: number;
  readonly address?: string;
  readonly mac?: string;
  readonly vlan_list?: readonly { readonly vlan?: number }[];
  readonly trust?: boolean | string;
  readonly spoofchk?: boolean | string;
  readonly rate?: { readonly max_tx?: number };
}

export async function readVfSettings(port: HostPort, { netdev, index }: VfPlace): Promise<State | undefined> {
  const links = JSON.parse(await askIp(port, netdev)) as readonly { vfinfo_list?: readonly VfInfo[] }[];
  const info = links[0]?.vfinfo_list?.find(({ vf }) => vf === index);
  if (info === undefined) return undefined;
  return {
    mac: info.address ?? info.mac ?? null,
    vlan: String(info.vlan_list?.[0]?.vlan ?? 0),
    trust: onOff(info.trust),
    spoofchk: onOff(info.spoofchk),
    rate: info.rate === undefined ? null : String(info.rate.max_tx ?? 0),
  };
}

async function askIp(port: HostPort, netdev: string): Promise<string> {
  try {
    return await port.run('ip', ['-j', '-d', 'link', 'show', 'dev', netdev]);
  } catch (cause) {
    if (cause instanceof HostdevError) throw cause;
    throw new HostdevError('change-failed', `ip cannot tell about ${netdev}: ${(cause as Error).message.split('\n')[0]}`, {
      subject: netdev,
      hint: 'check that iproute2 is installed (ip -j -d link)',
      cause,
    });
  }
}

function onOff(value: boolean | string | undefined): string | null {
  if (value === undefined) return null;
  return value === true || value === 'on' ? 'on' : 'off';
}

/** One call a setting: a call with several stops at the first that the driver refuses, and does not tell which. */
export function vfSettingSteps({ netdev, index }: VfPlace, from: State, to: State): Step[] {
  return (Object.keys(VF_SETTINGS) as VfSetting[]).flatMap((name): Step[] => {
    const value = to[name] ?? null;
    if (value === null || value === from[name]) return [];
    return [
      {
        kind: 'run',
        program: 'ip',
        args: ['link', 'set', 'dev', netdev, 'vf', String(index), VF_SETTINGS[name], value],
        why: `${name} of VF ${index} is ${value}`,
      },
    ];
  });
}
