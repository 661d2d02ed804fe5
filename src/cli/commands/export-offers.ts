/** `hostdev export nova` and `hostdev export proxmox`: what this host can offer to those, as their own files say it. */
import { exportNova } from '../../app/export-nova.ts';
import { exportProxmox } from '../../app/export-proxmox.ts';
import { HostdevError } from '../../errors.ts';
import { novaItems, proxmoxItems } from '../../json/items/offers.ts';
import { formatNovaConf } from '../../offers/nova-conf.ts';
import type { PhysicalNetworks } from '../../offers/nova.ts';
import type { LeftOut } from '../../offers/offer.ts';
import { formatPciCfg } from '../../offers/pci-cfg.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { functionNames } from '../function-names.ts';
import { type Io, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';

export async function nova(io: Io, words: readonly string[], flags: Options<'export nova'>): Promise<number> {
  const networks = physicalNetworks(flags.physicalNetwork);
  const names = await functionNames(io.machine, flags, words);
  const { exported, nameOf } = await exportNova(await machineContext(io.machine, flags), names, networks);
  if (flags.json === true) answerItems(io, 'export nova', novaItems(exported));
  else io.document(formatNovaConf(exported, nameOf));
  return names.length === 0 ? 0 : refuse(io, exported.leftOut);
}

export async function proxmox(io: Io, words: readonly string[], flags: Options<'export proxmox'>): Promise<number> {
  const names = await functionNames(io.machine, flags, words);
  const { exported, nameOf } = await exportProxmox(await machineContext(io.machine, flags), names, flags.node);
  if (flags.json === true) answerItems(io, 'export proxmox', proxmoxItems(exported));
  else io.document(formatPciCfg(exported, nameOf));
  return names.length === 0 ? 0 : refuse(io, exported.leftOut);
}

/** Whoever names functions wants those. */
function refuse(io: Io, leftOut: readonly LeftOut[]): number {
  for (const { address, code, why, hint } of leftOut) {
    printProblem(io, { code, severity: 'error', subject: address, message: `${address} ${why}`, ...(hint === undefined ? {} : { hint }) });
  }
  return leftOut.length === 0 ? 0 : 1;
}

/**
 * `physnet1:eth2,physnet2:eth3`, as Neutron's physical_device_mappings has it.
 *
 * @throws {HostdevError} `usage`.
 */
function physicalNetworks(text: string | undefined): PhysicalNetworks {
  const networks = new Map<string, string>();
  for (const part of text?.split(',').map((each) => each.trim()) ?? []) {
    const [network = '', netdev = '', ...more] = part.split(':');
    if (network === '' || netdev === '' || more.length > 0) throw misread(`'${part.slice(0, 80)}' is none`);
    if (networks.has(netdev)) throw misread(`${netdev.slice(0, 80)} is on two`);
    networks.set(netdev, network);
  }
  return networks;
}

function misread(why: string): HostdevError {
  return new HostdevError('usage', `--physical-network: ${why}`, {
    hint: "a network of Neutron's and the interface that is on it: physnet1:eth2; several with commas between",
  });
}
