/**
 * The cases of libvirt 9.0's golden tests. There are two lists: what a definition becomes, and the command line it leads to. Many cases have no
 * QEMU but a list of what one can do.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.ts';
import { type Draft, draft, type MacroCall, macroCalls, readExtra, unquote } from './macros.ts';

const INPUTS = 'tests/qemuxml2argvdata';

export interface CasesOf9 {
  /** Those whose input exists, those with outputs first. */
  readonly cases: readonly Case[];
  /** Those whose QEMU cannot be. */
  readonly impossible: readonly Case[];
}

export function readCasesOf9(root: string): CasesOf9 {
  const names = readFlagNames(root);
  const calls = (file: string): MacroCall[] => macroCalls(readFileSync(join(root, 'tests', file), 'utf8'));
  const isThere = (path: string): boolean => existsSync(join(root, path));
  const nameOf = (constant: string): string => {
    const name = names.get(constant);
    if (name === undefined && constant !== 'NONE') throw new Error(`libvirt 9.0 has no ${constant}`);
    return name ?? '';
  };
  const made = (call: MacroCall, own: number): Draft & { readonly name: string; readonly input: string } => {
    const found = toDraft(call, own, nameOf);
    const name = unquote(call.args[0]);
    const input = `${INPUTS}/${name}.xml`;
    if (found.version === '' && isThere(input)) found.arch = archOf(readFileSync(join(root, input), 'utf8'));
    return { ...found, name, input };
  };
  const outputs = calls('qemuxml2xmltest.c').flatMap((call): Case[] => {
    const { suffix = '', ...one } = made(call, 2);
    const output = [`${one.name}-inactive${suffix}`, `${one.name}${suffix}`].map((base) => `tests/qemuxml2xmloutdata/${base}.xml`).find(isThere);
    return isThere(one.input) && output !== undefined ? [{ ...one, id: one.name + suffix, output, args: undefined, error: undefined }] : [];
  });
  const starts = calls('qemuxml2argvtest.c').flatMap((call): Case[] => {
    const { suffix = '', ...one } = made(call, 1);
    const base = `${INPUTS}/${one.name}${suffix}`;
    const isOk = one.kind === 'ok';
    return isThere(one.input)
      ? [{ ...one, id: one.name + suffix, output: undefined, args: isOk ? `${base}.args` : undefined, error: isOk ? undefined : `${base}.err` }]
      : [];
  });
  const all = [...outputs, ...starts];
  const impossible = all.filter((one) => isImpossible(one, readFileSync(join(root, one.input), 'utf8')));
  return { cases: all.filter((one) => !impossible.includes(one)), impossible };
}

/**
 * QEMUs made up of less than any QEMU that libvirt 9.0 works with (4.2 and later) can do, and what they would be used for. No real one shows what
 * libvirt does with them, and later libvirts do not ask.
 */
const EVERY_QEMU_HAS: readonly { readonly flag: string; readonly concerns: (one: Case, input: string) => boolean }[] = [
  { flag: 'gpex-pcihost', concerns: ({ arch }, input) => /^(aarch64|armv[67]l|riscv64)$/.test(arch) && /machine=['"]virt\b/.test(input) },
  { flag: 'vfio-pci.display', concerns: (one, input) => one.args !== undefined && /<hostdev [^>]*model='vfio-pci'/.test(input) },
];

function isImpossible(one: Case, input: string): boolean {
  return one.version === '' && EVERY_QEMU_HAS.some(({ flag, concerns }) => !one.flagsAdded.includes(flag) && concerns(one, input));
}

/** `own`: how many arguments DO_TEST_FULL has before those that any can have. */
function toDraft({ macro, args }: MacroCall, own: number, nameOf: (constant: string) => string): Draft {
  const shape = macro.replace(/^DO_TEST_?/, '');
  const made = draft();
  if (shape.includes('PARSE_ERROR')) made.kind = 'parse-error';
  else if (shape.includes('FAILURE')) made.kind = 'failure';
  const rest = args.slice(1);
  if (shape === 'FULL') {
    made.suffix = unquote(rest[0]);
    made.version = '';
    readExtra(made, rest.slice(own), nameOf);
  } else if (shape.startsWith('CAPS_')) {
    if (shape.startsWith('CAPS_ARCH')) made.arch = unquote(rest.shift());
    if (shape.includes('_PPC64')) made.arch = 'ppc64';
    if (/_VER(_|$)/.test(shape)) made.version = unquote(rest.shift());
    made.suffix = `.${made.arch}-${made.version}`;
    if (!shape.includes('HOSTCPU')) readExtra(made, rest, nameOf);
  } else {
    // What its QEMU can do is listed; there is no QEMU.
    made.version = '';
    const flags = shape.startsWith('GIC') ? rest.slice(1) : rest;
    made.flagsAdded.push(...flags.map(nameOf));
    if (shape === 'MACOS') made.flagsAdded.push('hvf');
  }
  return made;
}

function archOf(text: string): string {
  return /<type\b[^>]*\sarch=['"](\w+)/.exec(text)?.[1] ?? 'x86_64';
}

/** The table of names in libvirt's source: each line has a name and its constant. */
function readFlagNames(root: string): Map<string, string> {
  const text = readFileSync(join(root, 'src/qemu/qemu_capabilities.c'), 'utf8');
  return new Map([...text.matchAll(/^\s*"([^"]+)", \/\* (?:X_)?(QEMU_CAPS_\w+)/gm)].map(([, name = '', constant = '']) => [constant, name]));
}
