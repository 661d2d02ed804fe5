/** What expand, validate, args and topology begin with: a definition, and the QEMU and host it is meant for. */
import type { PlaceOptions } from '../addressing/place.ts';
import type { AppContext } from './context.ts';
import { type DomainFile, readDomainFile, type ReadStdin } from './domain-file.ts';
import { type PlaceFlags, placeOptions } from './place-options.ts';

/** Where definitions come from, and what they are held against. */
export interface DefinitionSource {
  readonly stdin: ReadStdin;
  readonly place: PlaceFlags;
  /** Where libvirt keeps what it found out about each QEMU. */
  readonly capabilityCaches: readonly string[];
}

export interface Definition {
  readonly file: DomainFile;
  readonly options: PlaceOptions;
}

/** @throws {HostdevError} what {@link readDomainFile} and {@link placeOptions} throw. */
export async function openDefinition(context: AppContext, name: string, { stdin, place, capabilityCaches }: DefinitionSource): Promise<Definition> {
  const file = await readDomainFile(name, stdin);
  return { file, options: await placeOptions(context, file, place, capabilityCaches) };
}
