/** `hostdev snapshot`: this machine as a file. */
import { formatPciAddress } from '../pci/address.ts';
import { readFingerprint } from '../host/fingerprint.ts';
import { CAPABILITY_CACHE, installedLibvirt, isLibraryDirectory, isLibvirtLibrary, readCapabilityCaches } from '../host/installed-libvirt.ts';
import { readGroupMembers, readInventory } from '../host/inventory.ts';
import { readModuleAliases } from '../host/module-alias.ts';
import { readRuleFacts } from '../host/persist/rules.ts';
import { redact } from '../host/redact.ts';
import { recordingPort } from '../host/record.ts';
import { readVfCount } from '../host/vf-count.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { enclose } from '../xml/write.ts';
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
  await listFunctions(recorded);
  const devices = await readInventory(recorder.port);
  for (const { address } of devices) await readFingerprint(recorder.port, address);
  await readModuleAliases(recorder.port);
  for (const group of new Set(devices.flatMap(({ iommuGroup }) => iommuGroup ?? []))) await readGroupMembers(recorder.port, group);
  await checkReadiness(recorded);
  await listPersistent(recorded);
  // What plans of changes look at besides.
  await readRuleFacts(recorder.port);
  for (const device of devices) {
    await readLinkState(recorder.port, device);
    await registeredDriver(recorder.port, await chooseVfioDriver(recorder.port, device));
  }
  for (const { address } of devices.filter(({ sriov }) => sriov !== undefined)) await readVfCount(recorder.port, formatPciAddress(address));
  for (const slot of (await recorder.port.list(SLOTS)) ?? []) await readSlotPower(recorder.port, slot);
  // Which libvirt and QEMU a guest would have there.
  await installedLibvirt(recorder.port);
  await readCapabilityCaches(recorder.port, [CAPABILITY_CACHE]);
  const snapshot = onlyWhatMatters(await recorder.take(options.made, options.uid));
  return options.redact ? redact(snapshot) : snapshot;
}

/** Files of which only a part matters, and of which the rest may be long or secret. */
const PARTS: readonly (readonly [path: RegExp, part: (text: string) => string])[] = [
  // A megabyte and more of module aliases, and as much of dependencies.
  [/\/modules\.alias$/, (text) => lines(text, /^alias (?:vfio_)?pci:/)],
  [/\/modules\.dep$/, (text) => lines(text, /\/vfio-pci\.ko/)],
  // libvirt's own state has the passwords of consoles; what guests hold is all that is asked of it.
  [/^\/run\/libvirt\/qemu\/.*\.xml$/, hostdevsOnly],
  // Command lines have whatever people put there; the guest's name is all that is asked of them.
  [/^\/proc\/\d+\/cmdline$/, (text) => /(?:^|\0)(-name\0[^,\0]+)/.exec(text)?.[1] ?? ''],
  [/^\/run\/udev\/data\//, (text) => lines(text, /^E:ID_FS_(?:TYPE|LABEL)=/)],
  // Nine tenths of them are models of CPUs.
  [new RegExp(`^${CAPABILITY_CACHE}/`), (text) => enclose(['qemuCaps'], (text.match(ASKED_OF_CAPABILITIES) ?? []).join(''))],
];

/** Which QEMU, when it was found out and by which libvirt, what it can do, and its machine types. */
const ASKED_OF_CAPABILITIES = /<(emulator|qemuctime|selfvers|version|package|arch)>[^<]*<\/\1>|<(?:flag|machine)\s[^>]*\/>/g;

function lines(text: string, wanted: RegExp): string {
  return text
    .split('\n')
    .filter((line) => wanted.test(line))
    .map((line) => `${line}\n`)
    .join('');
}

function hostdevsOnly(text: string): string {
  const elements = text.match(/<(hostdev|interface)\s[^>]*type='(?:pci|hostdev)'[\s\S]*?<\/\1>/g) ?? [];
  return enclose(['domain', 'devices'], elements.join(''));
}

function onlyWhatMatters(snapshot: Snapshot): Snapshot {
  const files = Object.entries(snapshot.files).map(([path, found]) => {
    const part = PARTS.find(([pattern]) => pattern.test(path))?.[1];
    if (part === undefined) return [path, found] as const;
    const text = 'text' in found ? found.text : Buffer.from(found.base64, 'base64').toString('utf8');
    return [path, { text: part(text) }] as const;
  });
  // Of thousands of libraries one says something.
  const directories = Object.entries(snapshot.directories).map(([path, names]) => [path, isLibraryDirectory(path) ? names.filter(isLibvirtLibrary) : names]);
  return { ...snapshot, files: Object.fromEntries(files), directories: Object.fromEntries(directories) };
}
