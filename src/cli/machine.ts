/** What commands look at: the machine they run on, a copy of another one's sysfs tree, or a snapshot. */
import type { AppContext } from '../app/context.ts';
import type { Surroundings } from '../app/surroundings.ts';
import { readSystemPciIds } from '../app/system-pci-ids.ts';
import { HostdevError } from '../errors.ts';
import { openMachine } from '../host/machine-port.ts';
import type { MachineFlags } from './command/options.ts';

/** The machine that a command runs on. */
export interface Machine extends Surroundings {
  readonly context: () => Promise<AppContext>;
}

/** The running machine, and who runs us. */
export function thisMachine({
  userCapabilityCache,
  fleetFile,
  stateDirectory,
}: Pick<Surroundings, 'userCapabilityCache' | 'fleetFile' | 'stateDirectory'>): AppContext {
  const port = openMachine();
  // One for both: what it has told of ids is what is claimed then.
  let guard: NonNullable<AppContext['claims']> | undefined;
  const guardOf = async (): Promise<NonNullable<AppContext['claims']>> =>
    (guard ??= (await import('../fleet/enrolled.ts')).guardOf({ context: { port }, fleetFile, stateDirectory }));
  const claims: NonNullable<AppContext['claims']> = {
    ids: async (...asked) => (await guardOf()).ids(...asked),
    begin: async (...asked) => (await guardOf()).begin(...asked),
  };
  const mappings = async (): Promise<NonNullable<AppContext['mapped']>> => (await import('../fleet/enrolled.ts')).mappedOf({ context: { port }, fleetFile });
  const mapped: AppContext['mapped'] = {
    choose: async (...asked) => (await mappings()).choose(...asked),
    all: async (...asked) => (await mappings()).all(...asked),
  };
  return { port, readPciIds: readSystemPciIds, isRoot: process.geteuid?.() === 0, userCapabilityCache, claims, mapped };
}

/** The machine that the options name; without them, the one the command runs on. */
export async function machineContext(machine: Machine, flags: MachineFlags = {}): Promise<AppContext> {
  if (flags.root !== undefined && flags.host !== undefined) {
    throw new HostdevError('option-conflict', '--root and --host name two machines', { hint: 'leave one of them out' });
  }
  const here = await machine.context();
  if (flags.root === undefined && flags.host === undefined) return here;
  const there = { ...here, userCapabilityCache: undefined, claims: undefined, mapped: undefined };
  if (flags.host === undefined) return { ...there, port: openMachine(flags.root) };
  return { ...there, ...(await openOnce(machine, flags.host)) };
}

/** One look for one command line, also where it fails: somebody may have to type a passphrase for each. */
const opened = new WeakMap<Machine, Map<string, Promise<AnotherHost>>>();

type AnotherHost = Pick<AppContext, 'port' | 'hostName'>;

function openOnce(machine: Machine, word: string): Promise<AnotherHost> {
  const hosts = opened.get(machine) ?? new Map<string, Promise<AnotherHost>>();
  opened.set(machine, hosts);
  const host = hosts.get(word) ?? openHost(word);
  hosts.set(word, host);
  return host;
}

/** Whoever names no other machine does not load what asks one. */
async function openHost(word: string): Promise<AnotherHost> {
  const [{ openAnotherHost }, { isSshHost }] = await Promise.all([import('../app/another-host.ts'), import('../host/ssh/ssh-host.ts')]);
  return { port: await openAnotherHost(word), hostName: isSshHost(word) ? word : undefined };
}

/** The journal of the machine that is looked at; a copy of another one has none here. */
export function journalOf(machine: Machine, flags: MachineFlags): string | undefined {
  return flags.root === undefined && flags.host === undefined ? machine.stateDirectory : undefined;
}

/** Another machine's tree or snapshot can be planned for, but not changed. */
export function refuseForeignChange(flags: MachineFlags & { readonly dryRun?: boolean | undefined }): void {
  const option = flags.root === undefined ? (flags.host === undefined ? undefined : '--host') : '--root';
  if (option === undefined || flags.dryRun === true) return;
  throw new HostdevError('option-conflict', `${option} names a copy of another machine, which cannot be changed`, {
    hint: 'add --dry-run to see what would be done there',
  });
}

/** Why a function that was named is not there, as far as the machine that was looked at can tell. */
export async function explainAbsent(machine: Machine, flags: MachineFlags, error: HostdevError): Promise<unknown> {
  const { explainError } = await import('../app/standby.ts');
  return explainError(await machineContext(machine, flags), journalOf(machine, flags), error);
}
