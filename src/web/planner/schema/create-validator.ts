/** libvirt's schemas in the browser: by the same libxml2 that the command has. It is as large as all the rest, and looked at only when somebody gives schemas. */
import * as libxml from 'libxml2-wasm';
import { relaxngValidator } from '../../../addressing/schema/relaxng.ts';
import { type CreateValidator, DOMAIN_SCHEMA } from './domain-schema.ts';

/** No place of the disk: where libxml2 looks for what a schema includes. */
const at = (name: string): string => `schemas/${name}`;

export const createValidator: CreateValidator = (files) => {
  // Those that were given before are not to be mixed with these.
  libxml.xmlCleanupInputProvider();
  libxml.xmlRegisterInputProvider(new libxml.XmlBufferInputProvider(Object.fromEntries([...files].map(([name, bytes]) => [at(name), bytes]))));
  return relaxngValidator(libxml, files.get(DOMAIN_SCHEMA) ?? new Uint8Array(), at(DOMAIN_SCHEMA));
};
