/** How near the memory of a guest is to functions that it would get. A matter of order: what is far works, slower. */
import { parseCells } from '../../addressing/guest/acpi.ts';
import type { Domain } from '../../domain/domain.ts';
import { attribute, childElement, childElements } from '../../xml/read.ts';
import type { PublishedFunction } from '../model/records.ts';

/** Nodes of the host that the guest's memory is bound to; undefined where it is not bound, or libvirt chooses. */
export function boundNodes({ document }: Domain): ReadonlySet<number> | undefined {
  const numatune = childElement(document.root, 'numatune');
  if (numatune === undefined) return undefined;
  const sets = childElements(numatune).flatMap((each) => attribute(each, 'nodeset') ?? []);
  const nodes = sets.flatMap((set) => parseCells(set) ?? []);
  return nodes.length === 0 ? undefined : new Set(nodes);
}

/** Functions that are on another node than the memory; without a binding, those that are on another than the first one. */
export function farFunctions(functions: readonly PublishedFunction[], bound: ReadonlySet<number> | undefined): PublishedFunction[] {
  const first = functions.find(({ numaNode }) => numaNode !== null)?.numaNode ?? null;
  const near = bound ?? new Set(first === null ? [] : [first]);
  return functions.filter(({ numaNode }) => numaNode !== null && !near.has(numaNode));
}
