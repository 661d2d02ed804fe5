/** Checking a definition against libvirt's RelaxNG schemas, where they are installed. Loaded when it is used. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../errors.ts';

const DIRECTORIES = ['/usr/share/libvirt/schemas', '/usr/local/share/libvirt/schemas'];

/** Directory of the installed schemas; HOSTDEV_LIBVIRT_SCHEMAS names another. */
export async function findSchemas(): Promise<string | undefined> {
  const named = process.env['HOSTDEV_LIBVIRT_SCHEMAS'];
  for (const directory of named === undefined ? DIRECTORIES : [named]) {
    const found = await access(join(directory, 'domain.rng')).then(
      () => true,
      () => false,
    );
    if (found) return directory;
  }
  return undefined;
}

/** Problems of a well-formed document; one remark when there is nothing to check with. */
export async function checkSchema(text: string, file: string): Promise<readonly Problem[]> {
  const directory = await findSchemas();
  if (directory === undefined) return [missing('libvirt is not installed here, so its schemas are not either', file)];
  let validator: Validator;
  try {
    validator = await (loaded ??= load(directory));
  } catch (error) {
    return [missing(`the schema validator cannot be loaded: ${(error as Error).message}`, file)];
  }
  return validator(text, file);
}

type Validator = (text: string, file: string) => readonly Problem[];
let loaded: Promise<Validator> | undefined;

async function load(directory: string): Promise<Validator> {
  const [{ RelaxNGValidator, XmlDocument, XmlValidateError }, { xmlRegisterFsInputProviders }] = await Promise.all([
    import('libxml2-wasm'),
    import('libxml2-wasm/lib/nodejs.mjs'),
  ]);
  const { readFile } = await import('node:fs/promises');
  xmlRegisterFsInputProviders();
  const path = join(directory, 'domain.rng');
  const schema = XmlDocument.fromBuffer(await readFile(path), { url: path });
  const validator = RelaxNGValidator.fromDoc(schema);
  return (text, file) => {
    const document = XmlDocument.fromString(text.replace(/^\uFEFF/, ''));
    try {
      validator.validate(document);
      return [];
    } catch (error) {
      if (!(error instanceof XmlValidateError)) throw error;
      // RelaxNG reports every level it backed out of; the first detail is the closest to the cause.
      return error.details.slice(0, 1).map((detail) => ({
        code: 'schema-invalid' as const,
        severity: 'error' as const,
        message: `the definition does not match libvirt's schema: ${detail.message.trim()}`,
        hint: 'look for a misspelt element or attribute, or a value that is not allowed there',
        location: { file, line: Math.max(detail.line, 1), column: 1 },
      }));
    } finally {
      document.dispose();
    }
  };
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
