/**
 * `-device` and `-object` arguments as QEMU takes them: ordered keys, JSON or the classic comma form.
 *
 * Rules: docs/addressing.md §16.
 */

export type DeviceValue = string | number | boolean;

/** Keys in the order libvirt writes them. */
export type DeviceObject = Readonly<Record<string, DeviceValue>>;

/**
 * `{"driver":"zpci","uid":1,…}`
 *
 * @example
 * ```ts
 * import { formatJson, zpci } from 'hostdev';
 * console.log(formatJson(zpci(1, 0, 'h0'))); // → {"driver":"zpci","uid":1,"fid":0,"target":"h0","id":"zpci1"}
 * ```
 */
export function formatJson(device: DeviceObject): string {
  return JSON.stringify(device);
}

/**
 * `zpci,uid=1,…`; a comma inside a value is doubled, booleans are on and off.
 *
 * @example
 * ```ts
 * import { formatClassic, zpci } from 'hostdev';
 * console.log(formatClassic(zpci(1, 0, 'h0'))); // → zpci,uid=1,fid=0,target=h0,id=zpci1
 * ```
 */
export function formatClassic(device: DeviceObject): string {
  return Object.entries(device)
    .map(([key, value]) => {
      const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value).replaceAll(',', ',,');
      return key === 'driver' || key === 'qom-type' ? text : `${key}=${text}`;
    })
    .join(',');
}
