/** `hostdev topology`: a guest's PCI tree. */
import { guestTopology, type TopologyResult } from '../addressing/topology.ts';
import type { SpokenFor } from '../addressing/libvirt/spoken-for.ts';
import type { AppContext } from './context.ts';
import { type DefinitionSource, openDefinition } from './definition.ts';

export async function topologyOf(
  context: AppContext,
  name: string,
  source: DefinitionSource,
): Promise<{ readonly file: string; readonly versions: SpokenFor; readonly result: TopologyResult }> {
  const { file, options, versions } = await openDefinition(context, name, source);
  return { file: file.name, versions, result: guestTopology(file.text, options) };
}
