/** Lines of nova.conf. Source: oslo.config, "Configuration Files": values end with their line, an option of several values stands there once for each, and $ begins a reference. */
import { oneLine } from '../printable.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { leftOutComments } from './left-out.ts';
import type { NovaExport } from './nova.ts';

/** The group pci, with what each function is called beside it, and what is left out and why. */
export function formatNovaConf({ devices, aliases, leftOut }: NovaExport, nameOf: (device: NodeDevice) => string | undefined): string {
  const specs = devices.flatMap(({ device, spec }) => {
    const name = nameOf(device);
    return [...(name === undefined ? [] : [`# ${oneLine(name)}`]), `device_spec = ${value(spec)}`];
  });
  const asked =
    aliases.length === 0 ? [] : ['# How flavors ask for them; nova-api needs these lines, too.', ...aliases.map((alias) => `alias = ${value(alias)}`)];
  const none = specs.length === 0 ? ['# No function of this host can be offered.'] : [];
  return ['[pci]', ...none, ...specs, ...asked, ...leftOutComments(leftOut)].map((line) => `${line}\n`).join('');
}

function value(spec: object): string {
  return JSON.stringify(spec).replaceAll('$', '$$$$');
}
