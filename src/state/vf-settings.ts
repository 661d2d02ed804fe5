/** What a physical function's network driver enforces for one of its virtual functions: MAC, VLAN, trust, spoof check, rate. */

/** Names of the settings, with the words that ip(8) has for them. */
export const VF_SETTINGS = { mac: 'mac', vlan: 'vlan', trust: 'trust', spoofchk: 'spoofchk', rate: 'max_tx_rate' } as const;

/** The most that a setting takes: VLAN tags have 12 bits, of which 4095 is reserved (IEEE 802.1Q); Mbit/s. 0 switches each off. */
export const VF_MOST = { vlan: 4094, rate: 1_000_000 } as const;

export type VfSetting = keyof typeof VF_SETTINGS;

/** One fact a setting, `on`/`off` or the value; null where the driver does not tell it. */
export type VfSettings = Readonly<Record<VfSetting, string | null>>;

/** Where the driver of the physical function knows a virtual function. */
export interface VfPlace {
  /** Network interface of the physical function. */
  readonly netdev: string;
  readonly index: number;
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

/** Settings of every virtual function by its index, from what `ip -j -d link show` prints of the physical one's interface. */
export function parseVfSettings(json: string): ReadonlyMap<number, VfSettings> {
  const links = JSON.parse(json) as readonly { vfinfo_list?: readonly VfInfo[] }[];
  return new Map((links[0]?.vfinfo_list ?? []).flatMap((info): [number, VfSettings][] => (info.vf === undefined ? [] : [[info.vf, settingsOf(info)]])));
}

function settingsOf(info: VfInfo): VfSettings {
  return {
    mac: info.address ?? info.mac ?? null,
    vlan: String(info.vlan_list?.[0]?.vlan ?? 0),
    trust: onOff(info.trust),
    spoofchk: onOff(info.spoofchk),
    rate: info.rate === undefined ? null : String(info.rate.max_tx ?? 0),
  };
}

function onOff(value: boolean | string | undefined): string | null {
  if (value === undefined) return null;
  return value === true || value === 'on' ? 'on' : 'off';
}
