/** Checking a definition against libvirt's RelaxNG schemas, where they are installed. Loaded when it is used. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseVersion, type VersionNumber } from '../addressing/libvirt/version.ts';
import type { Problem } from '../errors.ts';
import { readBounded } from '../files/read-bounded.ts';
import { checkDefinition } from '../addressing/schema/check.ts';
import type { Validate } from '../addressing/schema/faults.ts';
import { relaxngValidator } from '../addressing/schema/relaxng.ts';

/** The first of the directories that has the schemas. */
async function findSchemas(directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
    const found = await access(join(directory, 'domain.rng')).then(
      () => true,
      () => false,
    );
    if (found) return directory;
  }
  return undefined;
}

/** Where libvirt's schemas may be. */
export interface SchemaPlaces {
  readonly directories: readonly string[];
  /** The version of the libvirt that they are of, `11.3.0`; undefined where nobody says. */
  readonly version: string | undefined;
}

/** What a definition is checked with, and for. */
interface SchemaCheck extends SchemaPlaces {
  /** The libvirt that it is meant for. */
  readonly libvirt: VersionNumber;
}

/** Problems of a well-formed document; one remark when there is nothing to check with. */
export async function checkSchema(text: string, file: string, { directories, version, libvirt }: SchemaCheck): Promise<readonly Problem[]> {
  const directory = await findSchemas(directories);
  if (directory === undefined) return [missing('libvirt is not installed here, so its schemas are not either', file)];
  let validate: Validate;
  try {
    validate = await validatorOf(directory);
  } catch (error) {
    return [missing(`the schema validator cannot be loaded: ${(error as Error).message}`, file)];
  }
  return checkDefinition(validate, { text, file }, { schema: version === undefined ? undefined : parseVersion(version), directory, libvirt });
}

/** Reading the schemas takes a second; they are read once. */
const loaded = new Map<string, Promise<Validate>>();

function validatorOf(directory: string): Promise<Validate> {
  const validator = loaded.get(directory) ?? load(directory);
  loaded.set(directory, validator);
  return validator;
}

async function load(directory: string): Promise<Validate> {
  const [libxml, { xmlRegisterFsInputProviders }] = await Promise.all([import('libxml2-wasm'), import('libxml2-wasm/lib/nodejs.mjs')]);
  xmlRegisterFsInputProviders();
  const path = join(directory, 'domain.rng');
  return relaxngValidator(libxml, await readSchema(path), path);
}

/** libvirt's schema of domains has 200 kB. */
const LIMIT = 16 * 1024 * 1024;

async function readSchema(path: string): Promise<Buffer> {
  const bytes = await readBounded(path, LIMIT);
  if (bytes === undefined) throw new Error(`${path} is too large to be a schema`);
  return bytes;
}

function missing(message: string, file: string): Problem {
  return {
    code: 'schema-missing',
    severity: 'warning',
    message,
    hint: 'the PCI rules were checked all the same; install libvirt-daemon-common (or libvirt-daemon-system) for the schema',
    subject: file,
  };
}
