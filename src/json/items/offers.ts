/** What a host can offer to Nova and to Proxmox. */
import type { NovaExport } from '../../offers/nova.ts';
import type { LeftOut } from '../../offers/offer.ts';
import { formatMap } from '../../offers/pci-cfg.ts';
import type { ProxmoxExport } from '../../offers/proxmox.ts';
import type { Of } from '../contract/shape.ts';
import type { NOVA, PROXMOX } from '../contract/offers.ts';

export function novaItems({ devices, aliases, leftOut }: NovaExport): Of<typeof NOVA>[] {
  return [
    ...devices.map(({ spec }) => ({ kind: 'device_spec' as const, hostAddress: spec.address, value: { ...spec } })),
    ...aliases.map((alias) => ({ kind: 'alias' as const, value: { ...alias } })),
    ...leftOut.map(leftOutItem),
  ];
}

export function proxmoxItems({ mappings, leftOut }: ProxmoxExport): Of<typeof PROXMOX>[] {
  const mapped = mappings.map(({ id, mdev, liveMigrationCapable, map }) => ({
    kind: 'mapping' as const,
    id,
    mdev,
    liveMigrationCapable,
    map: map.map(formatMap),
  }));
  return [...mapped, ...leftOut.map(leftOutItem)];
}

function leftOutItem({ address, why, hint }: LeftOut) {
  return { kind: 'left out' as const, hostAddress: address, why, hint: hint ?? null };
}
