/** Where commands that look at definitions get them, and what they hold them against. */
import type { DefinitionSource } from '../app/definition.ts';
import type { PlaceFlags } from './command/options.ts';
import type { Io } from './io.ts';

export function definitionSource({ stdin, machine }: Io, { capabilities, host }: PlaceFlags): DefinitionSource {
  return { stdin, place: { capabilities, host }, capabilityCaches: machine.capabilityCaches };
}
