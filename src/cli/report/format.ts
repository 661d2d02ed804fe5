/** A report as text. */
import type { Of } from '../../json/contract/shape.ts';
import type { REPORTED } from '../../json/contract/report.ts';

const HEAD = `Names of guests, networks, hosts and users, MAC and IP addresses, serial numbers and UUIDs have stand-ins, the same one
everywhere for the same thing. Look whether something is left that nobody needs to know.
`;

export function formatReport(items: readonly Of<typeof REPORTED>[]): string {
  return items.map((item) => (item.kind === 'versions' ? versionsText(item) : commandText(item))).join('\n');
}

function versionsText({ made, hostdev, node, system, kernel, libvirt, qemu }: Extract<Of<typeof REPORTED>, { kind: 'versions' }>): string {
  const rows = Object.entries({ hostdev, node, system, kernel, libvirt, qemu }).map(([name, version]) => `${name.padEnd(9)}${version ?? 'not known'}\n`);
  return `hostdev report of ${made}\n${HEAD}\n${rows.join('')}`;
}

function commandText({ command, exitStatus, output }: Extract<Of<typeof REPORTED>, { kind: 'command' }>): string {
  return `--- ${command}\n${output}${output === '' || output.endsWith('\n') ? '' : '\n'}(exit status ${exitStatus})\n`;
}
