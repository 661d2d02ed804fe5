/** Networks of a libvirt, as far as pools of functions need them. */
import { connectLibvirt, type Libvirt, type NetworkRef } from '../../libvirt/index.ts';

/** A network as libvirt has it. */
export interface FoundNetwork {
  readonly uuid: string;
  readonly active: boolean;
}

/** The networks of one libvirt. What is changed is named with its uuid: a new network of an old name is another one. */
export interface NetworkPort {
  readonly uri: string;
  /** undefined where there is none of that name. */
  readonly find: (name: string) => Promise<FoundNetwork | undefined>;
  readonly define: (xml: string) => Promise<void>;
  readonly setAutostart: (net: NetworkRef) => Promise<void>;
  readonly start: (net: NetworkRef) => Promise<void>;
  readonly stop: (net: NetworkRef) => Promise<void>;
  readonly undefine: (net: NetworkRef) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The port to the networks of a connection, which stays whose it is. */
export function libvirtNetworks(libvirt: Libvirt): NetworkPort {
  return {
    uri: libvirt.uri.text,
    find: async (name) => {
      const net = await libvirt.findNetwork(name);
      return net === undefined ? undefined : { uuid: net.uuid, active: await libvirt.isNetworkActive(net) };
    },
    define: async (xml) => void (await libvirt.defineNetwork(xml)),
    setAutostart: async (net) => libvirt.setNetworkAutostart(net, true),
    start: async (net) => libvirt.startNetwork(net),
    stop: async (net) => libvirt.stopNetwork(net),
    undefine: async (net) => libvirt.undefineNetwork(net),
    close: async () => undefined,
  };
}

/** Connects to the libvirt that a record names. */
export async function openNetworks(uri: string): Promise<NetworkPort> {
  const libvirt = await connectLibvirt(uri);
  return { ...libvirtNetworks(libvirt), close: () => libvirt.close() };
}
