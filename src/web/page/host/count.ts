/** How many of a list are what, in the words of verdicts. */
import { VERDICTS, type VerdictName } from '../../../state/verdict.ts';

/** `3 free, 2 held`, in the order in which verdicts are always told. */
function verdictCounts(verdicts: readonly VerdictName[]): readonly { readonly verdict: VerdictName; readonly count: number }[] {
  return VERDICTS.map((verdict) => ({ verdict, count: verdicts.filter((each) => each === verdict).length })).filter(({ count }) => count > 0);
}

/** @example counted(2, 'function') → '2 functions' */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** @example countWords([{ verdict: 'free' }, { verdict: 'held' }], 'VF') → '2 VFs: 1 free, 1 held' */
export function countWords(functions: readonly { readonly verdict: VerdictName }[], one: string): string {
  const parts = verdictCounts(functions.map(({ verdict }) => verdict)).map(({ verdict, count }) => `${count} ${verdict}`);
  return `${counted(functions.length, one)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}
