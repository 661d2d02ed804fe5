/** `hostdev expand`: a definition with every address, controller and id that libvirt would generate. */
import { expandDomain, type Expansion } from '../addressing/expand.ts';
import { HostdevError } from '../errors.ts';
import type { AppContext } from './context.ts';
import { type DefinitionSource, definitionOf } from './definition.ts';
import { type DomainFile, readDomainFile, replaceDomainFile, requireReplaceable } from '../guest/definition-file.ts';

export interface ExpandOptions extends DefinitionSource {
  /** Whether the file is replaced. */
  readonly inPlace: boolean;
}

/** What became of one file, as `--json` prints it. */
export type ExpandedFile = Expansion & { readonly file: string; readonly written: boolean };

/**
 * Expands one file; what is wrong with it is data, so that it keeps nobody from the others.
 *
 * @returns the outcome, and the text as it was before.
 * @throws {HostdevError} for what is wrong with the command line.
 */
export async function expandFile(
  context: AppContext,
  name: string,
  options: ExpandOptions,
): Promise<{ readonly outcome: ExpandedFile; readonly before: string }> {
  const unfit = (error: unknown): { readonly outcome: ExpandedFile; readonly before: string } => {
    if (!(error instanceof HostdevError)) throw error;
    return { outcome: { file: name, written: false, ok: false, problems: [error.toProblem()], versions: undefined }, before: '' };
  };
  let file: DomainFile;
  try {
    if (options.inPlace) await requireReplaceable(name);
    file = await readDomainFile(name, options.stdin);
  } catch (error) {
    return unfit(error);
  }
  const { options: place } = await definitionOf(context, file, options);
  try {
    const result = expandDomain(file.text, place);
    const written = result.ok && options.inPlace && result.xml !== file.text;
    if (written) await replaceDomainFile(file, result.xml);
    return { outcome: { file: file.name, written, ...result }, before: file.text };
  } catch (error) {
    return unfit(error);
  }
}
