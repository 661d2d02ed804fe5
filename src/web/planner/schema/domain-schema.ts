/** What makes a validator of libvirt's schemas; known to those who do not load it. */
import type { Validate } from '../../../addressing/schema/faults.ts';

/** Files of libvirt's folder of schemas, by their names. */
type SchemaFiles = ReadonlyMap<string, Uint8Array>;

/** Throws where the files are no schemas, or one is missing that another includes. */
export type CreateValidator = (files: SchemaFiles) => Validate;

/** The schema of domains; it includes the others. */
export const DOMAIN_SCHEMA = 'domain.rng';
