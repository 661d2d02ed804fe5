/**
 * Words that an older libvirt does not know and refuses. Each has its row in libvirt/changes.ts.
 *
 * Rules: docs/addressing.md §20.
 */
import { type Device, type DeviceKind, isPresent } from '../guest/device.ts';
import { does, type Guest, visitAll } from '../guest/guest.ts';
import { CHANGES, type ChangeName } from '../libvirt/changes.ts';
import { formatVersion } from '../libvirt/version.ts';
import { report } from './report.ts';

interface Word {
  readonly kind: DeviceKind;
  readonly says: (device: Device) => boolean;
  readonly what: string;
  readonly change: ChangeName;
}

const WORDS: readonly Word[] = [
  { kind: 'controller', says: ({ type }) => type === 'nvme', what: 'is of type nvme', change: 'nvme' },
  { kind: 'disk', says: ({ bus }) => bus === 'nvme', what: 'is on bus nvme', change: 'nvme' },
  { kind: 'iommu', says: ({ model }) => model === 'amd', what: 'is of model amd', change: 'amd-iommu' },
  { kind: 'sound', says: ({ model }) => model === 'virtio', what: 'is of model virtio', change: 'virtio-sound' },
  { kind: 'panic', says: ({ model }) => model === 'pvpanic', what: 'is of model pvpanic', change: 'pvpanic-pci' },
  { kind: 'watchdog', says: ({ model }) => model === 'itco', what: 'is of model itco', change: 'itco' },
  { kind: 'filesystem', says: ({ bus }) => bus === 'mtp', what: 'has driver mtp', change: 'mtp' },
  { kind: 'interface', says: ({ model, place }) => model === 'usb-net' && !isPresent(place), what: 'is of model usb-net', change: 'usb-net' },
];

export function checkVocabulary(guest: Guest): void {
  checkUnknown(guest);
  if (does(guest, 'no-9p-handle')) checkHandle(guest);
}

function checkUnknown(guest: Guest): void {
  const unknown = WORDS.filter(({ change }) => !does(guest, change));
  if (unknown.length === 0) return;
  for (const device of visitAll(guest)) {
    for (const { kind, says, what, change } of unknown) {
      if (device.kind !== kind || device.element === undefined || !says(device)) continue;
      report(guest, device, {
        code: 'device-unsupported',
        message: `${what}, which libvirt ${formatVersion(guest.libvirt)} does not know`,
        hint: `libvirt ${formatVersion(CHANGES[change].since)} and later do; choose another for this one`,
        element: device.element,
      });
    }
  }
}

/** The other way round: what a newer libvirt does not take any more. */
function checkHandle(guest: Guest): void {
  for (const filesystem of guest.lists.filesystem) {
    if (filesystem.bus !== 'handle') continue;
    report(guest, filesystem, {
      code: 'device-unsupported',
      message: `has driver handle, which libvirt ${formatVersion(CHANGES['no-9p-handle'].since)} and later refuse`,
      hint: "leave <driver> out, or write type='path'",
      element: filesystem.element,
    });
  }
}
