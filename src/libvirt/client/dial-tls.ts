/** libvirt on another machine over TLS, with certificates where libvirt has them. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { HostdevError } from '../../errors.ts';
import { explainUnread } from '../../files/explain.ts';
import { readBounded } from '../../files/read-bounded.ts';
import type { LibvirtUri } from '../protocol/uri.ts';

const PORT = 16_514;

/** The server lets us in with this byte, once it has looked at our certificate. */
const ACCEPTED = 1;

export async function dialTls(uri: LibvirtUri, signal: AbortSignal): Promise<Duplex> {
  const verify = uri.parameters['no_verify'] !== '1';
  const [ca, cert, key] = await Promise.all(certificatePaths(uri).map(readIfThere));
  if (verify && ca === undefined) throw refused(uri, `there is no CA certificate ${certificatePaths(uri)[0]}`);
  const host = uri.host ?? '';
  const socket = connect({
    host,
    port: uri.port ?? PORT,
    // Names of certificates are names of hosts; SNI is not for addresses.
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    rejectUnauthorized: verify,
    minVersion: 'TLSv1.2',
  });
  const aborted = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    await accepted(uri, socket);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}

function accepted(uri: LibvirtUri, socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error?: Error): void => reject(refused(uri, error?.message ?? 'the server has closed the connection; does it accept our certificate?'));
    const readable = (): void => {
      const byte = socket.read(1) as Buffer | null;
      if (byte === null) return;
      for (const [name, listener] of [
        ['readable', readable],
        ['error', fail],
        ['close', fail],
      ] as const)
        socket.removeListener(name, listener);
      if (byte[0] === ACCEPTED) resolve();
      else reject(refused(uri, 'the server does not accept our certificate'));
    };
    socket.on('error', fail);
    socket.on('close', fail);
    socket.on('readable', readable);
  });
}

/** CA, certificate and key of the client: of the user where there are any, of the machine otherwise. Source: libvirt's page on TLS certificates. */
function certificatePaths(uri: LibvirtUri): [ca: string, certificate: string, key: string] {
  const { pkipath } = uri.parameters;
  if (pkipath !== undefined) return [join(pkipath, 'cacert.pem'), join(pkipath, 'clientcert.pem'), join(pkipath, 'clientkey.pem')];
  const own = join(homedir(), '.pki/libvirt');
  if (existsSync(join(own, 'clientcert.pem'))) return [join(own, 'cacert.pem'), join(own, 'clientcert.pem'), join(own, 'clientkey.pem')];
  return ['/etc/pki/CA/cacert.pem', '/etc/pki/libvirt/clientcert.pem', '/etc/pki/libvirt/private/clientkey.pem'];
}

/** Bundles of all authorities there are have 300 kB. */
const CERTIFICATE_LIMIT = 4 * 1024 * 1024;

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    const bytes = await readBounded(path, CERTIFICATE_LIMIT);
    if (bytes !== undefined) return bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw explainUnread(error, { name: path, hint: 'certificates are looked for in ~/.pki/libvirt and /etc/pki, or where ?pkipath= says' });
  }
  throw new HostdevError('file-too-large', `${path} has more than ${CERTIFICATE_LIMIT} bytes, and is no certificate`, {
    subject: path,
    hint: 'look at what it is',
  });
}

function refused(uri: LibvirtUri, why: string): HostdevError {
  return new HostdevError('libvirt-unreachable', `${uri.text}: ${why}`, {
    subject: uri.text,
    hint: 'certificates are looked for in ~/.pki/libvirt and /etc/pki, or where ?pkipath= says; is libvirtd-tls.socket on?',
  });
}
