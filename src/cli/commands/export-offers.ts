/** `hostdev export nova` and `hostdev export proxmox`: what this host can offer to those, as their own files say it. */
import { exportNova, type NovaNetworks } from '../../app/export-nova.ts';
import { exportProxmox } from '../../app/export-proxmox.ts';
import { novaItems, proxmoxItems } from '../../json/items/offers.ts';
import { formatNovaConf } from '../../offers/nova-conf.ts';
import type { LeftOut } from '../../offers/offer.ts';
import { formatPciCfg } from '../../offers/pci-cfg.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { functionNames } from '../function-names.ts';
import { type Io, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';
import { physicalNetworks } from '../physical-networks.ts';

export async function nova(io: Io, words: readonly string[], flags: Options<'export nova'>): Promise<number> {
  const said = physicalNetworks(flags.physicalNetwork);
  const names = await functionNames(io.machine, flags, words);
  // The fleet of this machine says nothing of another one.
  const isHere = flags.root === undefined && flags.host === undefined;
  const known: NovaNetworks['known'] = async (port, functions) =>
    isHere ? (await import('../networks-of-fleet.ts')).networksOfFleet(io, port, functions) : undefined;
  const { exported, nameOf } = await exportNova(await machineContext(io.machine, flags), names, { said, known });
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
