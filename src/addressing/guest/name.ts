/** What a device is called in reasons and problems. */
import { type Device, isController } from './device.ts';

/** `hostdev 0002:00:00.0`, `disk vda`, `controller usb 0`, … */
export function deviceName(device: Device): string {
  if (isController(device))
    return `controller ${device.type} ${device.index}${device.type === 'pci' || device.model === undefined ? '' : ` (${device.model})`}`;
  if (device.interface !== undefined) return `interface hostdev ${device.hostdev?.key ?? ''}`.trim();
  if (device.kind === 'hostdev') return `hostdev ${device.hostdev?.key ?? device.hostdev?.type ?? ''}`.trim();
  if (device.kind === 'disk') return `disk ${device.target ?? ''}`.trim();
  const detail = device.model ?? device.type;
  return detail === undefined ? device.kind : `${device.kind} ${detail}`;
}
