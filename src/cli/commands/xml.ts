import { elementsFor } from '../../app/element.ts';
import { resolveFunctions } from '../../app/resolve.ts';
import { parseFunctionNames } from '../../domain/function-name.ts';
import type { Options } from '../command/table.ts';
import { elementSpecs } from '../element-options.ts';
import { answerItems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { element } from '../../json/items/functions.ts';
import { machineContext } from '../machine.ts';
import { listLibvirts } from '../libvirt-versions.ts';
import { namedOrGroups } from './attach.ts';

export async function xml(io: Io, words: readonly string[], options: Options<'xml'>): Promise<number> {
  if (options.libvirt === 'list') return listLibvirts(io, 'xml', options);
  const names = parseFunctionNames(words);
  const context = await machineContext(io.machine, options);
  // Printing asks nobody: the elements are looked at anyway.
  const addresses = await namedOrGroups(io, context, await resolveFunctions(context, names), { group: options.group, yes: true });
  const { elements, notes } = await elementsFor(context, elementSpecs(addresses, options), { libvirt: options.libvirt });
  for (const note of notes) printProblem(io, note);
  if (options.json === true) answerItems(io, 'xml', elements.map(element));
  else for (const { xml: text } of elements) io.document(`${text}\n`);
  return 0;
}
