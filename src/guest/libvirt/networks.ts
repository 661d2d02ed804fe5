/** Networks of a libvirt, as far as pools of functions need them. */
import { HostdevError } from '../../errors.ts';
import { connectLibvirt, type Libvirt, type NetworkRef } from '../../libvirt/index.ts';

/** The networks of one libvirt, by name. */
export interface NetworkPort {
  readonly uri: string;
  readonly state: (name: string) => Promise<'absent' | 'defined' | 'active'>;
  readonly define: (xml: string) => Promise<void>;
  readonly setAutostart: (name: string) => Promise<void>;
  readonly start: (name: string) => Promise<void>;
  readonly stop: (name: string) => Promise<void>;
  readonly undefine: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The port to the networks of a connection, which stays whose it is. */
export function libvirtNetworks(libvirt: Libvirt): NetworkPort {
  const named = async (name: string): Promise<NetworkRef> => {
    const net = await libvirt.findNetwork(name);
    if (net !== undefined) return net;
    throw new HostdevError('network-unknown', `libvirt has no network '${name}' any more`, { subject: name });
  };
  return {
    uri: libvirt.uri.text,
    state: async (name) => {
      const net = await libvirt.findNetwork(name);
      return net === undefined ? 'absent' : (await libvirt.isNetworkActive(net)) ? 'active' : 'defined';
    },
    define: async (xml) => void (await libvirt.defineNetwork(xml)),
    setAutostart: async (name) => libvirt.setNetworkAutostart(await named(name), true),
    start: async (name) => libvirt.startNetwork(await named(name)),
    stop: async (name) => libvirt.stopNetwork(await named(name)),
    undefine: async (name) => libvirt.undefineNetwork(await named(name)),
    close: async () => undefined,
  };
}

/** Connects to the libvirt that a record names. */
export async function openNetworks(uri: string): Promise<NetworkPort> {
  const libvirt = await connectLibvirt(uri);
  return { ...libvirtNetworks(libvirt), close: () => libvirt.close() };
}
