/** The words behind `npm run demo --`. */
import { parseArgs } from 'node:util';

export interface Flags {
  readonly pc: boolean;
  readonly direct: boolean;
  readonly fleet: boolean;
  readonly ui: boolean;
  readonly keep: boolean;
}

const HELP = `Usage: npm run demo [-- [--direct | --pc | --fleet] [--ui] [--keep]]

Boots an emulated IBM Z host with a real s390x kernel, gives one of its PCI functions to a guest with hostdev,
shows what the guest's own kernel sees, and takes it back.

  --direct   without libvirt: hostdev prepare, QEMU's arguments, hostdev release
  --pc       on an emulated PC instead: a virtual function of an SR-IOV card, with a MAC address and a VLAN,
             for a guest under nested KVM; through libvirt only
  --fleet    on both of them, a fleet over an etcd with TLS and rights: a claim, where a guest can run, an attach
             under the claim, and a second claim, which is refused
  --ui       the page of 'hostdev ui' instead of the story: the guest runs, and a link for a browser on this
             machine is printed, until Ctrl-C
  --keep     leave a shell in the emulated host afterwards; with --ui while the page is served
  --help     print this
`;

/** What is asked for; an exit status when that is all there is to do. */
export function readFlags(words: readonly string[]): Flags | number {
  try {
    const boolean = { type: 'boolean' } as const;
    const { values } = parseArgs({
      args: [...words],
      options: { pc: boolean, direct: boolean, fleet: boolean, ui: boolean, keep: boolean, help: { ...boolean, short: 'h' } },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      return 0;
    }
    if (values.pc === true && values.direct === true) throw new Error('--direct is for the IBM Z host: a MAC address and a VLAN are set by libvirt');
    if (values.ui === true && values.direct === true) throw new Error('--direct is without libvirt, and the page shows the guests of libvirt');
    const others = (['pc', 'direct', 'ui'] as const).filter((name) => values[name] === true);
    if (values.fleet === true && others.length > 0)
      throw new Error(`--fleet is of both emulated hosts and has a story of its own: leave --${others.join(' and --')} out`);
    return { fleet: values.fleet === true, pc: values.pc === true, direct: values.direct === true, ui: values.ui === true, keep: values.keep === true };
  } catch (error) {
    process.stderr.write(`demo: ${(error as Error).message}\n${HELP}`);
    return 2;
  }
}
