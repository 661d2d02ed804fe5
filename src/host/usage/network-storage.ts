/** Disks and file systems that come over a network: whoever carries them is in use, even where it looks idle. */
import { type HostReader, readText } from '../port.ts';
import { routeTo, type Route } from './routes.ts';
import { wordTable } from '../../word-table.ts';

/** Something that would be lost with an interface: `NFS 192.0.2.5:/export mounted on /`. */
export interface CarriedStorage {
  readonly interface: string;
  readonly what: string;
}

const NETWORK_FILE_SYSTEMS = wordTable<string>({ nfs: 'NFS', nfs4: 'NFS', cifs: 'CIFS', smb3: 'CIFS', ceph: 'CephFS' });

export async function readCarriedStorage(port: HostReader, routes: readonly Route[]): Promise<CarriedStorage[]> {
  const found = [...(await readMounts(port)), ...(await readIscsi(port)), ...(await readFabrics(port))];
  return found.flatMap(({ peer, what }) => {
    const name = routeTo(routes, peer);
    return name === undefined ? [] : [{ interface: name, what }];
  });
}

interface Remote {
  /** IP address of the other side. */
  readonly peer: string;
  readonly what: string;
}

async function readMounts(port: HostReader): Promise<Remote[]> {
  const found: Remote[] = [];
  for (const line of new TextDecoder().decode(await port.read('/proc/self/mountinfo', 4 * 1024 * 1024)).split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const where = left.split(' ')[4] ?? '';
    const [type = '', source = '', options = ''] = right.split(' ');
    const kind = NETWORK_FILE_SYSTEMS[type];
    const peer = /(?:^|,)(?:addr|ip)=([^,]+)/.exec(options)?.[1] ?? /^([\d.]+)(?::\d+)?[:,]/.exec(source)?.[1];
    if (kind !== undefined && peer !== undefined) found.push({ peer, what: `${kind} ${source} mounted on ${where}` });
  }
  return found;
}

async function readIscsi(port: HostReader): Promise<Remote[]> {
  const found: Remote[] = [];
  for (const name of (await port.list('/sys/class/iscsi_connection')) ?? []) {
    const peer = await readText(port, `/sys/class/iscsi_connection/${name}/address`);
    const session = `session${/^connection(\d+):/.exec(name)?.[1] ?? ''}`;
    const target = await readText(port, `/sys/class/iscsi_session/${session}/targetname`);
    if (peer !== undefined) found.push({ peer, what: `iSCSI ${target ?? session}` });
  }
  return found;
}

async function readFabrics(port: HostReader): Promise<Remote[]> {
  const found: Remote[] = [];
  for (const name of (await port.list('/sys/class/nvme')) ?? []) {
    const transport = await readText(port, `/sys/class/nvme/${name}/transport`);
    if (transport !== 'tcp' && transport !== 'rdma') continue;
    const peer = /(?:^|,)traddr=([^,]+)/.exec((await readText(port, `/sys/class/nvme/${name}/address`)) ?? '')?.[1];
    if (peer !== undefined) found.push({ peer, what: `NVMe over ${transport === 'tcp' ? 'TCP' : 'RDMA'} ${name}` });
  }
  return found;
}
