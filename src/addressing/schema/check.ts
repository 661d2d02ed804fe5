/** A definition held against a schema, and what that says put together with what the rules say. */
import { HostdevError, type Problem } from '../../errors.ts';
import { byPlace } from '../problems.ts';
import { schemaFaults, type Validate } from './faults.ts';
import { type AskedOf, invalid, schemaWords } from './problems.ts';

/** Problems of a well-formed document; one where the validator cannot read it. */
export function checkDefinition(validate: Validate, { text, file }: { readonly text: string; readonly file: string }, asked: AskedOf): readonly Problem[] {
  try {
    return schemaFaults(text, file, validate, asked);
  } catch (error) {
    if (error instanceof HostdevError) throw error;
    const message = `the definition cannot be checked against ${schemaWords(asked)}: ${(error as Error).message.trim()}`;
    return [invalid(message, { file, line: 1, column: 1 }, asked)];
  }
}

/** Whether the rules found a document that a schema can be asked of. */
export function isDefinition(rules: readonly Problem[]): boolean {
  return !rules.some((problem) => problem.code.startsWith('xml-') || problem.code === 'domain-not-domain');
}

/** In the order of the lines. */
export function withSchema(rules: readonly Problem[], schema: readonly Problem[]): Problem[] {
  // The schema's word on what is newer than it says more.
  const isSaid = ({ code, location }: Problem): boolean => code === 'left-out' && schema.some((each) => each.location?.line === location?.line);
  return [...schema, ...rules.filter((each) => !isSaid(each))].sort(byPlace);
}
