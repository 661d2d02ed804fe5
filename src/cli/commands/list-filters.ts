/** What `--class`, `--driver` and the like ask for, from the words of a command line. */
import { parseFunctionName } from '../../domain/function-name.ts';
import { HostdevError } from '../../errors.ts';
import { CLASS_WORDS, type ClassWord, parseClassWord } from '../../state/class-words.ts';
import { isVendorId, type ListFilter } from '../../state/list-filter.ts';
import type { Options } from '../command/table.ts';
import { parseCount } from '../../pci/count.ts';

type Flags = Options<'list'>;

/**
 * Several values of one option stand behind commas, and a function has to have one of them; of several options it has to have all.
 *
 * @throws {HostdevError} `usage` for a class that is none and for an empty word; `number-malformed`, `number-ambiguous`, `fid-range`, `uid-range`.
 */
export function listFilter(flags: Flags): ListFilter {
  return {
    free: flags.free,
    classes: each(flags.class)?.map(classNamed),
    drivers: named('--driver', flags.driver, "'--driver none' is for functions without"),
    iommuGroups: each(flags.group)?.map((text) => parseCount('--group', text, GROUP)),
    vendors: named('--vendor', flags.vendor, "an id, as '10de', or a part of a name")?.map(checkVendor),
    ids: (
      [
        ['fid', flags.fid],
        ['uid', flags.uid],
        ['pchid', flags.pchid],
      ] as const
    ).flatMap(([kind, text]) => (each(text) ?? []).flatMap((part) => idOf(kind, part))),
  };
}

const GROUP = { least: 0, most: Number.MAX_SAFE_INTEGER, hint: "'hostdev list' shows the groups" };

function each(text: string | undefined): string[] | undefined {
  return text?.split(',').map((part) => part.trim());
}

/** @throws {HostdevError} `usage` for an empty word. */
function named(option: string, text: string | undefined, hint: string): string[] | undefined {
  const words = each(text);
  if (words?.includes('') === true) throw new HostdevError('usage', `${option} names nothing${words.length > 1 ? ' beside a comma' : ''}`, { hint });
  return words;
}

/** PCI gives a vendor 16 bits. */
function checkVendor(text: string): string {
  if (!/^0x/i.test(text) || isVendorId(text)) return text;
  throw new HostdevError('number-malformed', `--vendor '${text.slice(0, 40)}' is no vendor's id`, { hint: 'an id is four hexadecimal digits: 0x10de' });
}

function classNamed(text: string): ClassWord {
  const word = parseClassWord(text);
  if (word !== undefined) return word;
  throw new HostdevError('usage', `--class knows no '${text.slice(0, 40)}'`, { hint: `there are ${CLASS_WORDS.map((row) => row.word).join(', ')}` });
}

function idOf(kind: 'fid' | 'uid' | 'pchid', text: string): NonNullable<ListFilter['ids']> {
  const name = parseFunctionName(`${kind}=${text}`);
  return name.kind === 'address' ? [] : [name];
}
