/** Who we are to an etcd: the files of a certificate, read and looked at before anything is sent. Nothing that is in a key is ever told. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { checkServerIdentity, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { HostdevError } from '../../errors.ts';
import { explainUnread } from '../../files/explain.ts';
import { readBounded } from '../../files/read-bounded.ts';
import type { Endpoint } from './endpoint.ts';

/** Files in PEM: of the authority that vouches for the members, and of the certificate whose common name is the user. */
export interface CertificateFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface Identity {
  readonly context: SecureContext;
  /** The common name of the certificate: etcd's user. */
  readonly user: string;
  /** When it ends: told to people where a server refuses it. */
  readonly ends: Date;
}

/** Bundles of all authorities there are have 300 kB. */
const FILE_LIMIT = 4 * 1024 * 1024;

/** @throws HostdevError `fleet-certificate`, or that a file cannot be read */
export async function readIdentity(files: CertificateFiles): Promise<Identity> {
  const [ca, cert, key] = await Promise.all([files.ca, files.certificate, files.key].map(readFile));
  const certificate = understood(files.certificate, 'no certificate in PEM', () => new X509Certificate(cert ?? ''));
  understood(files.ca, 'no certificate of an authority in PEM', () => new X509Certificate(ca ?? ''));
  const own = understood(files.key, 'no private key in PEM, or one with a passphrase', () => createPrivateKey(key ?? ''));
  if (!certificate.checkPrivateKey(own)) throw unusable(files.key, `is not the key of ${files.certificate}`);
  const context = understood(files.certificate, 'nothing that TLS can use', () => createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' }));
  const user = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  if (user === undefined) throw unusable(files.certificate, 'has no common name, which etcd takes for the name of the user');
  return { context, user, ends: new Date(certificate.validTo) };
}

/** Holds a member's certificate against its address, which may be a number. */
export function identityCheck({ host }: Endpoint): (name: string, certificate: PeerCertificate) => Error | undefined {
  return (_name, certificate) => checkServerIdentity(host, certificate);
}

async function readFile(path: string): Promise<Buffer> {
  try {
    const bytes = await readBounded(path, FILE_LIMIT);
    if (bytes !== undefined) return bytes;
  } catch (error) {
    throw explainUnread(error, { name: path, hint: 'name the files of the certificate for etcd' });
  }
  throw new HostdevError('file-too-large', `${path} has more than ${FILE_LIMIT} bytes`, { subject: path, hint: 'that is no certificate' });
}

/** OpenSSL's own words may have a part of what they are about in them, and are left out. */
function understood<T>(path: string, otherwise: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw unusable(path, `is ${otherwise}`);
  }
}

function unusable(path: string, why: string): HostdevError {
  return new HostdevError('fleet-certificate', `${path} ${why}`, { subject: path, hint: 'name the files that your authority made for this host' });
}
