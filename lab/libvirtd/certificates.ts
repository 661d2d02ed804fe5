/** Certificates for one run: an authority, a server and a client. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../process.ts';

const DAYS = '2';

/** Makes cacert.pem, servercert.pem, serverkey.pem, clientcert.pem and clientkey.pem in a directory. */
export async function makeCertificates(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const at = (name: string): string => join(directory, name);
  const key = (name: string): string[] => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(name)];
  const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  await run('openssl', ['req', '-x509', ...key('cakey.pem'), '-out', at('cacert.pem'), '-days', DAYS, '-subj', '/CN=hostdev test CA', ...ca]);
  for (const [name, subject, purpose] of [
    ['server', '/CN=localhost', 'serverAuth'],
    ['client', '/CN=client', 'clientAuth'],
  ] as const) {
    await run('openssl', ['req', '-new', ...key(`${name}key.pem`), '-out', at(`${name}.csr`), '-subj', subject]);
    await writeFile(
      at(`${name}.ext`),
      `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=${purpose}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n`,
    );
    const signed = ['-CA', at('cacert.pem'), '-CAkey', at('cakey.pem'), '-CAcreateserial', '-days', DAYS, '-extfile', at(`${name}.ext`)];
    await run('openssl', ['x509', '-req', '-in', at(`${name}.csr`), '-out', at(`${name}cert.pem`), ...signed]);
  }
}
