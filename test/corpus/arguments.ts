/** The `-device` objects of a golden command line, JSON or classic. */
import { readFileSync } from 'node:fs';

/** Drivers of PCI controllers. */
const CONTROLLERS = new Set([
  'pci-bridge',
  'pxb',
  'pxb-pcie',
  'i82801b11-bridge',
  'pcie-pci-bridge',
  'pcie-root-port',
  'ioh3420',
  'x3130-upstream',
  'xio3130-downstream',
  'spapr-pci-host-bridge',
]);

export type Kind = 'controller' | 'hostdev' | 'mdev' | 'zpci';

/** What an object stands for, judged from its text; undefined for anything else. */
export function kindOf(text: string): Kind | undefined {
  const driver = /^\{"driver":"([^"]+)"/.exec(text)?.[1] ?? text.split(',')[0] ?? '';
  if (CONTROLLERS.has(driver)) return 'controller';
  if (driver === 'zpci') return 'zpci';
  if (!driver.startsWith('vfio-')) return undefined;
  return text.includes('sysfsdev') ? 'mdev' : 'hostdev';
}

const OPTIONS = {
  device: /-device\s+(?:'((?:[^']|'\\'')*)'|(\S+))/g,
  object: /-object\s+(?:'((?:[^']|'\\'')*)'|(\S+))/g,
} as const;

/** The texts behind `-device`, as QEMU would get them. */
export function deviceArguments(path: string): string[] {
  return argumentsOf(readFileSync(path, 'utf8'), 'device');
}

/** The texts behind an option of a command line. */
export function argumentsOf(commandLine: string, option: 'device' | 'object'): string[] {
  const text = commandLine.replaceAll('\\\n', ' ');
  return [...text.matchAll(OPTIONS[option])].map(([, quoted, plain]) => (quoted ?? plain ?? '').replaceAll("'\\''", "'"));
}
