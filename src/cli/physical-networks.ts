/** `--physical-network`: which interface of this host is on which network. */
import { HostdevError } from '../errors.ts';
import { isOneLine } from '../printable.ts';
import type { PhysicalNetworks } from '../state/physical-networks.ts';

/** As records of a fleet have it. */
const NAME_LIMIT = 256;

/**
 * `physnet1:eth2,physnet2:eth3`, as Neutron's physical_device_mappings has it.
 *
 * @throws {HostdevError} `usage`.
 */
export function physicalNetworks(text: string | undefined): PhysicalNetworks {
  const networks = new Map<string, string>();
  for (const part of text?.split(',').map((each) => each.trim()) ?? []) {
    const [network = '', netdev = '', ...more] = part.split(':');
    if (network === '' || netdev === '' || more.length > 0) throw misread(`'${part.slice(0, 80)}' is none`);
    if (network.length > NAME_LIMIT) throw misread(`'${network.slice(0, 80)}…' has more than ${NAME_LIMIT} characters`);
    if (!isOneLine(network)) throw misread(`'${network.slice(0, 80)}' has control characters`);
    if (networks.has(netdev)) throw misread(`${netdev.slice(0, 80)} is on two`);
    networks.set(netdev, network);
  }
  return networks;
}

function misread(why: string): HostdevError {
  return new HostdevError('usage', `--physical-network: ${why}`, {
    hint: 'a network, as Neutron calls it, and the interface that is on it: physnet1:eth2; several with commas between',
  });
}
