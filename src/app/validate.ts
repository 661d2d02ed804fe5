/** `hostdev validate`: schema, rules, and what the start would fail on. */
import { ofFile } from '../addressing/problems.ts';
import { isDefinition, withSchema } from '../addressing/schema/check.ts';
import { validateDomain } from '../addressing/validate.ts';
import type { SpokenFor } from '../addressing/libvirt/spoken-for.ts';
import { parseVersion } from '../addressing/libvirt/version.ts';
import { HostdevError, type Problem } from '../errors.ts';
import type { AppContext } from './context.ts';
import { type Definition, type DefinitionSource, definitionOf } from './definition.ts';
import { type DomainFile, readDomainFile } from '../guest/definition-file.ts';
import { checkSchema, type SchemaPlaces } from './schema.ts';

/** One file's problems, and its text to show them in. */
export interface ValidatedFile {
  readonly file: string;
  readonly text: string;
  readonly problems: readonly Problem[];
  /** Which libvirt and QEMU it is judged for; undefined where it cannot be read. */
  readonly versions: SpokenFor | undefined;
}

/** All problems of a file, in the order of its lines. A document that is no XML has no others. */
async function validateFile({ file, options, versions }: Definition, schemas: SchemaPlaces): Promise<readonly Problem[]> {
  const rules = validateDomain(file.text, options);
  if (!isDefinition(rules)) return rules;
  const schema = await checkSchema(file.text, file.name, { ...schemas, libvirt: parseVersion(versions.libvirt) });
  return withSchema(rules, schema);
}

/**
 * Validates one file by name; one that cannot be read has one problem: that.
 *
 * @throws {HostdevError} for what is wrong with the command line: another file that it names, too.
 */
export async function validateNamed(context: AppContext, name: string, source: DefinitionSource, schemas: SchemaPlaces): Promise<ValidatedFile> {
  let file: DomainFile;
  try {
    file = await readDomainFile(name, source.stdin);
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return { file: name, text: '', versions: undefined, problems: [error.toProblem()] };
  }
  const definition = await definitionOf(context, file, source);
  return {
    file: file.name,
    text: file.text,
    versions: definition.versions,
    problems: (await validateFile(definition, schemas)).map((problem) => ofFile(problem, file.name)),
  };
}
