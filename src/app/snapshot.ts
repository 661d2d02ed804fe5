/** `hostdev snapshot`: this machine as a file. */
import { findInitramfsTools } from '../driver/persist/initramfs.ts';
import { readSlotPower, SLOTS } from '../driver/slot.ts';
import { readVfCount } from '../driver/sriov.ts';
import { formatPciAddress } from '../pci/address.ts';
import { readFingerprint } from '../driver/persist/fingerprint.ts';
import { readGroupMembers, readInventory } from '../host/inventory.ts';
import { redact } from '../host/redact.ts';
import { recordingPort, type Snapshot } from '../host/snapshot.ts';
import type { AppContext } from './context.ts';
import { listFunctions } from './list.ts';
import { listPersistent } from './persistent.ts';
import { checkReadiness } from './readiness.ts';
import { chooseVfioDriver } from './vfio-driver.ts';

/** Looks at everything that reading commands look at, and keeps what was seen. `made` is the time, ISO 8601. */
export async function takeSnapshot(context: AppContext, options: { readonly redact: boolean; readonly made: string }): Promise<Snapshot> {
  const recorder = recordingPort(context.port);
  const recorded = { ...context, port: recorder.port };
  await listFunctions(recorded);
  const devices = await readInventory(recorder.port);
  for (const device of devices) {
    await chooseVfioDriver(recorder.port, device);
    await readFingerprint(recorder.port, device.address);
  }
  for (const group of new Set(devices.flatMap(({ iommuGroup }) => iommuGroup ?? []))) await readGroupMembers(recorder.port, group);
  await checkReadiness(recorded);
  await listPersistent(recorded);
  // What plans of changes look at besides.
  await findInitramfsTools(recorder.port);
  for (const { address } of devices.filter(({ sriov }) => sriov !== undefined)) await readVfCount(recorder.port, formatPciAddress(address));
  for (const slot of (await recorder.port.list(SLOTS)) ?? []) await readSlotPower(recorder.port, slot);
  const snapshot = withoutOtherAliases(recorder.take(options.made));
  return options.redact ? redact(snapshot) : snapshot;
}

/** Of the kernel's module aliases, a megabyte and more, only those of VFIO drivers matter. */
function withoutOtherAliases(snapshot: Snapshot): Snapshot {
  const files = Object.entries(snapshot.files).map(([path, found]) => {
    if (!path.endsWith('/modules.alias') || !('text' in found)) return [path, found] as const;
    const lines = found.text.split('\n').filter((line) => line.startsWith('alias vfio_pci:') || line.startsWith('alias pci:'));
    return [path, { text: `${lines.join('\n')}\n` }] as const;
  });
  return { ...snapshot, files: Object.fromEntries(files) };
}
