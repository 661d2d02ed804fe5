/** What expand, validate, args and topology begin with: a definition, and the QEMU and host it is meant for. */
import { type SpokenFor, spokenFor } from '../addressing/libvirt/spoken-for.ts';
import { chooseVersions, type PlaceOptions } from '../addressing/place.ts';
import type { AppContext } from './context.ts';
import { type DomainFile, readDomainFile, type ReadStdin } from '../guest/definition-file.ts';
import { placeOptions, type PlaceSources } from './place-options.ts';

/** Where definitions come from, and what they are held against. */
export interface DefinitionSource extends PlaceSources {
  readonly stdin: ReadStdin;
}

export interface Definition {
  readonly file: DomainFile;
  readonly options: PlaceOptions;
  /** Which libvirt and QEMU these options speak for. */
  readonly versions: SpokenFor;
}

/** @throws {HostdevError} what {@link readDomainFile} and {@link placeOptions} throw. */
export async function openDefinition(context: AppContext, name: string, source: DefinitionSource): Promise<Definition> {
  return definitionOf(context, await readDomainFile(name, source.stdin), source);
}

/** @throws {HostdevError} what {@link placeOptions} throws. */
export async function definitionOf(context: AppContext, file: DomainFile, source: DefinitionSource): Promise<Definition> {
  const { options, arch } = await placeOptions(context, file, source);
  return { file, options, versions: spokenFor(chooseVersions(arch, options)) };
}
