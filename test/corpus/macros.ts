/** The macro calls that libvirt's tests list their cases with. */
import type { Case } from './case.ts';

export interface MacroCall {
  readonly macro: string;
  readonly args: readonly string[];
}

/** The calls of `DO_TEST…` in the main function of a test. */
export function macroCalls(source: string): MacroCall[] {
  const text = source.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const body = text.slice(text.indexOf('\nmymain(void)')).replaceAll(/^[ \t]*#(?:[^\n\\]|\\[\s\S])*/gm, '');
  return [...body.matchAll(/\b(DO_TEST[A-Z0-9_]*)\s*\(/g)].map((match) => ({
    macro: match[1] ?? '',
    args: argumentsAt(body, match.index + match[0].length),
  }));
}

/** The arguments of a call, split at its own commas. */
function argumentsAt(text: string, start: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let current = '';
  for (let i = start; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (char === '"') {
      const end = text.indexOf('"', i + 1);
      current += text.slice(i, end + 1);
      i = end;
    } else if (char === ')' && depth === 0) break;
    else if (char === ',' && depth === 0) {
      found.push(current.trim());
      current = '';
    } else {
      if (char === '(') depth += 1;
      if (char === ')') depth -= 1;
      current += char;
    }
  }
  return [...found, current.trim()].filter((argument) => argument !== '');
}

export const unquote = (text: string | undefined): string => (text ?? '').replaceAll('"', '');

/** What a call says of its case, while it is read. */
export interface Draft {
  arch: string;
  version: string;
  variant: string;
  suffix: string | undefined;
  kind: Case['kind'];
  newDefinition: boolean;
  flagsAdded: string[];
  flagsRemoved: string[];
}

export const draft = (suffix?: string): Draft => ({
  arch: 'x86_64',
  version: 'latest',
  variant: '',
  suffix,
  kind: 'ok',
  newDefinition: false,
  flagsAdded: [],
  flagsRemoved: [],
});

/** The arguments that any call can have; `nameOf` says how a constant of C is called in a cache of capabilities. */
export function readExtra(into: Draft, args: readonly string[], nameOf: (constant: string) => string): void {
  for (let i = 0; i < args.length; i += 1) {
    switch (args[i]) {
      case 'ARG_QEMU_CAPS':
      case 'ARG_QEMU_CAPS_DEL': {
        const flags = args[i] === 'ARG_QEMU_CAPS' ? into.flagsAdded : into.flagsRemoved;
        for (i += 1; i < args.length && !args[i]?.endsWith('CAPS_LAST'); i += 1) flags.push(nameOf(args[i] ?? ''));
        break;
      }
      case 'ARG_CAPS_ARCH':
        into.arch = unquote(args[++i]);
        break;
      case 'ARG_CAPS_VER':
        into.version = unquote(args[++i]);
        break;
      case 'ARG_CAPS_VARIANT':
        into.variant = unquote(args[++i]);
        break;
      case 'ARG_PARSEFLAGS':
        into.newDefinition = args[++i]?.includes('ABI_UPDATE') === true;
        break;
      case 'ARG_FLAGS': {
        const flags = args[++i] ?? '';
        if (flags.includes('EXPECT_FAILURE')) into.kind = 'failure';
        if (flags.includes('EXPECT_PARSE_ERROR')) into.kind = 'parse-error';
        break;
      }
      default:
    }
  }
}
