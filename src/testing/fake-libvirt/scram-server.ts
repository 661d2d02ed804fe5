/** The server's side of SCRAM-SHA-256. Source: RFC 5802, RFC 7677. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const ITERATIONS = 4096;
const SALT = Buffer.from('hostdev');

export interface ScramServer {
  readonly challenge: (clientFirst: string) => string;
  /** undefined when the client does not know the password. */
  readonly verify: (clientFinal: string) => string | undefined;
}

export function scramServer(user: string, password: string): ScramServer {
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const salted = pbkdf2Sync(password, SALT, ITERATIONS, 32, 'sha256');
  let bare = '';
  let challenge = '';
  return {
    challenge: (clientFirst) => {
      bare = clientFirst.slice('n,,'.length);
      challenge = `r=${/r=([^,]+)/.exec(bare)?.[1] ?? ''}server,s=${SALT.toString('base64')},i=${ITERATIONS}`;
      return challenge;
    },
    verify: (clientFinal) => {
      const at = clientFinal.lastIndexOf(',p=');
      const message = `${bare},${challenge},${clientFinal.slice(0, at)}`;
      const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
      const signature = hmac(storedKey, message);
      const clientKey = Buffer.from(Buffer.from(clientFinal.slice(at + 3), 'base64').map((byte, i) => byte ^ (signature[i] ?? 0)));
      const known = createHash('sha256').update(clientKey).digest().equals(storedKey) && bare.startsWith(`n=${user},`);
      return known ? `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}` : undefined;
    },
  };
}
