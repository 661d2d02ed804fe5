/** `hostdev validate`: schema, rules, and what the start would fail on. */
import { byPlace } from '../addressing/problems.ts';
import { validateDomain } from '../addressing/validate.ts';
import type { PlaceOptions } from '../addressing/place.ts';
import type { Problem } from '../errors.ts';
import type { DomainFile } from './domain-file.ts';
import { checkSchema } from './schema.ts';

/** All problems of a file, in the order of its lines. A document that is no XML has no others. `schemas` are directories that may have libvirt's. */
export async function validateFile(file: DomainFile, options: PlaceOptions, schemas: readonly string[]): Promise<readonly Problem[]> {
  const rules = validateDomain(file.text, options);
  if (rules.some((problem) => problem.code.startsWith('xml-') || problem.code === 'domain-not-domain')) return rules;
  const schema = await checkSchema(file.text, file.name, schemas);
  return [...schema, ...rules].sort(byPlace);
}
