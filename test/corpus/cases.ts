/** The cases of libvirt's golden test, read from its list of macro calls: input, expected output, capabilities. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.ts';
import { type Draft, draft, type MacroCall, macroCalls, readExtra, unquote } from './macros.ts';

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
  const calls = macroCalls(readFileSync(join(root, 'tests/qemuxmlconftest.c'), 'utf8'));
  return calls.map(toCase).filter(({ input }) => existsSync(join(root, input)));
}

function toCase({ macro, args }: MacroCall): Case {
  const name = unquote(args[0]);
  const made = draft();
  made.newDefinition = macro.includes('ABI_UPDATE');
  if (macro.endsWith('_PARSE_ERROR')) made.kind = 'parse-error';
  if (macro.endsWith('_FAILURE')) made.kind = 'failure';
  readExtra(made, args.slice(1 + readShape(made, macro, args.slice(1))), (constant) => CONSTANTS[constant] ?? constant);
  const suffix = made.suffix ?? `.${made.arch}-${made.version}${macro.includes('ABI_UPDATE') ? '.abi-update' : ''}`;
  const base = `${name}${suffix}${made.variant}`;
  return {
    id: base,
    name,
    arch: made.arch,
    version: made.version,
    variant: made.variant,
    kind: made.kind,
    newDefinition: made.newDefinition,
    flagsAdded: made.flagsAdded,
    flagsRemoved: made.flagsRemoved,
    input: `${DATA}/${name}.xml`,
    output: made.kind === 'parse-error' ? undefined : `${DATA}/${base}.xml`,
    args: made.kind === 'ok' ? `${DATA}/${base}.args` : undefined,
    error: made.kind === 'ok' ? undefined : `${DATA}/${base}.err`,
  };
}

/** The positional arguments each macro has; returns how many there are. */
function readShape(made: Draft, macro: string, args: readonly string[]): number {
  const shape = macro
    .replace(/^DO_TEST_?/, '')
    .replace(/_?(PARSE_ERROR|FAILURE)$/, '')
    .replace(/_?ABI_UPDATE$/, '');
  if (shape === 'FULL') {
    made.suffix = unquote(args[0]);
    return 1;
  }
  if (shape === 'GIC') {
    made.arch = 'aarch64';
    made.version = unquote(args[0]);
    return args.length;
  }
  if (shape.startsWith('CAPS_LATEST_PPC64')) {
    made.arch = 'ppc64';
    return args.length;
  }
  if (shape === 'CAPS_LATEST_NBDKIT') return args.length;
  let used = 0;
  if (shape.startsWith('CAPS_ARCH')) made.arch = unquote(args[used++]);
  if (/_VER(_|$)/.test(shape)) made.version = unquote(args[used++]);
  return used;
}
