/**
 * The host that a guest runs on: this machine, or another one, which is looked at over the ssh that the connection to its libvirt goes over. One that
 * cannot be looked at is unseen, and says why.
 */
import type { HostFacts } from '../../addressing/host-facts.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import type { HostPort } from '../../host/port.ts';
import { sshOptions } from '../../libvirt/client/dial-ssh.ts';
import type { LibvirtUri } from '../../libvirt/index.ts';
import type { PciAddress } from '../../pci/address.ts';
import { type DefinitionChange, definitionRefusals, forDefinition, refusalsToTake } from '../../plan/force.ts';
import { type HostFunction, type UnseenHost, warningUnseen } from '../../plan/handover.ts';
import { absentThere } from '../../state/absent-functions.ts';
import { type Judgment, requireJudgments } from '../../state/judge.ts';
import { openOverSsh } from '../another-host.ts';
import { acceptOrRefuse, refuseInDefinition, type TakingOptions } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { readHostFacts } from '../host-facts.ts';
import { viewHost, viewing } from '../host-view.ts';

/** Another host, as it was when it was looked at. */
interface SeenHost {
  readonly host: string;
  readonly port: HostPort;
  readonly judgments: readonly Judgment[];
}

/** One look for one plan: a plan sees one host. */
const looks = new WeakMap<HostPort, Promise<SeenHost | UnseenHost>>();

/** Looks at the host of a libvirt elsewhere, once in a plan. */
export function lookAtHostOf(view: AppContext, link: LibvirtLink, signal: AbortSignal | undefined): Promise<SeenHost | UnseenHost> {
  const before = looks.get(view.port);
  if (before !== undefined) return before;
  const look = link.get(signal).then(({ uri }) => lookOver(uri, signal));
  looks.set(view.port, look);
  return look;
}

async function lookOver(uri: LibvirtUri, signal: AbortSignal | undefined): Promise<SeenHost | UnseenHost> {
  const { host } = uri;
  if (uri.transport !== 'ssh' || host === undefined) return { host, why: '' };
  try {
    const destination = { program: uri.parameters['command'] ?? 'ssh', options: sshOptions(uri), host, text: host };
    const { port } = viewing({ port: await openOverSsh(destination, { signal }) });
    return { host, port, judgments: (await viewHost({ port })).judgments };
  } catch (error) {
    if (!(error instanceof HostdevError) || error.code === 'interrupted') throw error;
    return { host, why: error.message };
  }
}

/**
 * Functions of another host that a guest which runs there may have now.
 *
 * @throws {HostdevError} as for those of this machine, with the name of the host before the message.
 */
export function requireAssignableThere({ host, judgments }: SeenHost, addresses: readonly PciAddress[], options: TakingOptions): readonly HostFunction[] {
  return namingHost(host, options, (named) => {
    const found = requireJudgments(judgments, addresses);
    acceptOrRefuse(
      refusalsToTake(found, () => true, options.to),
      named,
    );
    return found.map(({ device }) => device);
  });
}

/**
 * Refuses to put into a definition what its host would lose at the next start; where it cannot be seen, a warning says so: nothing
 * is lost before that start.
 *
 * @throws {HostdevError} `function-not-assignable`, `group-incomplete`, `function-in-use`.
 */
export async function refuseInDefinitionOf(view: AppContext, link: LibvirtLink, change: DefinitionChange, options: TakingOptions): Promise<void> {
  if (link.isLocal) return refuseInDefinition(view, change, options);
  const there = await lookAtHostOf(view, link, options.signal);
  if (!('judgments' in there)) return change.added.forEach((address) => options.onLoss?.(warningUnseen(there, address)));
  namingHost(there.host, options, (named) => acceptOrRefuse(definitionRefusals(there.judgments, change).map(forDefinition), named, () => true));
}

/** What is known of these functions where the guest is; undefined where nothing is. */
export async function factsOf(
  view: AppContext,
  link: LibvirtLink,
  addresses: readonly PciAddress[],
  signal: AbortSignal | undefined,
): Promise<HostFacts | undefined> {
  if (link.isLocal) return readHostFacts(view.port, addresses);
  const there = await lookAtHostOf(view, link, signal);
  return 'judgments' in there ? readHostFacts(there.port, addresses) : undefined;
}

/** An address alone would be taken for one of this machine, in a refusal and in what --force loses. */
function namingHost<T>(host: string, options: TakingOptions, act: (options: TakingOptions) => T): T {
  const named = <P extends Problem>(problem: P): P => {
    return problem.code === 'function-unknown' ? { ...problem, ...absentThere(host, problem) } : { ...problem, message: `${host}: ${problem.message}` };
  };
  try {
    return act({ ...options, onLoss: (loss) => options.onLoss?.(named(loss)) });
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    throw new HostdevError(error.code, named(error.toProblem()).message, { ...error, others: error.others.map(named) });
  }
}
