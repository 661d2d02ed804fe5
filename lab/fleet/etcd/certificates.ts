/** Certificates of one run: an authority, what it vouches for, and what it does not. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateFiles } from '../../../src/fleet/etcd/certificate.ts';
import { toolsDirectory } from '../../debian/tools.ts';
import { run } from '../../process.ts';

/** How a certificate is made; of today and for a day when nothing is said. */
interface Wanted {
  readonly user: string;
  /** Addresses of a member; a client has none. */
  readonly addresses?: readonly string[];
  readonly ended?: boolean;
}

export interface Authority {
  readonly file: string;
  readonly issue: (wanted: Wanted) => Promise<CertificateFiles>;
}

/** Makes an authority in a directory of its own, which makes certificates there. */
export async function makeAuthority(directory: string): Promise<Authority> {
  await mkdir(directory, { recursive: true });
  const openssl = join(await toolsDirectory(), 'openssl');
  const at = (name: string): string => join(directory, name);
  const newKey = (name: string): string[] => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(`${name}.key`)];
  const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  await run(openssl, ['req', '-x509', ...newKey('ca'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=test authority', ...ca]);
  return {
    file: at('ca.pem'),
    async issue({ user, addresses, ended = false }) {
      const name = ended ? `${user}-ended` : user;
      const names = (addresses ?? []).map((each) => `IP:${each}`);
      // A member is a client of the others.
      const use = addresses === undefined ? 'clientAuth' : 'serverAuth,clientAuth';
      await writeFile(
        at(`${name}.ext`),
        `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=${use}\n${names.length === 0 ? '' : `subjectAltName=${names.join()}\n`}`,
      );
      await run(openssl, ['req', '-new', ...newKey(name), '-out', at(`${name}.csr`), '-subj', `/CN=${user}`]);
      const time = ended ? ['-not_before', '20200101000000Z', '-not_after', '20200102000000Z'] : ['-days', '1'];
      const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-extfile', at(`${name}.ext`), ...time];
      await run(openssl, ['x509', '-req', '-in', at(`${name}.csr`), '-out', at(`${name}.pem`), ...signed]);
      return { ca: at('ca.pem'), certificate: at(`${name}.pem`), key: at(`${name}.key`) };
    },
  };
}
