/** What keeps functions from being taken away: a slot that is switched off, virtual functions whose number changes, settings that change under a guest. */
import { HostdevError, type Problem } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { Judgment } from '../state/judge.ts';
import { formatEvidence } from '../state/verdict.ts';
import { lossWarning } from './force.ts';

/** Why a slot cannot be switched off; undefined when it can. What the host uses is lost only with `force`. */
export function refusalToSwitchOff(judgment: Judgment, force: boolean): HostdevError | undefined {
  const address = formatPciAddress(judgment.device.address);
  if ((judgment.device.sriov?.virtualFunctions.length ?? 0) > 0) {
    return new HostdevError('sriov-in-use', `${address} has virtual functions, which would go away with it`, {
      subject: address,
      hint: `'hostdev vf remove ${address}' first`,
    });
  }
  const held = refusalToDisturb(judgment, 'detach it from the guest or stop the guest first; --wait waits for that');
  if (held !== undefined) return held;
  const uses = judgment.uses.map(formatEvidence);
  if (uses.length === 0 || force) return undefined;
  return new HostdevError('function-in-use', inUse(judgment), {
    subject: address,
    hint: 'stop using it first; --force takes it away all the same, and what is named here is lost',
    details: { evidence: uses },
  });
}

/** What the host loses with a function of a slot that is switched off or reset with `force`; undefined when it uses nothing of it. */
export function lossBySwitchingOff(judgment: Judgment): Problem | undefined {
  if (judgment.uses.length === 0) return undefined;
  return lossWarning({ code: 'function-in-use', severity: 'error', subject: formatPciAddress(judgment.device.address), message: inUse(judgment) });
}

function inUse({ device, uses }: Judgment): string {
  return `${formatPciAddress(device.address)} is in use: ${uses.map(formatEvidence).join('; ')}`;
}

/** Why the number of virtual functions cannot change: the kernel takes all of them away first. */
export function refusalToRecount(virtualFunctions: readonly Judgment[]): HostdevError | undefined {
  const used = virtualFunctions
    .filter(({ uses }) => uses.length > 0)
    .map(({ device, uses }) => ({ address: formatPciAddress(device.address), uses: uses.map(formatEvidence) }));
  const [first] = used;
  if (first === undefined) return undefined;
  return new HostdevError(
    'sriov-in-use',
    `${used.length === 1 ? 'a virtual function is' : `${used.length} virtual functions are`} in use: ${used.map(({ address, uses }) => `${address} (${uses.join('; ')})`).join(', ')}`,
    { subject: first.address, hint: 'the number can only change through 0: detach them from their guests, or stop using them, first' },
  );
}

/** Why a function that a guest holds is left alone. */
export function refusalToDisturb({ device, verdict, evidence }: Judgment, hint: string): HostdevError | undefined {
  if (verdict !== 'held') return undefined;
  const address = formatPciAddress(device.address);
  const lines = evidence.map(formatEvidence);
  return new HostdevError('function-held', `${address} is held: ${lines.join('; ')}`, { subject: address, hint, details: { evidence: lines } });
}
