/** How much memory a guest has. */
import { attribute, childElement, descend, textOf } from '../xml/read.ts';
import type { Domain } from './domain.ts';
import { wordTable } from '../word-table.ts';

/** KiB in each unit that libvirt reads. */
const UNITS = wordTable<number>({
  b: 1 / 1024,
  bytes: 1 / 1024,
  KB: 1000 / 1024,
  k: 1,
  KiB: 1,
  MB: 1e6 / 1024,
  M: 1024,
  MiB: 1024,
  GB: 1e9 / 1024,
  G: 1024 ** 2,
  GiB: 1024 ** 2,
  T: 1024 ** 3,
  TiB: 1024 ** 3,
});

/** Memory of a guest in KiB; undefined where it does not say. */
export function memoryKib(domain: Domain): number | undefined {
  const element = childElement(domain.document.root, 'memory') ?? descend(domain.document.root, 'currentMemory');
  if (element === undefined) return undefined;
  const value = Number(textOf(domain.document, element).trim());
  return Number.isFinite(value) ? value * (UNITS[attribute(element, 'unit') ?? 'KiB'] ?? 1) : undefined;
}
