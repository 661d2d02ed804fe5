/** The cases of libvirt's golden test, read from its list of macro calls: input, expected output, capabilities. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Case {
  /** `hostdev-vfio-zpci.s390x-latest` */
  readonly id: string;
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  readonly variant: string;
  /** What libvirt does with it. */
  readonly kind: 'ok' | 'failure' | 'parse-error';
  readonly newDefinition: boolean;
  readonly flagsAdded: readonly string[];
  readonly flagsRemoved: readonly string[];
  readonly input: string;
  readonly output: string | undefined;
  readonly args: string | undefined;
  readonly error: string | undefined;
}

const DATA = 'tests/qemuxmlconfdata';

/** Names of constants that differ from the names of flags. */
const CONSTANTS: Readonly<Record<string, string>> = {
  QEMU_CAPS_PIIX3_USB_UHCI: 'piix3-usb-uhci',
  QEMU_CAPS_PCI_OHCI: 'pci-ohci',
  QEMU_CAPS_NEC_USB_XHCI: 'nec-usb-xhci',
  QEMU_CAPS_DEVICE_QEMU_XHCI: 'qemu-xhci',
  QEMU_CAPS_ICH9_USB_EHCI1: 'ich9-usb-ehci1',
  QEMU_CAPS_KVM: 'kvm',
};

/** Reads the cases whose input exists. */
export function readCases(root: string): Case[] {
  const text = readFileSync(join(root, 'tests/qemuxmlconftest.c'), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const body = text.slice(text.indexOf('\nmymain(void)')).replaceAll(/^[ \t]*#.*(\\\n.*)*/gm, '');
  const cases: Case[] = [];
  for (const match of body.matchAll(/\b(DO_TEST[A-Z0-9_]*)\s*\(/g)) {
    const raw = argumentsAt(body, match.index + match[0].length);
    const made = toCase(match[1] ?? '', raw);
    if (made !== undefined && existsSync(join(root, made.input))) cases.push(made);
  }
  return cases;
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

const unquote = (text: string | undefined): string => (text ?? '').replaceAll('"', '');

interface Draft {
  arch: string;
  version: string;
  variant: string;
  suffix: string | undefined;
  kind: Case['kind'];
  newDefinition: boolean;
  flagsAdded: string[];
  flagsRemoved: string[];
}

function toCase(macro: string, args: readonly string[]): Case | undefined {
  const name = unquote(args[0]);
  const draft: Draft = {
    arch: 'x86_64',
    version: 'latest',
    variant: '',
    suffix: undefined,
    kind: 'ok',
    newDefinition: macro.includes('ABI_UPDATE'),
    flagsAdded: [],
    flagsRemoved: [],
  };
  if (macro.endsWith('_PARSE_ERROR')) draft.kind = 'parse-error';
  if (macro.endsWith('_FAILURE')) draft.kind = 'failure';
  readExtra(draft, args.slice(1 + readShape(draft, macro, args.slice(1))));
  const suffix = draft.suffix ?? `.${draft.arch}-${draft.version}${macro.includes('ABI_UPDATE') ? '.abi-update' : ''}`;
  const base = `${name}${suffix}${draft.variant}`;
  return {
    id: base,
    name,
    arch: draft.arch,
    version: draft.version,
    variant: draft.variant,
    kind: draft.kind,
    newDefinition: draft.newDefinition,
    flagsAdded: draft.flagsAdded,
    flagsRemoved: draft.flagsRemoved,
    input: `${DATA}/${name}.xml`,
    output: draft.kind === 'parse-error' ? undefined : `${DATA}/${base}.xml`,
    args: draft.kind === 'ok' ? `${DATA}/${base}.args` : undefined,
    error: draft.kind === 'ok' ? undefined : `${DATA}/${base}.err`,
  };
}

/** The positional arguments each macro has; returns how many there are. */
function readShape(draft: Draft, macro: string, args: readonly string[]): number {
  const shape = macro
    .replace(/^DO_TEST_?/, '')
    .replace(/_?(PARSE_ERROR|FAILURE)$/, '')
    .replace(/_?ABI_UPDATE$/, '');
  if (shape === 'FULL') {
    draft.suffix = unquote(args[0]);
    return 1;
  }
  if (shape === 'GIC') {
    draft.arch = 'aarch64';
    draft.version = unquote(args[0]);
    return args.length;
  }
  if (shape.startsWith('CAPS_LATEST_PPC64')) {
    draft.arch = 'ppc64';
    return args.length;
  }
  if (shape === 'CAPS_LATEST_NBDKIT') return args.length;
  let used = 0;
  if (shape.startsWith('CAPS_ARCH')) draft.arch = unquote(args[used++]);
  if (/_VER(_|$)/.test(shape)) draft.version = unquote(args[used++]);
  return used;
}

function readExtra(draft: Draft, args: readonly string[]): void {
  for (let i = 0; i < args.length; i += 1) {
    switch (args[i]) {
      case 'ARG_QEMU_CAPS':
      case 'ARG_QEMU_CAPS_DEL': {
        const into = args[i] === 'ARG_QEMU_CAPS' ? draft.flagsAdded : draft.flagsRemoved;
        for (i += 1; i < args.length && !args[i]?.endsWith('CAPS_LAST'); i += 1) into.push(CONSTANTS[args[i] ?? ''] ?? args[i] ?? '');
        break;
      }
      case 'ARG_CAPS_ARCH':
        draft.arch = unquote(args[++i]);
        break;
      case 'ARG_CAPS_VER':
        draft.version = unquote(args[++i]);
        break;
      case 'ARG_CAPS_VARIANT':
        draft.variant = unquote(args[++i]);
        break;
      case 'ARG_PARSEFLAGS':
        draft.newDefinition = args[++i]?.includes('ABI_UPDATE') === true;
        break;
      case 'ARG_FLAGS': {
        const flags = args[++i] ?? '';
        if (flags.includes('EXPECT_FAILURE')) draft.kind = 'failure';
        if (flags.includes('EXPECT_PARSE_ERROR')) draft.kind = 'parse-error';
        break;
      }
      default:
    }
  }
}
