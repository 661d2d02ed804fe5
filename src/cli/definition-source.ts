/** Where commands that look at definitions get them, and what they hold them against. */
import type { DefinitionSource } from '../app/definition.ts';
import type { PlaceFlags } from './command/options.ts';
import type { Io } from './io.ts';

export function definitionSource({ stdin, machine }: Io, { libvirt, capabilities, host }: PlaceFlags): DefinitionSource {
  return { stdin, place: { libvirt, capabilities, host }, surroundings: machine };
}
