/** Checking a definition against libvirt's RelaxNG schemas, where they are installed. Loaded when it is used. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { HostdevError, type Problem } from '../errors.ts';
import { readBounded } from '../files/read-bounded.ts';
import { invalid, schemaFaults, type Validate } from '../domain/schema-faults.ts';

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

/** Problems of a well-formed document; one remark when there is nothing to check with. */
export async function checkSchema(text: string, file: string, directories: readonly string[]): Promise<readonly Problem[]> {
  const directory = await findSchemas(directories);
  if (directory === undefined) return [missing('libvirt is not installed here, so its schemas are not either', file)];
  let validator: Validator;
  try {
    validator = await validatorOf(directory);
  } catch (error) {
    return [missing(`the schema validator cannot be loaded: ${(error as Error).message}`, file)];
  }
  return validator(text, file);
}

type Validator = (text: string, file: string) => readonly Problem[];

/** Reading the schemas takes a second; they are read once. */
const loaded = new Map<string, Promise<Validator>>();

function validatorOf(directory: string): Promise<Validator> {
  const validator = loaded.get(directory) ?? load(directory);
  loaded.set(directory, validator);
  return validator;
}

async function load(directory: string): Promise<Validator> {
  const [{ RelaxNGValidator, XmlDocument, XmlValidateError }, { xmlRegisterFsInputProviders }] = await Promise.all([
    import('libxml2-wasm'),
    import('libxml2-wasm/lib/nodejs.mjs'),
  ]);
  xmlRegisterFsInputProviders();
  const path = join(directory, 'domain.rng');
  const schema = XmlDocument.fromBuffer(await readSchema(path), { url: path });
  const validator = RelaxNGValidator.fromDoc(schema);
  const validate: Validate = (text) => {
    // The text is characters already, so what its declaration says of bytes would only confuse.
    const document = XmlDocument.fromString(text.replace(/^\uFEFF/, '').replace(/^<\?xml[^>]*\?>/, ''));
    try {
      validator.validate(document);
      return [];
    } catch (error) {
      if (!(error instanceof XmlValidateError)) throw error;
      return error.details;
    } finally {
      document.dispose();
    }
  };
  return (text, file) => {
    try {
      return schemaFaults(text, file, validate);
    } catch (error) {
      if (error instanceof HostdevError) throw error;
      return [invalid(`the definition cannot be checked against libvirt's schema: ${(error as Error).message.trim()}`, { file, line: 1, column: 1 })];
    }
  };
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
