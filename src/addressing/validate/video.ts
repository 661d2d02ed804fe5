/**
 * Which videos a guest can have beside the first.
 *
 * Rules: docs/addressing.md §15.
 */
import { attribute, childElement } from '../../xml/read.ts';
import type { Device } from '../guest/device.ts';
import type { Guest } from '../guest/guest.ts';
import { report } from './report.ts';

/** Models that need not be the first. */
const SECONDARY = new Set(['qxl', 'virtio']);

export function checkVideos(guest: Guest): void {
  const [first, ...more] = guest.lists.video;
  const refuse = (device: Device, message: string, hint: string): void =>
    report(guest, device, { code: 'device-unsupported', message, hint, element: device.element });
  for (const device of more) {
    if (isPrimary(device) && isPrimary(first)) refuse(device, 'is a second primary video', "leave primary='yes' with one of them");
    if (device.model === 'none' || first?.model === 'none')
      refuse(device, "stands beside a video of model 'none'", "model 'none' says that there is no video: remove one of them");
    else if (!SECONDARY.has(device.model ?? '')) refuse(device, 'can only be the primary video', "give it primary='yes', or choose model virtio");
  }
}

function isPrimary(video: Device | undefined): boolean {
  return video?.element !== undefined && attribute(childElement(video.element, 'model'), 'primary') === 'yes';
}
