/** libvirt's schemas that somebody has given, ready to be asked. */
import type { Validate } from '../../../addressing/schema/faults.ts';
import { HostdevError } from '../../../errors.ts';
import { type CreateValidator, DOMAIN_SCHEMA } from '../schema/domain-schema.ts';
import type { GivenFiles } from './given-files.ts';

export interface Schemas {
  /** Name of the folder. */
  readonly directory: string;
  readonly validate: Validate;
}

/** Where libvirt has them. */
export const SCHEMA_FOLDER = '/usr/share/libvirt/schemas';

/** Undefined where the page that the planner is in forbids WebAssembly. */
export type LoadValidator = (() => Promise<CreateValidator>) | undefined;

/** @throws {HostdevError} `schema-missing`. */
export async function readSchemas({ directory, files }: NonNullable<GivenFiles['schemas']>, load: LoadValidator): Promise<Schemas> {
  if (load === undefined) {
    throw missing(
      'schemas are not looked at in this page, which forbids what they would need',
      "'hostdev validate' looks at them, and so does the planner alone",
    );
  }
  if (!files.some(({ name }) => name === DOMAIN_SCHEMA)) {
    throw missing(`${directory} has no ${DOMAIN_SCHEMA}`, `give the whole folder of a libvirt: ${SCHEMA_FOLDER}`);
  }
  const bytes = await Promise.all(files.map(async (file) => [file.name, new Uint8Array(await file.arrayBuffer())] as const));
  const createValidator = await load();
  try {
    return { directory, validate: createValidator(new Map(bytes)) };
  } catch (error) {
    throw missing(`what is in ${directory} cannot be used: ${(error as Error).message.trim()}`, `give the whole folder of a libvirt: ${SCHEMA_FOLDER}`);
  }
}

function missing(message: string, hint: string): HostdevError {
  return new HostdevError('schema-missing', message, { hint });
}
