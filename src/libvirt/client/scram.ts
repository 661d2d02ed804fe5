/** SCRAM-SHA-256, the client's side. Source: RFC 5802, RFC 7677. */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { HostdevError } from '../../errors.ts';

/** Fewer make the password easy to guess for whoever plays the server; more only cost time. Source: RFC 7677. */
const MIN_ITERATIONS = 4096;
const MAX_ITERATIONS = 10_000_000;

export interface Scram {
  /** First message of the client. */
  readonly first: string;
  /** The answer to the server's challenge. */
  readonly final: (challenge: string) => string;
  /** Whether the server knows the password too. */
  readonly verify: (serverFinal: string) => void;
}

/** `nonce` is for tests against known values. */
export function startScram(user: string, password: string, nonce = randomBytes(18).toString('base64')): Scram {
  const bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  let expected: Buffer | undefined;
  return {
    first: `n,,${bare}`,
    final: (challenge) => {
      const { r = '', s = '', i = '' } = attributes(challenge);
      const iterations = Number(i);
      if (!r.startsWith(nonce) || r.length === nonce.length || s === '') throw refused('its challenge does not belong to our question');
      if (!Number.isInteger(iterations) || iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) throw refused(`it asks for ${i} iterations`);
      const salted = pbkdf2Sync(password.normalize('NFKC'), Buffer.from(s, 'base64'), iterations, 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${r}`;
      const message = `${bare},${challenge},${withoutProof}`;
      const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
      expected = hmac(hmac(salted, 'Server Key'), message);
      return `${withoutProof},p=${xor(clientKey, signature).toString('base64')}`;
    },
    verify: (serverFinal) => {
      const { v = '', e } = attributes(serverFinal);
      if (e !== undefined) throw refused(e);
      const signature = Buffer.from(v, 'base64');
      if (expected === undefined || signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
        throw refused('it does not know the password itself, so it is not who it says');
      }
    },
  };
}

function attributes(message: string): Readonly<Record<string, string>> {
  return Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}

function hmac(key: Buffer, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));
}

function refused(why: string): HostdevError {
  return new HostdevError('libvirt-auth', `libvirt's server does not accept us, or is not to be trusted: ${why}`, { hint: 'check user name and password' });
}
