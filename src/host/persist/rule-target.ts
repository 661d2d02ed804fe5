/** Reading what is at the address of a rule. */
import { formatPciAddress } from '../../pci/address.ts';
import type { JudgedFunction } from '../../state/persist/judged.ts';
import type { RuleTarget } from '../../state/persist/rule-drift.ts';
import type { RuleOnDisk } from '../../state/persist/rule-facts.ts';
import { readFingerprint } from '../fingerprint.ts';
import type { HostPort } from '../port.ts';
import { readVfCount } from '../vf-count.ts';
import { readVfSettings } from '../vf-settings.ts';

/** undefined where there is no function. */
export async function readRuleTarget(port: HostPort, { parsed }: RuleOnDisk, judged: JudgedFunction | undefined): Promise<RuleTarget | undefined> {
  const fingerprint = judged === undefined ? undefined : await readFingerprint(port, judged.device.address);
  if (judged === undefined || fingerprint === undefined) return undefined;
  const target = { ...judged, fingerprint, vfAutoprobe: undefined, vfSettings: undefined };
  if (parsed.kind !== 'rule' || parsed.rule.vfs === null) return target;
  const { device } = judged;
  const autoprobe = (await readVfCount(port, formatPciAddress(device.address)))?.autoprobe ?? undefined;
  const [netdev] = device.netdevs;
  // A copy of another machine cannot be asked, nor one without iproute2; the drift says so.
  const settings = netdev === undefined ? undefined : await readVfSettings(port, netdev).catch(() => undefined);
  return { ...target, vfAutoprobe: autoprobe === undefined ? undefined : autoprobe === '1', vfSettings: settings };
}
