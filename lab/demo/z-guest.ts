/** What the guest of the IBM Z host is given, and what its own kernel has to say of it. */
import { formatFid, formatUid } from '../../src/pci/zpci.ts';
import type { LabHost } from '../machine/running.ts';
import { GUEST_BOOT_MS, waitForGuestFunctions } from '../s390x/guest.ts';
import type { Stages } from '../stages.ts';
import { show } from './story.ts';

export const UID = 0x21;
export const FID = 0x55;

/** What lspci calls the function that is given. */
export const FUNCTION = 'Non-Volatile';

/** Waits for the list that the guest's kernel prints; an error when the function is not where it was asked for. */
export async function seen(host: LabHost, stages: Stages, guest: string, stage: string): Promise<void> {
  const functions = await stages.run(stage, () => waitForGuestFunctions(host, `${guest}.console`, GUEST_BOOT_MS));
  for (const f of functions) show(`guest: ${f.address} uid=${formatUid(f.uid)} fid=${formatFid(f.fid)} slot=${f.slot} class=${f.class}`);
  const wanted = { address: `${UID.toString(16).padStart(4, '0')}:00:00.0`, slot: FID.toString(16).padStart(8, '0') };
  if (functions.some(({ address, slot }) => address === wanted.address && slot === wanted.slot)) return;
  throw new Error(`the guest does not see ${wanted.address} in slot ${wanted.slot}`);
}
