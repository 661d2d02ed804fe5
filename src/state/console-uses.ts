/** What the screen, the serial console and the keyboards of a machine would lose with a function. */
import { formatPciAddress } from '../pci/address.ts';
import type { ByFunction } from './by-function.ts';
import type { NodeDevice } from './node-device.ts';
import type { Evidence } from './verdict.ts';

/** What the screen, the serial console and the keyboards of the machine hang on. */
export interface ConsoleMap {
  /** Framebuffers the console draws on. */
  readonly framebuffers: ByFunction;
  /** Functions in whose memory the framebuffer lies that the firmware handed over. */
  readonly bootFramebuffers: ByFunction;
  /** Serial lines that are consoles. */
  readonly consoles: ByFunction;
  readonly keyboards: ByFunction;
  /** How many keyboards the machine has, wherever they hang. */
  readonly keyboardCount: number;
}

export function consoleUses(map: ConsoleMap, device: NodeDevice): Evidence[] {
  const on = (index: ByFunction): readonly string[] => index.get(formatPciAddress(device.address)) ?? [];
  const found: Evidence[] = [];
  if (device.bootVga) found.push({ kind: 'console', chain: ['boot VGA: firmware and console draw on it'] });
  if (on(map.bootFramebuffers).length > 0) found.push({ kind: 'console', chain: ['the boot framebuffer lies in its memory', 'the console draws on it'] });
  for (const name of on(map.framebuffers)) found.push({ kind: 'console', chain: [name, 'console framebuffer'] });
  for (const name of on(map.consoles)) found.push({ kind: 'console', chain: [name, 'kernel console'] });
  const keyboards = on(map.keyboards);
  // With another keyboard left, taking this one away is the user's business.
  if (keyboards.length > 0 && keyboards.length === map.keyboardCount) found.push({ kind: 'input', chain: [...keyboards, 'the only keyboard'] });
  return found;
}
