/** Functions that somebody names on a command line: all that is wrong with the words is told at once. */
import type { AppContext } from '../app/context.ts';
import { type FunctionName, parseFunctionNames } from '../domain/function-name.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { readInventory } from '../host/inventory.ts';
import { absentThere } from '../state/absent-functions.ts';
import { lookUp } from '../state/named-functions.ts';
import type { MachineFlags } from './command/options.ts';
import { type Machine, machineContext } from './machine.ts';

/**
 * The names that words are; a mapping means all functions of this host that are of it.
 *
 * @throws {HostdevError} for words that are none, with those of the others that the machine does not have.
 */
export async function functionNames(machine: Machine, flags: MachineFlags, given: readonly string[]): Promise<FunctionName[]> {
  // Whoever names no mapping does not load what asks a fleet.
  const isMapped = given.some((word) => word.startsWith('mapping:'));
  const words = isMapped ? await (await import('./mapping-names.ts')).withoutMappings(machine, flags, given) : given;
  try {
    return parseFunctionNames(words);
  } catch (error) {
    if (!(error instanceof HostdevError) || words.length === 1) throw error;
    const readable = words.flatMap(readableName);
    // What cannot be looked at says nothing of the words.
    const unknown = await machineContext(machine, flags)
      .then((context) => unknownNames(context, readable))
      .catch(() => []);
    throw HostdevError.all(error.toProblem(), [...error.others, ...unknown]);
  }
}

async function unknownNames({ port, hostName }: AppContext, names: readonly FunctionName[]): Promise<Problem[]> {
  const { unknown } = lookUp(await readInventory(port), names);
  return unknown.flatMap(({ problems }) => problems.map((problem) => absentThere(hostName, problem)));
}

function readableName(word: string): FunctionName[] {
  try {
    return parseFunctionNames([word]);
  } catch {
    return [];
  }
}
