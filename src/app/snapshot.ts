/** `hostdev snapshot`: this machine as a file. */
import { formatPciAddress } from '../pci/address.ts';
import { readFingerprint } from '../host/fingerprint.ts';
import { installedLibvirt, readCapabilityCaches } from '../host/installed-libvirt.ts';
import { CAPABILITY_CACHE } from '../state/installed-libvirt.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';
import { keptNames, keptPart } from '../state/snapshot-parts.ts';
import { readGroupMembers, readInventory } from '../host/inventory.ts';
import { IDENTITY } from '../host/identity.ts';
import { readModuleAliases } from '../host/module-alias.ts';
import { readRuleFacts } from '../host/persist/rules.ts';
import { redact } from '../host/redact.ts';
import { recordingPort } from '../host/record.ts';
import { readVfCount } from '../host/vf-count.ts';
import type { Snapshot } from '../state/snapshot.ts';
import type { AppContext } from './context.ts';
import { listFunctions } from './list.ts';
import { listPersistent } from './persistent-list.ts';
import { checkReadiness } from './readiness.ts';
import { SLOTS } from '../pci/slot.ts';
import { readLinkState } from '../host/link-state.ts';
import { chooseVfioDriver, registeredDriver } from '../host/vfio-driver.ts';
import { readSlotPower } from '../host/slots.ts';

/** Looks at everything that reading commands look at, and keeps what was seen. `made` is the time, ISO 8601; `uid` is who reads. */
export async function takeSnapshot(context: AppContext, options: { readonly redact: boolean; readonly made: string; readonly uid: number }): Promise<Snapshot> {
  const recorder = recordingPort(context.port);
  const recorded = { ...context, port: recorder.port };
  await lookAtEverything(recorded);
  const snapshot = onlyWhatMatters(await recorder.take(options.made, options.uid));
  return options.redact ? redact(snapshot) : snapshot;
}

/** Reads what any command that only reads would read, and what plans look at besides. */
export async function lookAtEverything(context: AppContext): Promise<void> {
  const { port } = context;
  await listFunctions(context);
  const devices = await readInventory(port);
  for (const { address } of devices) {
    await readFingerprint(port, address);
    // What of these is read elsewhere depends on what else there is; whoever reads the file finds all of them.
    await port.attributes(sysfsPath(address), IDENTITY);
  }
  await readModuleAliases(port);
  for (const group of new Set(devices.flatMap(({ iommuGroup }) => iommuGroup ?? []))) await readGroupMembers(port, group);
  await checkReadiness(context);
  await listPersistent(context);
  // What plans of changes look at besides.
  await readRuleFacts(port);
  for (const device of devices) {
    await readLinkState(port, device);
    await registeredDriver(port, await chooseVfioDriver(port, device));
  }
  for (const { address } of devices.filter(({ sriov }) => sriov !== undefined)) await readVfCount(port, formatPciAddress(address));
  for (const slot of (await port.list(SLOTS)) ?? []) await readSlotPower(port, slot);
  // Which libvirt and QEMU a guest would have there.
  await installedLibvirt(port);
  await readCapabilityCaches(port, [CAPABILITY_CACHE]);
}

function onlyWhatMatters(snapshot: Snapshot): Snapshot {
  const files = Object.entries(snapshot.files).map(([path, found]) => {
    const part = keptPart(path);
    if (part === undefined) return [path, found] as const;
    const text = 'text' in found ? found.text : Buffer.from(found.base64, 'base64').toString('utf8');
    return [path, { text: part(text) }] as const;
  });
  const directories = Object.entries(snapshot.directories).map(([path, names]) => [path, keptNames(path, names)]);
  return { ...snapshot, files: Object.fromEntries(files), directories: Object.fromEntries(directories) };
}
